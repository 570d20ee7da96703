// Counts what an interpreter's inner loop must not do: allocate, and count references. Loaded with LD_PRELOAD; prints one
// line when the program ends. The counters are plain atomics, so the numbers are exact for any number of threads.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static atomic_ulong allocations, retains;

extern void *__libc_malloc(size_t);
extern void *__libc_memalign(size_t, size_t);
extern void *__libc_calloc(size_t, size_t);

void *malloc(size_t bytes) {
  atomic_fetch_add_explicit(&allocations, 1, memory_order_relaxed);
  return __libc_malloc(bytes);
}

void *calloc(size_t count, size_t bytes) {
  atomic_fetch_add_explicit(&allocations, 1, memory_order_relaxed);
  return __libc_calloc(count, bytes);
}

int posix_memalign(void **memory, size_t alignment, size_t bytes) {
  atomic_fetch_add_explicit(&allocations, 1, memory_order_relaxed);
  *memory = __libc_memalign(alignment, bytes);
  return *memory ? 0 : 12;
}

void *swift_retain(void *object) {
  static void *(*original)(void *);
  if (!original) original = (void *(*)(void *))dlsym(RTLD_NEXT, "swift_retain");
  atomic_fetch_add_explicit(&retains, 1, memory_order_relaxed);
  return original(object);
}

__attribute__((destructor)) static void report(void) {
  char line[96];
  int n = snprintf(line, sizeof line, "allocations %lu retains %lu\n", allocations, retains);
  (void)!write(2, line, n);
}
