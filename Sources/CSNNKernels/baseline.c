#include "variants.h"

#if defined(__x86_64__)
#include <immintrin.h>
#define VARIANT "sse2"
#define VARIANT_ISA SNN_SSE2
#define MOVEMASK_F32(x) (unsigned)_mm_movemask_ps(_mm_cmpneq_ps(_mm_loadu_ps(x), _mm_setzero_ps()))
#define MOVEMASK_F64(x) (unsigned)_mm_movemask_pd(_mm_cmpneq_pd(_mm_loadu_pd(x), _mm_setzero_pd()))
#elif defined(__aarch64__)
#define VARIANT "neon"
#define VARIANT_ISA SNN_NEON
#else
#define VARIANT "plain"
#define VARIANT_ISA SNN_PLAIN
#endif

#define PREFIX(x) baseline_##x
#define VECTOR_BYTES 16
#define PANEL_VECTORS 2
#include "both.inc"

const snn_variant snn_variant_baseline = {
    &baseline_f32_table, &baseline_f64_table, baseline_f32_lanes, baseline_f64_lanes};
