#include "variants.h"

#if defined(__x86_64__)
#include <immintrin.h>
#pragma clang attribute push(__attribute__((target("arch=x86-64-v4,no-prefer-256-bit"))), apply_to = function)

#define VARIANT "avx512"
#define VARIANT_ISA SNN_AVX512
#define PREFIX(x) avx512_##x
#define VECTOR_BYTES 64
#define PANEL_VECTORS 4
#define MOVEMASK_F32(x) (unsigned)_mm512_cmp_ps_mask(_mm512_loadu_ps(x), _mm512_setzero_ps(), _CMP_NEQ_UQ)
#define MOVEMASK_F64(x) (unsigned)_mm512_cmp_pd_mask(_mm512_loadu_pd(x), _mm512_setzero_pd(), _CMP_NEQ_UQ)
#include "both.inc"

#pragma clang attribute pop

const snn_variant snn_variant_avx512 = {&avx512_f32_table, &avx512_f64_table, avx512_f32_lanes, avx512_f64_lanes};
#endif
