// A library to load before libc: the calling thread sleeps a random time after some of the calls that send, receive, connect, wait or signal.
// What was a narrow race becomes a wide one, so that a few runs of the tests find what would otherwise fail once in a thousand.
//
//   JITTER_RATE  of a thousand calls, how many are followed by a sleep (default 10)
//   JITTER_MAX   longest sleep, in microseconds (default 8000)
//
// Active in test programs (*.Tests) and in faultbox; the services that they start run as they are.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int rate;
static long longest;
static __thread unsigned long long state;

__attribute__((constructor)) static void start(void)
{
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length <= 0)
        return;
    path[length] = 0;
    const char *name = strrchr(path, '/') + 1;
    const char *end = strstr(name, ".Tests");
    int tests = end != NULL && end[6] == 0;
    if (!tests && strcmp(name, "faultbox") != 0)
        return;

    const char *given = getenv("JITTER_RATE");
    rate = given ? atoi(given) : 10;
    given = getenv("JITTER_MAX");
    longest = given ? atol(given) : 8000;
    // The tests of the command hand the library on to it; whatever else is started does not get it.
    if (strcmp(name, "Faultbox.Cli.Tests") != 0)
        unsetenv("LD_PRELOAD");
}

// xorshift, seeded by the thread: no lock, and no call that is itself one of those delayed.
static unsigned long long next(void)
{
    if (state == 0)
    {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        state = (unsigned long long)now.tv_nsec * 2654435761u ^ (unsigned long long)gettid() << 32 ^ 88172645463325252u;
    }
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static void jitter(void)
{
    if (rate == 0 || (int)(next() % 1000) >= rate)
        return;
    int saved = errno;
    long pause = (long)(next() % (unsigned long long)(longest + 1));
    struct timespec time = {pause / 1000000, pause % 1000000 * 1000};
    nanosleep(&time, NULL);
    errno = saved;
}

static void *(*real_dlsym)(void *, const char *);

static void *real(const char *name)
{
    if (!real_dlsym)
        real_dlsym = dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.34");
    if (!real_dlsym)
        real_dlsym = dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.2.5");
    if (!real_dlsym)
        real_dlsym = dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.17");
    return real_dlsym(RTLD_NEXT, name);
}

#define DELAYED(type, name, parameters, arguments) \
    type name parameters \
    { \
        static type (*call) parameters; \
        if (!call) \
            call = real(#name); \
        type result = call arguments; \
        jitter(); \
        return result; \
    }

#define CALLS(X) \
    X(ssize_t, send, (int fd, const void *bytes, size_t count, int flags), (fd, bytes, count, flags)) \
    X(ssize_t, sendto, (int fd, const void *bytes, size_t count, int flags, const struct sockaddr *to, socklen_t size), (fd, bytes, count, flags, to, size)) \
    X(ssize_t, sendmsg, (int fd, const struct msghdr *message, int flags), (fd, message, flags)) \
    X(ssize_t, recv, (int fd, void *bytes, size_t count, int flags), (fd, bytes, count, flags)) \
    X(ssize_t, recvfrom, (int fd, void *bytes, size_t count, int flags, struct sockaddr *from, socklen_t *size), (fd, bytes, count, flags, from, size)) \
    X(ssize_t, recvmsg, (int fd, struct msghdr *message, int flags), (fd, message, flags)) \
    X(ssize_t, read, (int fd, void *bytes, size_t count), (fd, bytes, count)) \
    X(ssize_t, write, (int fd, const void *bytes, size_t count), (fd, bytes, count)) \
    X(ssize_t, splice, (int from, off64_t *at, int to, off64_t *start, size_t count, unsigned flags), (from, at, to, start, count, flags)) \
    X(int, accept, (int fd, struct sockaddr *address, socklen_t *size), (fd, address, size)) \
    X(int, accept4, (int fd, struct sockaddr *address, socklen_t *size, int flags), (fd, address, size, flags)) \
    X(int, connect, (int fd, const struct sockaddr *address, socklen_t size), (fd, address, size)) \
    X(int, shutdown, (int fd, int how), (fd, how)) \
    X(int, epoll_wait, (int fd, struct epoll_event *events, int count, int timeout), (fd, events, count, timeout)) \
    X(int, poll, (struct pollfd *fds, nfds_t count, int timeout), (fds, count, timeout)) \
    X(pid_t, waitpid, (pid_t process, int *status, int options), (process, status, options)) \
    X(int, pthread_cond_signal, (pthread_cond_t *condition), (condition))

CALLS(DELAYED)

// Functions that a program looks up by name are delayed as well.
void *dlsym(void *handle, const char *name)
{
#define FOUND(type, function, parameters, arguments) \
    if (strcmp(name, #function) == 0) \
        return (void *)function;
    CALLS(FOUND)
    if (!real_dlsym)
        real("read");
    return real_dlsym(handle, name);
}
