// SNNRuntime
