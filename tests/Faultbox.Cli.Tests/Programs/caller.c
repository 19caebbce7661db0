// A line service on 127.0.0.1:argv[1] that makes the calls it is asked for and answers OK or the errno name.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int file = -1, kept = -1, sinkport;
static pid_t lost;

// fsync through a ring when the kernel gives one, as a library with a fallback does it: one entry, submitted and awaited.
static long ring_fsync(int target) {
    unsigned parameters[30] = {0}; // struct io_uring_params; offsets in words: sq_off at 10, cq_off at 20
    int ring = syscall(SYS_io_uring_setup, 1, parameters);
    if (ring < 0) return fsync(target);
    unsigned *sq = parameters + 10, *cq = parameters + 20;
    char *submit = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, ring, 0);
    char *complete = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, ring, 0x8000000);
    char *entry = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, ring, 0x10000000);
    memset(entry, 0, 64);
    entry[0] = 3; // IORING_OP_FSYNC
    memcpy(entry + 4, &target, sizeof target);
    ((unsigned *)(submit + sq[6]))[0] = 0;
    __atomic_store_n((unsigned *)(submit + sq[1]), 1, __ATOMIC_RELEASE);
    long result = syscall(SYS_io_uring_enter, ring, 1, 1, 1, NULL, 0);
    if (result == 1) result = *(int *)(complete + cq[5] + 8);
    munmap(submit, 4096); munmap(complete, 4096); munmap(entry, 4096);
    close(ring);
    return result;
}

static volatile sig_atomic_t alarms;

static void count_alarm(int signal) { alarms++; }

// A signal every so many microseconds, none for 0; calls that it interrupts go on.
static long alarm_every(int microseconds) {
    struct sigaction action = {.sa_handler = count_alarm, .sa_flags = SA_RESTART};
    struct itimerval timer = {{0, microseconds}, {0, microseconds}};
    sigaction(SIGALRM, &action, NULL);
    return setitimer(ITIMER_REAL, &timer, NULL);
}

static long call(const char *name, const char *argument) {
    struct iovec vector = {"x", 1};
    if (!strcmp(name, "write")) return write(file, "x", 1);
    if (!strcmp(name, "writev")) return writev(file, &vector, 1);
    if (!strcmp(name, "pwrite64")) return pwrite(file, "x", 1, 0);
    if (!strcmp(name, "pwritev2")) return pwritev2(file, &vector, 1, 0, 0);
    if (!strcmp(name, "fsync")) return fsync(file);
    if (!strcmp(name, "devnull")) { int d = open("/dev/null", O_WRONLY); long r = write(d, "x", 1); int e = errno; close(d); errno = e; return r; }
    if (!strcmp(name, "deleted")) { unlink("gone.wal"); int d = open("gone.wal", O_CREAT | O_WRONLY, 0600); unlink("gone.wal"); long r = write(d, "x", 1); int e = errno; close(d); errno = e; return r; }
    if (!strcmp(name, "chdir")) return chdir(argument);
    if (!strcmp(name, "unlink")) return unlink(argument);
    if (!strcmp(name, "use")) { close(file); file = open(argument, O_CREAT | O_WRONLY, 0600); return file; }
    if (!strcmp(name, "fopen")) { FILE *f = fopen(argument, "r"); if (f) fclose(f); return f ? 0 : -1; }
    if (!strcmp(name, "descriptor")) { errno = file; return -1; }
    if (!strcmp(name, "dial") || !strcmp(name, "keep")) {
        struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(sinkport), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        long r = connect(s, (struct sockaddr *)&a, sizeof a);
        int e = errno;
        if (!strcmp(name, "keep")) kept = s; else close(s);
        errno = e;
        return r;
    }
    if (!strcmp(name, "dial4")) {
        struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(atoi(argument)), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        long r = connect(s, (struct sockaddr *)&a, sizeof a);
        int e = errno; close(s); errno = e;
        return r;
    }
    if (!strcmp(name, "dial6")) {
        struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_port = htons(atoi(argument)), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
        int s = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
        long r = connect(s, (struct sockaddr *)&a, sizeof a);
        int e = errno; close(s); errno = e;
        return r;
    }
    if (!strcmp(name, "udp4")) {
        struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(atoi(argument)), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        long r = connect(s, (struct sockaddr *)&a, sizeof a);
        int e = errno; close(s); errno = e;
        return r;
    }
    if (!strcmp(name, "clock")) { struct timespec now; return syscall(SYS_clock_gettime, CLOCK_REALTIME, &now); }
    if (!strcmp(name, "random")) { char byte; return syscall(SYS_getrandom, &byte, 1, 0); }
    if (!strcmp(name, "bytes")) { static char block[8192]; return write(file, block, atoi(argument)); }
    if (!strcmp(name, "raw")) return syscall(atoi(argument), -1L, -1L, -1L, -1L, -1L, -1L); // refused, but made
    if (!strcmp(name, "stdout")) return write(1, "x", 1);
    if (!strcmp(name, "pipe")) { int p[2]; pipe(p); long r = write(p[1], "x", 1); int e = errno; close(p[0]); close(p[1]); errno = e; return r; }
    if (!strcmp(name, "child")) {
        // The errno of a write that a child process makes.
        pid_t child = fork();
        int status;
        if (child == 0) _exit(write(file, "x", 1) < 0 ? errno : 0);
        waitpid(child, &status, 0);
        errno = WEXITSTATUS(status);
        return errno ? -1 : 0;
    }
    if (!strcmp(name, "fork-fsync")) {
        lost = fork();
        if (lost == 0) _exit(fsync(file) < 0);
        return lost;
    }
    if (!strcmp(name, "kill-child")) return kill(lost, SIGKILL) || waitpid(lost, NULL, 0) != lost ? -1 : 0;
    if (!strcmp(name, "rename")) {
        // From the name in the argument to the same with ".new".
        char target[4096];
        close(open(argument, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
        snprintf(target, sizeof target, "%s.new", argument);
        return rename(argument, target);
    }
    if (!strcmp(name, "alarm")) return alarm_every(atoi(argument));
    if (!strcmp(name, "rename-thread")) return pthread_setname_np(pthread_self(), argument);
    if (!strcmp(name, "map")) {
        ftruncate(file, 4096);
        int d = open(getenv("DATA"), O_RDWR | O_CLOEXEC);
        char *m = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, d, 0);
        m[0] = 'x';
        return close(d);
    }
    if (!strcmp(name, "fast-clock")) { struct timespec now; return clock_gettime(CLOCK_MONOTONIC, &now); }
    if (!strcmp(name, "ring-fsync")) return ring_fsync(file);
    if (!strcmp(name, "run")) return system(argument);
    if (!strcmp(name, "ping")) return write(kept, "ping\n", 5);
    errno = EINVAL;
    return -1;
}

// A child that appends a byte to a file every millisecond for as long as it lives.
static void tick(const char *path) {
    if (fork()) return;
    int d = open(path, O_CREAT | O_WRONLY | O_APPEND, 0600);
    for (;;) { write(d, "t", 1); usleep(1000); }
}

static void *write_share(void *count) {
    for (long i = 0; i < (long)count; i++) call("write", "");
    return NULL;
}

int main(int argc, char **argv) {
    file = open(getenv("DATA"), O_CREAT | O_WRONLY, 0600);
    int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(argc > 1 ? atoi(argv[1]) : 0), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(server, (struct sockaddr *)&a, sizeof a) || listen(server, 16)) return 1;
    // Connections of the service itself go to a port where nobody accepts, so that they stay open and quiet.
    int sink = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    socklen_t size = sizeof a;
    a.sin_port = 0;
    if (bind(sink, (struct sockaddr *)&a, size) || listen(sink, 64) || getsockname(sink, (struct sockaddr *)&a, &size)) return 1;
    sinkport = ntohs(a.sin_port);
    for (;;) {
        int peer = accept4(server, NULL, NULL, SOCK_CLOEXEC);
        char line[4096] = {0}, name[64] = "", argument[4000] = "", answer[64] = "OK\n";
        if (recv(peer, line, sizeof line - 1, 0) > 0) {
            int count = 1;
            sscanf(line, "%63s %3999s %d", name, argument, &count);
            if (!strcmp(name, "threads")) {
                int threads = atoi(argument);
                pthread_t all[32];
                for (int i = 0; i < threads; i++) pthread_create(&all[i], NULL, write_share, (void *)(long)(count / threads));
                for (int i = 0; i < threads; i++) pthread_join(all[i], NULL);
            } else if (!strcmp(name, "fork")) {
                tick(argument);
            } else if (!strcmp(name, "size")) {
                struct stat status;
                snprintf(answer, sizeof answer, "%ld\n", stat(argument, &status) ? -1L : (long)status.st_size);
            } else if (!strcmp(name, "alarms")) {
                snprintf(answer, sizeof answer, "%d\n", (int)alarms);
            } else if (!strcmp(name, "many")) {
                int failed = 0;
                for (int i = 0; i < count; i++) failed += call(argument, "") < 0;
                snprintf(answer, sizeof answer, "%d\n", failed);
            } else if (call(name, argument) < 0) {
                snprintf(answer, sizeof answer, "%s\n", !strcmp(name, "descriptor") ? (errno == 3 ? "3" : "?") : strerrorname_np(errno));
            }
            send(peer, answer, strlen(answer), MSG_NOSIGNAL);
        }
        close(peer);
    }
}
