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
#define MOVEMASK_REST_F32(x, n) \
  (unsigned)_mm512_mask_cmp_ps_mask(REST(n), _mm512_maskz_loadu_ps(REST(n), x), _mm512_setzero_ps(), _CMP_NEQ_UQ)
#define REST(n) (__mmask16)((1u << (n)) - 1)
#define ASCENDING _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)
#define COMPRESS_F32(to, first, mask) \
  _mm512_storeu_si512(to, _mm512_maskz_compress_epi32( \
                              (__mmask16)(mask), _mm512_add_epi32(_mm512_set1_epi32((int)(first)), ASCENDING)))
/* Flags are +0 or have a bit set. */
#define WORDS(x) _mm512_loadu_si512(x)
#define ANY4_F32(x) \
  _mm512_test_epi32_mask(_mm512_or_si512(_mm512_or_si512(WORDS(x), WORDS((x) + 16)), \
                                         _mm512_or_si512(WORDS((x) + 32), WORDS((x) + 48))), \
                         _mm512_set1_epi32(0x7fffffff))
#include "both.inc"

#pragma clang attribute pop

const snn_variant snn_variant_avx512 = {&avx512_f32_table, &avx512_f64_table, avx512_f32_lanes, avx512_f64_lanes};
#endif
