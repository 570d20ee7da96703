// SNNCalculus
