/* A program that this is preloaded into has a clock that is CLOCK_AHEAD_SECONDS ahead; its children have the machine's. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static long ahead;
static int (*machine)(clockid_t, struct timespec *);

__attribute__((constructor)) static void begin(void) {
  const char *seconds = getenv("CLOCK_AHEAD_SECONDS");
  ahead = seconds ? atol(seconds) : 0;
  unsetenv("LD_PRELOAD");
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  if (!machine) {
    machine = dlsym(RTLD_NEXT, "clock_gettime");
  }
  int answer = machine(clock, now);
  if (answer == 0 && clock == CLOCK_REALTIME) {
    now->tv_sec += ahead;
  }
  return answer;
}

int gettimeofday(struct timeval *now, void *zone) {
  struct timespec exact;
  int answer = clock_gettime(CLOCK_REALTIME, &exact);
  now->tv_sec = exact.tv_sec;
  now->tv_usec = exact.tv_nsec / 1000;
  return answer;
}

time_t time(time_t *to) {
  struct timespec exact;
  clock_gettime(CLOCK_REALTIME, &exact);
  if (to) {
    *to = exact.tv_sec;
  }
  return exact.tv_sec;
}
