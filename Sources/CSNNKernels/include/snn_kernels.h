#pragma once
int snn_kernels_version(void);
