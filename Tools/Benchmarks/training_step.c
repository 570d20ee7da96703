/* A training step of the networks of shapes.py, written by hand: what a careful programmer gets out of the machine for
 * this one network. Spikes are lists, forward and in the weights' gradients; only the product of the errors with the
 * transposed weights is dense.
 *
 *   cc -O3 -march=native -ffast-math -fopenmp training_step.c -o training_step -lm
 *   training_step FOLDER STEPS       threads by OMP_NUM_THREADS; prints a line of JSON
 *
 * Compiled with -ffp-contract=off -DSLOTS=n -DBLOCK=m and without -ffast-math it adds up in the order in which snn does,
 * gradients in n parts of every nth block of m samples, and rounds as snn does: losses are then equal to the last bit.
 */
#include <math.h>
#include <omp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifdef __AVX__
#include <immintrin.h>
#endif

#ifdef __AVX512F__
enum { WIDTH = 16 };
#else
enum { WIDTH = 8 };
#endif
#ifndef BLOCK
#define BLOCK 16 /* samples that go through time together */
#endif
#ifndef SLOTS
#define SLOTS 0 /* gradients that are added up at the end; 0: one for each thread */
#endif
typedef float lane __attribute__((vector_size(4 * WIDTH), aligned(4 * WIDTH)));
typedef int32_t mask __attribute__((vector_size(4 * WIDTH), aligned(4 * WIDTH)));

static int inputs, hidden, outputs, ticks, batch, recurrent, width; /* width: outputs, padded */
static float alpha, beta, slope, rate;
static int32_t *bins, *events, *labels;

/* A learned matrix: source rows, its transpose, and Adam's moments. */
typedef struct {
  int rows, columns;
  float *w, *transposed, *first, *second;
} Matrix;
static Matrix in, rec, out;

typedef struct {
  float *membrane;                  /* [tick][sample][unit] */
  uint16_t *fired; int *count;      /* lists of spikes of each tick and sample */
  float *u, *i, *o, *f, *best; int32_t *when;
  float *gu, *gi, *late, *error, *go, *gf, *seed;
  float *in, *rec, *out;            /* gradients */
  double loss;
} Worker;
static Worker *workers;
static int slots, step;

static void *zeros(size_t bytes) {
  void *p;
  if (posix_memalign(&p, 64, (bytes + 127) / 64 * 64)) exit(1);
  return memset(p, 0, bytes);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec * 1e-6;
}

/* A bit for each lane that is above one. */
static inline unsigned spiking(lane v) {
#if defined(__AVX512F__)
  return _mm512_cmp_ps_mask((__m512)v, _mm512_set1_ps(1), _CMP_GT_OQ);
#elif defined(__AVX__)
  return _mm256_movemask_ps(_mm256_cmp_ps((__m256)v, _mm256_set1_ps(1), _CMP_GT_OQ));
#else
  unsigned bits = 0;
  for (int k = 0; k < WIDTH; k++) bits |= (unsigned)(v[k] > 1) << k;
  return bits;
#endif
}

static inline void add(float *restrict to, const float *restrict row, int n) {
  lane *a = (lane *)to;
  const lane *b = (const lane *)row;
  for (int k = 0; k < n / WIDTH; k++) a[k] += b[k];
}

/* c[BLOCK][n] += a[BLOCK][k] b[k][n], in tiles of four rows and two or four vectors. */
#define TILE (WIDTH == 16 ? 4 : 2)
static void multiply(float *c, const float *a, int stride, const float *b, int k, int n) {
  int j = 0;
  for (; j + TILE * WIDTH <= n; j += TILE * WIDTH)
    for (int r = 0; r < BLOCK; r += 4) {
      lane sum[4][TILE];
      for (int x = 0; x < 4; x++)
        for (int y = 0; y < TILE; y++) sum[x][y] = ((lane *)(c + (size_t)(r + x) * n + j))[y];
      for (int p = 0; p < k; p++) {
        const lane *row = (const lane *)(b + (size_t)p * n + j);
        for (int x = 0; x < 4; x++)
          for (int y = 0; y < TILE; y++) sum[x][y] += a[(size_t)(r + x) * stride + p] * row[y];
      }
      for (int x = 0; x < 4; x++)
        for (int y = 0; y < TILE; y++) ((lane *)(c + (size_t)(r + x) * n + j))[y] = sum[x][y];
    }
  for (; j < n; j += WIDTH)
    for (int r = 0; r < BLOCK; r++) {
      lane sum = *(lane *)(c + (size_t)r * n + j);
      for (int p = 0; p < k; p++) sum += a[(size_t)r * stride + p] * *(const lane *)(b + (size_t)p * n + j);
      *(lane *)(c + (size_t)r * n + j) = sum;
    }
}

/* 1 / x^2 */
static inline float over_square(float x) {
#if SLOTS
  /* From the bits of a first guess by three of Newton's steps. */
  union { float number; uint32_t bits; } r = {x};
  r.bits = 0x7ef311c7u - r.bits;
  for (int k = 0; k < 3; k++) r.number *= 2 - x * r.number;
  return r.number * r.number;
#else
  return 1 / (x * x);
#endif
}

static void forward(Worker *w, int start, int n) {
  size_t units = (size_t)BLOCK * hidden * 4, readouts = (size_t)BLOCK * width * 4;
  memset(w->u, 0, units), memset(w->i, 0, units), memset(w->o, 0, readouts), memset(w->f, 0, readouts);
  for (int k = 0; k < BLOCK * width; k++) w->best[k] = -INFINITY, w->when[k] = 0;
  for (int t = 0; t < ticks; t++)
    for (int s = 0; s < n; s++) {
      size_t place = (size_t)t * BLOCK + s;
      float *restrict u = w->u + s * hidden, *restrict i = w->i + s * hidden, *restrict kept = w->membrane + place * hidden;
      uint16_t *list = w->fired + place * hidden;
      int found = 0;
      for (int j = 0; j < hidden; j += WIDTH) {
        lane v = *(lane *)(u + j), c = *(lane *)(i + j);
        mask spikes = v > 1;
        *(lane *)(kept + j) = v;
        *(lane *)(u + j) = (lane)((mask)(beta * v + c) & ~spikes);
        *(lane *)(i + j) = alpha * c;
        for (unsigned any = spiking(v); any; any &= any - 1) list[found++] = j + __builtin_ctz(any);
      }
      w->count[place] = found;
      const int32_t *bin = bins + (size_t)(start + s) * ticks + t;
      for (int e = bin[0]; e < bin[1]; e++) add(i, in.w + (size_t)events[e] * hidden, hidden);
      if (recurrent && t) {
        const uint16_t *before = list - (size_t)BLOCK * hidden;
        for (int e = 0; e < w->count[place - BLOCK]; e++) add(i, rec.w + (size_t)before[e] * hidden, hidden);
      }
      float *restrict o = w->o + s * width, *restrict f = w->f + s * width, *restrict best = w->best + s * width;
      int32_t *restrict when = w->when + s * width;
      for (int j = 0; j < width; j++) {
        float value = beta * o[j] + f[j];
        o[j] = value, f[j] *= alpha;
        when[j] = value > best[j] ? t : when[j];
        best[j] = value > best[j] ? value : best[j];
      }
      for (int e = 0; e < found; e++) add(f, out.w + (size_t)list[e] * width, width);
    }
}

/* Cross entropy of the maxima; its gradient goes to `seed`. */
static void score(Worker *w, int start, int n) {
  memset(w->seed, 0, (size_t)BLOCK * width * 4);
  for (int s = 0; s < n; s++) {
    float *z = w->best + s * width, top = z[0];
    double sum = 0;
    for (int j = 1; j < outputs; j++) top = z[j] > top ? z[j] : top;
    for (int j = 0; j < outputs; j++) sum += exp((double)z[j] - top);
    int label = labels[start + s];
    w->loss += (log(sum) + top - z[label]) / batch;
    double part = 1. / batch;
    for (int j = 0; j < outputs; j++)
      w->seed[s * width + j] = part / sum * exp((double)z[j] - top) + (j == label ? -part : 0);
  }
}

static void backward(Worker *w, int start, int n) {
  size_t units = (size_t)BLOCK * hidden * 4, readouts = (size_t)BLOCK * width * 4;
  memset(w->gu, 0, units), memset(w->gi, 0, units), memset(w->late, 0, units);
  memset(w->gf, 0, readouts), memset(w->go, 0, readouts);
  for (int t = ticks - 1; t >= 0; t--) {
    for (int s = 0; s < n; s++) {
      size_t place = (size_t)t * BLOCK + s;
      float *restrict go = w->go + s * width, *restrict gf = w->gf + s * width, *restrict seed = w->seed + s * width;
      const int32_t *restrict when = w->when + s * width;
      for (int j = 0; j < width; j++) {
        gf[j] = alpha * gf[j] + go[j];
        go[j] = beta * go[j] + (when[j] == t ? seed[j] : 0);
      }
      const uint16_t *list = w->fired + place * hidden;
      for (int e = 0; e < w->count[place]; e++) add(w->out + (size_t)list[e] * width, gf, width);
    }
    memset(w->error, 0, units);
    if (recurrent) multiply(w->error, w->late, hidden, rec.transposed, hidden, hidden);
    multiply(w->error, w->gf, width, out.transposed, outputs, hidden);
    for (int s = 0; s < n; s++) {
      size_t place = (size_t)t * BLOCK + s;
      float *restrict gu = w->gu + s * hidden, *restrict gi = w->gi + s * hidden, *restrict late = w->late + s * hidden;
      const float *restrict error = w->error + s * hidden, *restrict u = w->membrane + place * hidden;
      for (int j = 0; j < hidden; j++) {
        float distance = u[j] - 1, held = distance > 0 ? 0 : gu[j];
        float surrogate = over_square(slope * fabsf(distance) + 1);
        late[j] = gi[j];
        gi[j] = alpha * gi[j] + held;
        gu[j] = beta * held + error[j] * surrogate;
      }
      const int32_t *bin = bins + (size_t)(start + s) * ticks + t;
      for (int e = bin[0]; e < bin[1]; e++) add(w->in + (size_t)events[e] * hidden, late, hidden);
      if (recurrent && t) {
        const uint16_t *before = w->fired + (place - BLOCK) * hidden;
        for (int e = 0; e < w->count[place - BLOCK]; e++) add(w->rec + (size_t)before[e] * hidden, late, hidden);
      }
    }
  }
}

static double pass(int learning) {
  for (int k = 0; k < slots; k++) workers[k].loss = 0;
  const Matrix *transposed[2] = {&out, recurrent ? &rec : NULL};
  for (int k = 0; k < 2; k++) {
    const Matrix *m = transposed[k];
    if (!m) continue;
    for (int r = 0; r < m->rows; r++)
      for (int c = 0; c < (k ? m->columns : outputs); c++)
        m->transposed[(size_t)c * m->rows + r] = m->w[(size_t)r * m->columns + c];
  }
#pragma omp parallel for schedule(static)
  for (int slot = 0; slot < slots; slot++)
    for (int start = slot * BLOCK; start < batch; start += slots * BLOCK) {
      Worker *w = workers + slot;
      int n = batch - start < BLOCK ? batch - start : BLOCK;
      forward(w, start, n);
      score(w, start, n);
      if (learning) backward(w, start, n);
    }
  double loss = 0;
  for (int k = 0; k < slots; k++) loss += workers[k].loss;
  return loss;
}

/* Adam with the sum of the workers' gradients, which are cleared. */
static void update(Matrix *m, size_t gradient) {
  float c1 = 1 / (1 - pow(.9, step)), c2 = 1 / (1 - pow(.999, step));
  size_t n = (size_t)m->rows * m->columns;
#pragma omp parallel for schedule(static)
  for (size_t part = 0; part < n; part += 2048) {
    size_t end = part + 2048 < n ? part + 2048 : n;
    float *sum = *(float **)((char *)workers + gradient);
    for (int k = 1; k < slots; k++) {
      float *other = *(float **)((char *)(workers + k) + gradient);
      for (size_t j = part; j < end; j++) sum[j] += other[j], other[j] = 0;
    }
    for (size_t j = part; j < end; j++) {
      float g = sum[j];
      sum[j] = 0;
      m->first[j] = .9f * m->first[j] + .1f * g;
      m->second[j] = .999f * m->second[j] + .001f * (g * g);
      m->w[j] -= rate * (m->first[j] * c1) / (sqrtf(m->second[j] * c2) + 1e-8f);
    }
  }
}

static double train(void) {
  double loss = pass(1);
  step++;
  update(&in, offsetof(Worker, in));
  if (recurrent) update(&rec, offsetof(Worker, rec));
  update(&out, offsetof(Worker, out));
  return loss;
}

static void *file(const char *folder, const char *name, size_t bytes) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *f = fopen(path, "rb");
  void *data = zeros(bytes);
  if (!f || fread(data, 1, bytes, f) != bytes) { perror(path); exit(1); }
  fclose(f);
  return data;
}

static Matrix matrix(const char *folder, const char *name, int rows, int columns, int padded) {
  size_t n = (size_t)rows * padded;
  Matrix m = {rows, padded, zeros(4 * n), zeros(4 * n), zeros(4 * n), zeros(4 * n)};
  float *data = file(folder, name, (size_t)rows * columns * 4);
  for (int r = 0; r < rows; r++) memcpy(m.w + (size_t)r * padded, data + (size_t)r * columns, columns * 4);
  free(data);
  return m;
}

static void print(const char *name, const double *values, int n) {
  printf("\"%s\": [", name);
  for (int k = 0; k < n; k++) printf("%s%.17g", k ? ", " : "", values[k]);
  printf("], ");
}

int main(int count, char **arguments) {
  if (count < 3) return 2;
  const char *folder = arguments[1];
  int steps = atoi(arguments[2]), total;
  char path[4096];
  snprintf(path, sizeof path, "%s/meta.txt", folder);
  FILE *meta = fopen(path, "r");
  if (!meta || fscanf(meta, "%d %d %d %d %d %d %f %f %f %f %d", &inputs, &hidden, &outputs, &ticks, &batch, &recurrent,
                      &alpha, &beta, &slope, &rate, &total) != 11) { perror(path); return 1; }
  fclose(meta);
  width = (outputs + WIDTH - 1) / WIDTH * WIDTH;
  bins = file(folder, "ev_ptr.bin", ((size_t)batch * ticks + 1) * 4);
  events = file(folder, "ev.bin", (size_t)total * 4);
  labels = file(folder, "y.bin", (size_t)batch * 4);
  in = matrix(folder, "W1.bin", inputs, hidden, hidden);
  out = matrix(folder, "W2.bin", hidden, outputs, width);
  if (recurrent) rec = matrix(folder, "V.bin", hidden, hidden, hidden);
  slots = SLOTS ? SLOTS : omp_get_max_threads();
  workers = zeros(slots * sizeof *workers);
  size_t units = (size_t)BLOCK * hidden, readouts = (size_t)BLOCK * width, all = (size_t)ticks * units;
  for (int k = 0; k < slots; k++) {
    float **states[] = {&workers[k].u, &workers[k].i, &workers[k].gu, &workers[k].gi, &workers[k].late, &workers[k].error};
    float **reads[] = {&workers[k].o, &workers[k].f, &workers[k].best, &workers[k].go, &workers[k].gf, &workers[k].seed};
    for (int j = 0; j < 6; j++) *states[j] = zeros(4 * units), *reads[j] = zeros(4 * readouts);
    workers[k].when = zeros(4 * readouts);
    workers[k].membrane = zeros(4 * all), workers[k].fired = zeros(2 * all);
    workers[k].count = zeros((size_t)4 * ticks * BLOCK);
    workers[k].in = zeros((size_t)4 * inputs * hidden), workers[k].out = zeros((size_t)4 * hidden * width);
    workers[k].rec = zeros((size_t)4 * hidden * hidden);
  }
  double *losses = zeros(8 * steps), *took = zeros(8 * steps), *alone = zeros(8 * steps);
  for (int k = 0; k < steps; k++) {
    double start = now();
    losses[k] = train();
    took[k] = now() - start;
  }
  for (int k = 0; k < steps; k++) {
    double start = now();
    pass(0);
    alone[k] = now() - start;
  }
  double peak = 0;
  FILE *status = fopen("/proc/self/status", "r");
  char line[256];
  for (long kb; status && fgets(line, sizeof line, status);)
    if (sscanf(line, "VmHWM: %ld", &kb) == 1) peak = kb / 1024.;
  printf("{");
  print("losses", losses, steps), print("training_ms", took, steps), print("forward_ms", alone, steps);
  printf("\"threads\": %d, \"peak_mib\": %.1f}\n", omp_get_max_threads(), peak);
  return 0;
}
