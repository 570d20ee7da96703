#include "variants.h"
#include <time.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

static const snn_variant *variant(snn_isa isa) {
#if defined(__x86_64__)
  switch (isa) {
    case SNN_SSE2:
      return &snn_variant_baseline;
    case SNN_AVX2:
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("fma")
                 ? &snn_variant_avx2
                 : 0;
    case SNN_AVX512:
      return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                     __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                     __builtin_cpu_supports("avx512vl")
                 ? &snn_variant_avx512
                 : 0;
    default:
      return 0;
  }
#else
  return snn_variant_baseline.f32->isa == isa ? &snn_variant_baseline : 0;
#endif
}

const snn_kernels *snn_kernels_find(snn_isa isa, int double_precision) {
  const snn_variant *v = variant(isa);
  return v ? (double_precision ? v->f64 : v->f32) : 0;
}

snn_isa snn_best_isa(void) {
#if defined(__x86_64__)
  if (variant(SNN_AVX512)) return SNN_AVX512;
  if (variant(SNN_AVX2)) return SNN_AVX2;
#endif
  return snn_variant_baseline.f32->isa;
}

snn_lane_fn snn_lane(const snn_kernels *kernels, snn_op op, unsigned mode) {
  const snn_variant *v = variant(kernels->isa);
  if (!v || (int)op < 0 || op >= SNN_OP_COUNT || mode > 15) return 0;
  return (kernels->lane_bytes == 8 ? v->lanes64 : v->lanes32)[op][mode];
}

int snn_arity(snn_op op) {
  if (op <= SNN_SPIKE_GE) return 1;
  if (op <= SNN_SPIKE_GE_IF || op == SNN_DIV_SQUARE || op == SNN_GATE_GT || op == SNN_SPIKE_GT_FREE ||
      op == SNN_SPIKE_GE_FREE)
    return 2;
  switch (op) {
    case SNN_MUL_MUL_ADD:
    case SNN_MUL_MUL_SUB:
    case SNN_FAST_SIGMOID:
    case SNN_SELECT_EQ:
    case SNN_SELECT_LT:
    case SNN_MUL_ADD_GATE:
    case SNN_MUL_ADD_ADD:
    case SNN_DIFFERENCE_MUL_ADD:
      return 4;
    default:
      return 3;
  }
}

unsigned long long snn_flush_denormals(void) {
#if defined(__x86_64__)
  unsigned old = _mm_getcsr();
  _mm_setcsr(old | 0x8040);
  return old;
#elif defined(__aarch64__)
  unsigned long long old;
  __asm__ volatile("mrs %0, fpcr" : "=r"(old));
  __asm__ volatile("msr fpcr, %0" ::"r"(old | (1ull << 24)));
  return old;
#else
  return 0;
#endif
}

void snn_restore_denormals(unsigned long long state) {
#if defined(__x86_64__)
  _mm_setcsr((unsigned)state);
#elif defined(__aarch64__)
  __asm__ volatile("msr fpcr, %0" ::"r"(state));
#else
  (void)state;
#endif
}

uint64_t snn_nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
