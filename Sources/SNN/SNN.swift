// SNN
