// SNNSema
