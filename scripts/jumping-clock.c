/* A wall clock that jumps by up to ten days, back or forth, at every look; the monotonic clock goes on as it is. For scripts/hardships,
   which puts it before the C library (LD_PRELOAD). JUMP_SEED fixes the jumps of a process. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *now) {
    static unsigned seed;
    int result = (int)syscall(SYS_clock_gettime, clock, now);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        if (seed == 0) {
            const char *given = getenv("JUMP_SEED");
            seed = given ? (unsigned)atoi(given) + 1 : 1;
        }
        now->tv_sec += rand_r(&seed) % 1728000 - 864000;
    }
    return result;
}
