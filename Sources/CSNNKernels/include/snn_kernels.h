/* Kernels over columns of lanes, built once for each instruction set.
 *
 * Every variant gives the same bits: no operation is contracted into a fused multiply-add, sums run in an order that
 * does not depend on the width of a vector, and transcendental functions are this library's own in single precision and
 * the C library's in double precision. Pointers need no alignment and counts may be any number, though columns that
 * start on 64 bytes are fastest. A destination may be one of the sources of the same lane.
 */
#pragma once
#include <pthread.h>
#include <stdint.h>

/* Lane operations. Operands after the destination are arrays or, where bit k of the mode is set, operand k is a single
 * number. Booleans are the numbers 0 and 1. */
typedef enum snn_op {
  /* d = a */
  SNN_COPY,
  SNN_NEG, SNN_RECIP, SNN_SQRT, SNN_ABS, SNN_FLOOR, SNN_SIGN, SNN_NOT,
  SNN_EXP, SNN_EXPM1, SNN_LOG, SNN_LOG1P, SNN_SIN, SNN_COS, SNN_TANH, SNN_SIGMOID, SNN_ERF, SNN_ATAN, SNN_EXPREL,
  /* 1 where a > 0, or a >= 0 */
  SNN_SPIKE_GT, SNN_SPIKE_GE,
  SNN_ADD, SNN_SUB, SNN_MUL, SNN_DIV, SNN_POW, SNN_POISSON, SNN_MIN, SNN_MAX,
  SNN_LT, SNN_LE, SNN_GT, SNN_GE, SNN_EQ, SNN_NE, SNN_AND, SNN_OR,
  /* 1 where a > 0 (a >= 0) and b holds */
  SNN_SPIKE_GT_IF, SNN_SPIKE_GE_IF,
  /* a ? b : c; blend: b where a = 1, c where a = 0, else a b + (1 - a) c */
  SNN_SELECT, SNN_BLEND,
  /* 1 where b < a and c holds, a chance that is no number stays one */
  SNN_BERNOULLI,
  /* Superinstructions: the roundings of the operations they replace. */
  SNN_MUL_ADD,        /* a b + c */
  SNN_MUL_SUB,        /* a b - c */
  SNN_SUB_MUL,        /* c - a b */
  SNN_ADD_ADD,        /* (a + b) + c */
  SNN_MUL_MUL,        /* (a b) c */
  SNN_SUB_DIV,        /* (a - b) / c */
  SNN_MUL_MUL_ADD,    /* a b + c d */
  SNN_MUL_MUL_SUB,    /* a b - c d */
  SNN_ABS_MUL_ADD,    /* |a| b + c */
  SNN_DIV_SQUARE,     /* b / (a a) */
  SNN_FAST_SIGMOID,   /* d / ((|a| b + c)^2), within 4 units in the last place; |a| b + c > 0 */
  SNN_SELECT_GT,      /* a > 0 ? b : c */
  SNN_SELECT_GE,      /* a >= 0 ? b : c */
  SNN_SELECT_EQ,      /* a == b ? c : d */
  SNN_SELECT_LT,      /* a < b ? c : d */
  SNN_DIFFERENCE_MUL, /* (a - b) c */
  SNN_GATE_GT,        /* a (1 - (b > 0)) */
  SNN_MUL_ADD_GATE,   /* (a b + c) (1 - d) */
  SNN_MUL_ADD_ADD,    /* (a b + c) + d */
  SNN_DIFFERENCE_MUL_ADD, /* (a - b) c + d */
  SNN_COUNT_DOWN,     /* 1/2 < a ? b : max(c - 1, 0) */
  SNN_SPIKE_GT_FREE,  /* 1 where a > 0 and b <= 0 */
  SNN_SPIKE_GE_FREE,  /* 1 where a >= 0 and b <= 0 */
  SNN_DIFFERENCE_GT_FREE, /* 1 where a - b > 0 and c <= 0 */
  SNN_DIFFERENCE_GE_FREE, /* 1 where a - b >= 0 and c <= 0 */
  SNN_OP_COUNT
} snn_op;

typedef enum snn_isa { SNN_PLAIN, SNN_SSE2, SNN_AVX2, SNN_AVX512, SNN_NEON, SNN_ISA_COUNT } snn_isa;

/* Numbers drawn: uniform in [0, 1), or standard normal. */
typedef enum snn_draw_kind { SNN_UNIFORM, SNN_NORMAL } snn_draw_kind;

/* p[0] is the destination, p[1] … the operands. */
typedef void (*snn_lane_fn)(void *const *p, long n);

typedef enum snn_optimiser_kind {
  SNN_SGD, SNN_ADAM, SNN_ADAMW, SNN_ADAMAX, SNN_RMSPROP, SNN_RMAXPROP
} snn_optimiser_kind;

/* One update of numbers that are trained as `natural / unit`. */
typedef struct snn_optimiser {
  snn_optimiser_kind kind;
  double rate, momentum, beta1, beta2, epsilon, decay;
  /* 1 / (1 - beta^step). */
  double correction1, correction2;
  /* Factor from the stored gradient to that of the trained number, and the unit itself. */
  double gradient_scale, unit;
} snn_optimiser;

/* Lists of spikes of `samples` rows: those of row s are [offsets[s * stride], offsets[s * stride + 1]). */
typedef struct snn_spikes {
  const int64_t *offsets;
  long stride;
  const uint32_t *units;
  /* One number per spike, or null where all are 1. In the precision of the lanes. */
  const void *values;
} snn_spikes;

/* Synapses of a sparse connection: those of source i are rows[i] ..< rows[i + 1], each with its target and the index of
 * its weight (null: its own index), or all with the first weight. */
typedef struct snn_synapses {
  const int64_t *rows;
  const uint32_t *targets;
  const uint32_t *order;
  int is_uniform;
} snn_synapses;

/* One term of a line: a factor times x; each is a vector along the line, or one number for all of it. Strides are in
 * lanes; 0 where the axis is missing. */
typedef struct snn_line_term {
  const void *factor;
  long factor_sample, factor_tick;
  int factor_is_vector;
  const void *x;
  long x_sample, x_row, x_tick;
  int x_is_vector;
} snn_line_term;

enum { SNN_LINE_TERMS = 8, SNN_LEAK_CURRENTS = 2 };

/* A line of every sample and row that becomes the sum of its terms, at most SNN_LINE_TERMS. */
typedef struct snn_line {
  void *to;
  long to_sample, to_row;
  const snn_line_term *terms;
  long count;
} snn_line;

typedef struct snn_kernels {
  const char *name;
  snn_isa isa;
  /* 4 or 8. */
  long lane_bytes;
  /* Columns of a packed panel. */
  long panel;

  /* To and from double; the second pair adds. */
  snn_lane_fn widen, narrow, widen_add, narrow_add;
  /* Threshold, reset and refractory counter of a neuron in one pass, for a strict test and for the other: operands are
   * the flag, the value after the reset and the counter that come out; the value, its threshold, the counter, the value
   * of the reset and the count that a spike sets. Threshold, reset and count are single numbers. */
  snn_lane_fn fire_gt, fire_ge;
  /* The same for a neuron that is held while it counts and else leaks, with so many currents that decay: what comes
   * out are flag, value, counter and the currents; operands are those above, the value's factor and constant, and of
   * each current its factor in the value, its own, and the current. */
  snn_lane_fn leak_gt[SNN_LEAK_CURRENTS + 1], leak_ge[SNN_LEAK_CURRENTS + 1];

  /* into[s][0 ..< n] += value * w[unit - low][0 ..< n] for the spikes of row s with low <= unit < high. */
  void (*deliver)(void *into, long ld, const void *w, long ldw, const snn_spikes *spikes, long low, long high,
                  long samples, long n);
  /* g[unit - low][0 ..< n] += value * adjoint[s][0 ..< n]. */
  void (*outer)(void *g, long ldg, const void *adjoint, long ld, const snn_spikes *spikes, long low, long high,
                long samples, long n);
  /* One to one: into[s][unit - low] += value * w[unit - low], and its weight gradient. */
  void (*deliver_one)(void *into, long ld, const void *w, const snn_spikes *spikes, long low, long high,
                      long samples);
  void (*outer_one)(void *g, const void *adjoint, long ld, const snn_spikes *spikes, long low, long high,
                    long samples);

  /* Sparse: into[s][target] += value * w[synapse], its weight gradient g[synapse] += value * adjoint[s][target], and its
   * adjoint into[s][source] += sum over synapses ascending of w[synapse] * from[s][target]. */
  void (*deliver_sparse)(void *into, long ld, const void *w, const snn_synapses *synapses, const snn_spikes *spikes,
                         long low, long high, long samples);
  void (*outer_sparse)(void *g, const void *adjoint, long ld, const snn_synapses *synapses, const snn_spikes *spikes,
                       long low, long high, long samples);
  void (*transposed_sparse)(void *into, long ld, const void *from, long ldf, const void *w,
                            const snn_synapses *synapses, long sources, long samples);

  /* Appends the units whose flag is not 0, and the flags where `values` is given; returns their number. `units` and
   * `values` have room for n. */
  long (*extract)(const void *flags, long n, uint32_t *units, void *values);

  /* x[unit] = the number that Philox gives for counter (tick, unit / 2, sample) under the key. */
  void (*draw)(snn_draw_kind kind, void *x, long n, uint32_t key0, uint32_t key1, uint32_t tick, uint32_t sample);

  /* For every sample, row and tick, one line after the other: to[0 ..< n] = sum of the terms, in order. */
  void (*lines)(const snn_line *lines, long count, long ticks, long samples, long rows, long n);

  /* c[i][j] (+)= sum over k ascending of a[i * lda + k * a_step] * b(k, j), b packed in panels; the same bits for any
   * m. Element (k, j) of b is at panels[(j / panel) * (k_count * panel) + k * panel + j % panel]. */
  void (*gemm)(void *c, long ldc, const void *a, long lda, long a_step, const void *panels, long m, long n,
               long k_count, int accumulate);
  /* Packs b(k, j) = w[k * k_step + j * j_step]; the last panel is filled with 0. */
  void (*pack)(void *panels, const void *w, long k_step, long j_step, long k_count, long n);

  /* Sum in double with 16 accumulators and a fixed tree; maximum and minimum from the first element on. */
  double (*sum)(const void *x, long n);
  double (*sum_squares)(const void *x, long n);
  /* total[j] += sum over rows s ascending of x[s][j], in double. */
  void (*column_sums)(double *total, const void *x, long ld, long samples, long n);
  /* Index of the first maximum or minimum, 0 where n is 0 or all are NaN. */
  long (*first_maximum)(const void *x, long n);
  long (*first_minimum)(const void *x, long n);
  /* Index of the first lane that is not finite (or, with `nan_only`, that is NaN), or -1. */
  long (*first_fault)(const void *x, long n, int nan_only);

  /* g = slots[0] + slots[1] + … in order; each slot is cleared. The destination may not be a slot. */
  void (*combine)(void *g, void *const *slots, long count, long n);
  /* Gradient: the sum of the slots in order, which are cleared. m and v are the moments (null where unused). */
  void (*update)(void *w, void *m, void *v, void *const *slots, long count, long n, const snn_optimiser *o);
} snn_kernels;

/* The variant for an instruction set, or null where this build or machine lacks it. */
const snn_kernels *snn_kernels_find(snn_isa isa, int double_precision);
/* The best variant this machine runs. */
snn_isa snn_best_isa(void);
/* The function for an operation and mode, or null where only the mode with arrays exists for these operands. */
snn_lane_fn snn_lane(const snn_kernels *kernels, snn_op op, unsigned mode);
/* Number of operands without the destination. */
int snn_arity(snn_op op);

/* Sets flushing of denormal numbers for this thread and returns the state before. */
unsigned long long snn_flush_denormals(void);
void snn_restore_denormals(unsigned long long state);

/* Tells the processor that this thread looks again and again for what another one writes. */
static inline void snn_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

/* Asks for elements that are scattered over memory, before they are needed. */
static inline void snn_prefetch(const void *base, const uint32_t *indices, long count, long bytes) {
  for (long k = 0; k < count; k++) __builtin_prefetch((const char *)base + indices[k] * bytes, 1);
}

/* How many processors the caller may use. */
int snn_processor_count(void);

/* The processor on which the caller runs; -1 where that cannot be known. */
int snn_processor(void);

/* Lets a thread run on every processor that the caller may use but this one. */
void snn_keep_off(pthread_t thread, int processor);

/* Since some instant, from a clock that never goes back. */
uint64_t snn_nanoseconds(void);
