/* The balanced networks of balanced_*.snn, written by hand: 4000 neurons, 2 % of all pairs, 1 s in steps of 0.1 ms.
 *
 *   cc -O3 -march=native -ffast-math simulation.c -o simulation -lm
 *   simulation cuba | coba | stdp  RUNS       prints a line of JSON
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifdef __AVX__
#include <immintrin.h>
#endif

enum { N = 4000, E = 3200, STEPS = 10000, HELD = 50, WIDTH = 8 };
typedef float lane __attribute__((vector_size(4 * WIDTH), aligned(4 * WIDTH)));
typedef int32_t mask __attribute__((vector_size(4 * WIDTH), aligned(4 * WIDTH)));
static const float DT = 0.1f;
static _Alignas(64) float v[N], ge[N], gi[N], x[N], y[N];
static _Alignas(64) int32_t rest[N];
static int32_t seen_x[N], seen_y[N], spikes[N], start[N + 1], start_in[N + 1];
static int32_t *target, *source_in, *synapse_in; /* outgoing; incoming among the excitatory */
static float *weight;
static uint64_t seed;

static double uniform(void) { /* splitmix64 */
  uint64_t z = seed += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return ((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

/* A bit for each lane that is true. */
static inline unsigned signs(mask m) {
#ifdef __AVX__
  return _mm256_movemask_ps((__m256)m);
#else
  unsigned bits = 0;
  for (int k = 0; k < WIDTH; k++) bits |= (unsigned)(m[k] & 1) << k;
  return bits;
#endif
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}

static void build(float excite, float inhibit, int plastic) {
  size_t room = (size_t)N * N / 40;
  target = malloc(4 * room), weight = malloc(4 * room);
  int n = 0;
  /* The gap to the next pair is geometric. */
  double scale = 1 / log1p(-0.02);
  int64_t pair = -1;
  for (int row = 0;;) {
    pair += 1 + (int64_t)(log1p(-uniform()) * scale);
    for (; row < N && (pair >= (int64_t)N * N || pair / N > row); row++) start[row + 1] = n;
    if (row >= N) break;
    target[n] = pair % N, weight[n++] = row < E ? excite : inhibit;
  }
  if (!plastic) return;
  source_in = malloc(4 * (size_t)n), synapse_in = malloc(4 * (size_t)n);
  for (int k = 0; k < start[E]; k++) if (target[k] < E) start_in[target[k] + 1]++;
  for (int j = 0; j < N; j++) start_in[j + 1] += start_in[j];
  int32_t *next = malloc(4 * N);
  memcpy(next, start_in, 4 * N);
  for (int j = 0; j < E; j++)
    for (int k = start[j]; k < start[j + 1]; k++)
      if (target[k] < E) source_in[next[target[k]]] = j, synapse_in[next[target[k]]++] = k;
  free(next);
}

static inline lane choose(mask m, lane a, lane b) { return (lane)((m & (mask)a) | (~m & (mask)b)); }

/* The end of a step for eight neurons: held ones stay, spikes are reset and listed. */
static inline int finish(int j, lane free_value, int found) {
  lane before = *(lane *)(v + j);
  mask wait = *(mask *)(rest + j), held = wait > 0;
  lane value = choose(held, before, free_value);
  mask spike = ~held & (value > -50);
  *(lane *)(v + j) = choose(spike, -60 + (lane){0}, value);
  *(mask *)(rest + j) = (spike & HELD) | (~spike & (wait + held));
  for (unsigned bits = signs(spike); bits; bits &= bits - 1) spikes[found++] = j + __builtin_ctz(bits);
  return found;
}

static inline int integrate_current(float me, float m, float mi, float de, float di) {
  int found = 0;
  for (int j = 0; j < N; j += WIDTH) {
    lane u = *(lane *)(v + j), e = *(lane *)(ge + j), i = *(lane *)(gi + j);
    *(lane *)(ge + j) = e * de, *(lane *)(gi + j) = i * di;
    found = finish(j, -49 + (u + 49) * m + me * e + mi * i, found);
  }
  return found;
}

static inline lane slope(lane v, lane e, lane i) { return (10 * (-49 - v) - e * v + i * (-80 - v)) * (1 / 200.f); }

/* One Runge-Kutta step of all three equations, like the program's. */
static inline int integrate_conductance(void) {
  int found = 0;
  const float half = DT / 2, h = DT;
  for (int j = 0; j < N; j += WIDTH) {
    lane u = *(lane *)(v + j), e = *(lane *)(ge + j), i = *(lane *)(gi + j);
    lane a = slope(u, e, i), ae = e * -(1 / 5.f), ai = i * -(1 / 10.f);
    lane e2 = e + half * ae, i2 = i + half * ai, b = slope(u + half * a, e2, i2), be = e2 * -(1 / 5.f), bi = i2 * -(1 / 10.f);
    lane e3 = e + half * be, i3 = i + half * bi, c = slope(u + half * b, e3, i3), ce = e3 * -(1 / 5.f), ci = i3 * -(1 / 10.f);
    lane e4 = e + h * ce, i4 = i + h * ci, d = slope(u + h * c, e4, i4), de = e4 * -(1 / 5.f), di = i4 * -(1 / 10.f);
    *(lane *)(ge + j) = e + h / 6 * (ae + 2 * be + 2 * ce + de), *(lane *)(gi + j) = i + h / 6 * (ai + 2 * bi + 2 * ci + di);
    found = finish(j, u + h / 6 * (a + 2 * b + 2 * c + d), found);
  }
  return found;
}

int main(int count, char **arguments) {
  if (count < 3) return 2;
  int conductance = !strcmp(arguments[1], "coba"), plastic = !strcmp(arguments[1], "stdp"), runs = atoi(arguments[2]);
  float excite = conductance ? 6 : 1.62f, inhibit = conductance ? 67 : -9;
  double begin = now();
  seed = 1;
  build(excite, inhibit, plastic);
  double built = now() - begin;
  static float decay[STEPS + 1]; /* of the traces, which are brought up to date when they are read */
  for (int k = 0; k <= STEPS; k++) decay[k] = expf(-k * DT / 20);
  float m = expf(-DT / 20), de = expf(-DT / 5), di = expf(-DT / 10);
  float me = 5 / (5 - 20.f) * (de - m), mi = 10 / (10 - 20.f) * (di - m);
  long total = 0;
  printf("{\"run_s\": [");
  for (int run = 0; run < runs; run++) {
    memset(ge, 0, sizeof ge), memset(gi, 0, sizeof gi), memset(rest, 0, sizeof rest);
    memset(x, 0, sizeof x), memset(y, 0, sizeof y), memset(seen_x, 0, sizeof seen_x), memset(seen_y, 0, sizeof seen_y);
    for (int j = 0; j < N; j++) v[j] = -60 + 10 * uniform();
    for (int k = 0; plastic && k < start[E]; k++) weight[k] = excite;
    begin = now(), total = 0;
    for (int t = 0; t < STEPS; t++) {
      int found = conductance ? integrate_conductance() : integrate_current(me, m, mi, de, di);
      total += found;
      for (int s = 0; s < found; s++) {
        int j = spikes[s];
        float *g = j < E ? ge : gi;
        if (plastic && j < E) {
          x[j] = x[j] * decay[t - seen_x[j]] + 1, seen_x[j] = t;
          for (int k = start[j]; k < start[j + 1]; k++) {
            int to = target[k];
            ge[to] += weight[k];
            if (to >= E) continue;
            float lower = weight[k] - 0.0105f * excite * y[to] * decay[t - seen_y[to]];
            weight[k] = lower < 0 ? 0 : lower;
          }
        } else {
          float w = j < E ? excite : inhibit;
          for (int k = start[j]; k < start[j + 1]; k++) g[target[k]] += w;
        }
      }
      for (int s = 0; plastic && s < found && spikes[s] < E; s++) {
        int j = spikes[s];
        y[j] = y[j] * decay[t - seen_y[j]] + 1, seen_y[j] = t;
        for (int k = start_in[j]; k < start_in[j + 1]; k++) {
          int from = source_in[k];
          float *w = weight + synapse_in[k], higher = *w + 0.01f * excite * x[from] * decay[t - seen_x[from]];
          *w = higher > 2 * excite ? 2 * excite : higher;
        }
      }
    }
    printf("%s%.5f", run ? ", " : "", now() - begin);
  }
  printf("], \"build_s\": %.4f, \"rate_hz\": %.3f, \"synapses\": %d}\n", built, total / (double)N, start[N]);
  return 0;
}
