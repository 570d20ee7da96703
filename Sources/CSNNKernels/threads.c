#if defined(__linux__)
#define _GNU_SOURCE
#include <sched.h>
#endif
#include <pthread.h>
#include <unistd.h>
#include "snn_kernels.h"

int snn_processor_count(void) {
#if defined(__linux__)
  cpu_set_t allowed;
  if (!sched_getaffinity(0, sizeof allowed, &allowed)) return CPU_COUNT(&allowed);
#endif
  return (int)sysconf(_SC_NPROCESSORS_ONLN);
}

int snn_processor(void) {
#if defined(__linux__)
  return sched_getcpu();
#else
  return -1;
#endif
}

void snn_keep_off(pthread_t thread, int processor) {
#if defined(__linux__)
  cpu_set_t allowed;
  if (processor < 0 || processor >= CPU_SETSIZE || sched_getaffinity(0, sizeof allowed, &allowed)) return;
  CPU_CLR(processor, &allowed);
  if (CPU_COUNT(&allowed)) pthread_setaffinity_np(thread, sizeof allowed, &allowed);
#else
  (void)thread;
  (void)processor;
#endif
}
