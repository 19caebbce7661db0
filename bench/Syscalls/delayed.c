/* Prints the median and the 99th percentile of the nanoseconds that a number of delayed calls took. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int compare(const void *a, const void *b)
{
    long x = *(const long *)a, y = *(const long *)b;
    return (x > y) - (x < y);
}

int main(int count, char **arguments)
{
    int calls = atoi(arguments[1]);
    long *times = calloc(calls, sizeof *times);
    struct timespec begin, end;
    (void)count;
    for (int i = 0; i < calls; i++) {
        clock_gettime(CLOCK_MONOTONIC, &begin);
        syscall(SYS_getppid);
        clock_gettime(CLOCK_MONOTONIC, &end);
        times[i] = (end.tv_sec - begin.tv_sec) * 1000000000L + end.tv_nsec - begin.tv_nsec;
    }
    qsort(times, calls, sizeof *times, compare);
    printf("%ld %ld\n", times[calls / 2], times[calls * 99 / 100]);
    return 0;
}
