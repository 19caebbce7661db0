/*
 * Writes 16 bytes to /dev/null, calls times in each of some threads; prints the nanoseconds that took. What it prints goes out by writev,
 * so that the program can be measured while its writes are changed.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static int descriptor;

static void *work(void *calls)
{
    for (long i = 0; i < (long)calls; i++)
        if (write(descriptor, "0123456789abcdef", 16) != 16)
            exit(1);
    return NULL;
}

int main(int count, char **arguments)
{
    long calls = atol(arguments[1]), threads = count > 2 ? atol(arguments[2]) : 1;
    pthread_t ids[64];
    struct timespec begin, end;
    char text[24];
    descriptor = open("/dev/null", O_WRONLY);
    work((void *)(calls / 10));
    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (long i = 1; i < threads; i++)
        pthread_create(&ids[i], NULL, work, (void *)calls);
    work((void *)calls);
    for (long i = 1; i < threads; i++)
        pthread_join(ids[i], NULL);
    clock_gettime(CLOCK_MONOTONIC, &end);
    struct iovec line = {text, sprintf(text, "%ld\n", (end.tv_sec - begin.tv_sec) * 1000000000L + end.tv_nsec - begin.tv_nsec)};
    return writev(1, &line, 1) < 0;
}
