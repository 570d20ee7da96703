// SNNData
