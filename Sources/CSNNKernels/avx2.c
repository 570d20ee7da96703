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

/* For each mask of 8 lanes, the lanes that are set, ascending. */
#define BIT(m, k) ((m) >> (k) & 1)
#define BELOW(m, k) __builtin_popcount((m) & ((1 << (k)) - 1))
#define SHIFT(m, k) (BIT(m, k) ? (uint64_t)(k) << 8 * BELOW(m, k) : 0)
#define LANES(m) \
  (SHIFT(m, 0) | SHIFT(m, 1) | SHIFT(m, 2) | SHIFT(m, 3) | SHIFT(m, 4) | SHIFT(m, 5) | SHIFT(m, 6) | SHIFT(m, 7))
#define LANES4(m) LANES(m), LANES((m) + 1), LANES((m) + 2), LANES((m) + 3)
#define LANES16(m) LANES4(m), LANES4((m) + 4), LANES4((m) + 8), LANES4((m) + 12)
#define LANES64(m) LANES16(m), LANES16((m) + 16), LANES16((m) + 32), LANES16((m) + 48)
static const uint64_t set_lanes[256] = {LANES64(0), LANES64(64), LANES64(128), LANES64(192)};
#define COMPRESS_F32(to, first, mask) \
  _mm256_storeu_si256((__m256i *)(to), _mm256_add_epi32(_mm256_set1_epi32((int)(first)), \
                                                        _mm256_cvtepu8_epi32(_mm_cvtsi64_si128((long long)set_lanes[mask]))))
/* Flags are +0 or have a bit set. */
#define WORDS(x) _mm256_castps_si256(_mm256_loadu_ps(x))
#define ANY4_F32(x) \
  (!_mm256_testz_si256(_mm256_or_si256(WORDS(x), WORDS((x) + 8)), _mm256_set1_epi32(0x7fffffff)) || \
   !_mm256_testz_si256(_mm256_or_si256(WORDS((x) + 16), WORDS((x) + 24)), _mm256_set1_epi32(0x7fffffff)))
#include "both.inc"

#pragma clang attribute pop

const snn_variant snn_variant_avx2 = {&avx2_f32_table, &avx2_f64_table, avx2_f32_lanes, avx2_f64_lanes};
#endif
