#include "variants.h"

#if defined(__x86_64__)
#include <immintrin.h>
#pragma clang attribute push(__attribute__((target("arch=x86-64-v3"))), apply_to = function)

#define VARIANT "avx2"
#define VARIANT_ISA SNN_AVX2
#define PREFIX(x) avx2_##x
#define VECTOR_BYTES 32
#define PANEL_VECTORS 2
#define MOVEMASK_F32(x) (unsigned)_mm256_movemask_ps(_mm256_cmp_ps(_mm256_loadu_ps(x), _mm256_setzero_ps(), _CMP_NEQ_UQ))
#define MOVEMASK_F64(x) (unsigned)_mm256_movemask_pd(_mm256_cmp_pd(_mm256_loadu_pd(x), _mm256_setzero_pd(), _CMP_NEQ_UQ))
#include "both.inc"

#pragma clang attribute pop

const snn_variant snn_variant_avx2 = {&avx2_f32_table, &avx2_f64_table, avx2_f32_lanes, avx2_f64_lanes};
#endif
