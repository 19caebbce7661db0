/*
 * Prints the median and the 99th percentile of the nanoseconds that calls took, made by some threads at once. The call is getppid, which
 * somebody delays, or with a third argument a sleep of so many nanoseconds.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static long calls, sleep_time, *times;

static int compare(const void *a, const void *b)
{
    long x = *(const long *)a, y = *(const long *)b;
    return (x > y) - (x < y);
}

static void *work(void *slot)
{
    struct timespec begin, end, pause = {0, sleep_time};
    for (long i = 0; i < calls; i++) {
        clock_gettime(CLOCK_MONOTONIC, &begin);
        if (sleep_time)
            nanosleep(&pause, NULL);
        else
            syscall(SYS_getppid);
        clock_gettime(CLOCK_MONOTONIC, &end);
        times[(long)slot * calls + i] = (end.tv_sec - begin.tv_sec) * 1000000000L + end.tv_nsec - begin.tv_nsec;
    }
    return NULL;
}

int main(int count, char **arguments)
{
    long threads = atol(arguments[2]);
    pthread_t ids[64];
    calls = atol(arguments[1]);
    sleep_time = count > 3 ? atol(arguments[3]) : 0;
    times = calloc(calls * threads, sizeof *times);
    for (long i = 0; i < threads; i++)
        pthread_create(&ids[i], NULL, work, (void *)i);
    for (long i = 0; i < threads; i++)
        pthread_join(ids[i], NULL);
    qsort(times, calls * threads, sizeof *times, compare);
    printf("%ld %ld\n", times[calls * threads / 2], times[calls * threads * 99 / 100]);
    return 0;
}
