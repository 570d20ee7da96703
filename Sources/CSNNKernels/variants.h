/* Tables of the variants, one translation unit each so that they build side by side. */
#pragma once
#include <math.h>
#include <stdint.h>
#include <string.h>
#include "snn_kernels.h"
#include "erf_f32.inc"
#include "quantiles.h"

#pragma clang fp contract(off)
/* Where an instruction set lacks an operation, its loop stays scalar. */
#pragma clang diagnostic ignored "-Wpass-failed"

typedef struct snn_variant {
  const snn_kernels *f32, *f64;
  const snn_lane_fn (*lanes32)[16], (*lanes64)[16];
} snn_variant;

extern const snn_variant snn_variant_baseline;
#if defined(__x86_64__)
extern const snn_variant snn_variant_avx2, snn_variant_avx512;
#endif
