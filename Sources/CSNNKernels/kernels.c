#include "snn_kernels.h"
int snn_kernels_version(void) { return 1; }
