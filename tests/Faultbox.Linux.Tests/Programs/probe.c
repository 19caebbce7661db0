/* Performs named system calls on request; compiled when the tests run. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void say(const char *name, long result)
{
    printf("%s=%d\n", name, result < 0 ? errno : 0);
    fflush(stdout);
}

static void *call_often(void *count)
{
    for (long i = 0; i < (long)count; i++)
        syscall(SYS_getppid);
    return NULL;
}

static void ignore(int signal) { (void)signal; }

/* The first file a program opens gets descriptor 3. */
static void family(void)
{
    struct iovec vector = {"x", 1};
    int fd = open("data", O_CREAT | O_RDWR, 0600);
    say("open", fd);
    say("write", write(fd, "x", 1));
    say("writev", writev(fd, &vector, 1));
    say("pwrite64", pwrite(fd, "x", 1, 0));
    say("pwritev2", pwritev2(fd, &vector, 1, 0, 0));
    say("descriptor", fd == 3 ? 0 : -1);
}

static void threads(long count, long calls)
{
    pthread_t ids[64];
    for (long i = 0; i < count; i++)
        pthread_create(&ids[i], NULL, call_often, (void *)calls);
    for (long i = 0; i < count; i++)
        pthread_join(ids[i], NULL);
}

static void tick(long calls)
{
    struct sigaction action = {.sa_handler = ignore, .sa_flags = SA_RESTART};
    struct itimerval often = {{0, 1000}, {0, 1000}}, never = {{0, 0}, {0, 0}};
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &often, NULL);
    call_often((void *)calls);
    setitimer(ITIMER_REAL, &never, NULL);
}

/* A grandchild in a session of its own, as daemons do; its number goes to the file "daemon". */
static void start_daemon(void)
{
    if (fork() == 0) {
        setsid();
        if (fork() == 0) {
            FILE *file = fopen("daemon", "w");
            fprintf(file, "up\n");
            fclose(file);
            for (;;)
                pause();
        }
        _exit(0);
    }
    wait(NULL);
    while (access("daemon", F_OK) != 0)
        usleep(1000);
}

static void *call_forever(void *unused)
{
    (void)unused;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    for (;;)
        syscall(SYS_getppid);
}

static long alarms;

static void count_alarm(int signal)
{
    (void)signal;
    __atomic_add_fetch(&alarms, 1, __ATOMIC_RELAXED);
}

/* Calls without pause, interrupted by a timer of its own a thousand times a second. */
static void *call_under_alarms(void *unused)
{
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGALRM, ._sigev_un._tid = gettid()};
    struct itimerspec often = {{0, 1000000}, {0, 1000000}};
    timer_t timer;
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) || timer_settime(timer, 0, &often, NULL))
        _exit(1);
    return call_forever(unused);
}

/* 32 threads with timers of 1 kHz, while other threads are cancelled and children with threads are killed; fails without the alarms. */
static void storm(long seconds)
{
    struct sigaction action = {.sa_handler = count_alarm, .sa_flags = SA_RESTART};
    pthread_t ids[32], short_lived;
    sigaction(SIGALRM, &action, NULL);
    for (int i = 0; i < 32; i++)
        pthread_create(&ids[i], NULL, call_under_alarms, NULL);
    for (time_t end = time(NULL) + seconds; time(NULL) < end;) {
        pthread_create(&short_lived, NULL, call_forever, NULL);
        pid_t child = fork();
        if (child == 0) {
            for (int i = 0; i < 4; i++)
                pthread_create(&ids[i], NULL, call_forever, NULL);
            call_forever(NULL);
        }
        usleep(5000);
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        pthread_cancel(short_lived);
        pthread_join(short_lived, NULL);
    }
    _exit(alarms > 1000 * seconds ? 0 : 1);
}

static void fork_often(long count)
{
    for (long i = 0; i < count; i++) {
        pid_t child = fork();
        if (child == 0) {
            syscall(SYS_getppid);
            _exit(0);
        }
        int status = -1;
        if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
            _exit(1);
    }
}

/* Children that die while their call waits. */
/* Each child may be killed while its call waits. */
static void fork_calling(long count)
{
    for (long i = 0; i < count; i++) {
        pid_t child = fork();
        if (child == 0) {
            syscall(SYS_getppid);
            _exit(0);
        }
        waitpid(child, NULL, 0);
    }
}

/* A string that ends at the last readable byte. */
static char *at_edge(const char *text)
{
    char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(pages + 4096, 4096);
    return strcpy(pages + 4096 - strlen(text) - 1, text);
}

static void paths(void)
{
    char deep[800] = "", *at = deep;
    for (int i = 0; i < 140; i++)
        at += sprintf(at, "dddd/");
    mkdir("d", 0700);
    int dir = open("d", O_RDONLY | O_DIRECTORY);
    openat(dir, "../d/./a.wal", O_CREAT | O_RDWR, 0600);
    chdir("d");
    openat(AT_FDCWD, "b.wal", O_CREAT | O_RDWR, 0600);
    openat(AT_FDCWD, deep, O_RDONLY);
    openat(AT_FDCWD, "/etc//hostname", O_RDONLY);
    openat(AT_FDCWD, at_edge("e.wal"), O_RDONLY);
    openat(AT_FDCWD, (char *)8, O_RDONLY);
    struct stat st;
    syscall(SYS_newfstatat, dir, "", &st, AT_EMPTY_PATH);
    rename("b.wal", "c.wal");
}

static void descriptors(void)
{
    int pair[2], ends[2];
    int gone = open("gone", O_CREAT | O_RDWR, 0600);
    unlink("gone");
    write(gone, "x", 1);
    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    write(pair[0], "x", 1);
    pipe(ends);
    write(ends[1], "x", 1);
    long one = 1;
    write(eventfd(0, 0), &one, 8);
    write(open("/dev/null", O_WRONLY), "xyz", 3);
    struct iovec many[40];
    for (int i = 0; i < 40; i++)
        many[i] = (struct iovec){"ab", 2};
    writev(open("file", O_CREAT | O_RDWR, 0600), many, 40);
    write(99, "x", 1);
}

static void rooted(void)
{
    mkdir("root", 0700);
    mkdir("root/in", 0700);
    if (geteuid() != 0)
        unshare(CLONE_NEWUSER);
    chroot("root");
    chdir("/in");
    openat(AT_FDCWD, "x.wal", O_CREAT | O_RDWR, 0600);
    write(open("/in/y.wal", O_CREAT | O_RDWR, 0600), "x", 1);
    chdir("/");
    openat(AT_FDCWD, "z.wal", O_CREAT | O_RDWR, 0600);
}

static void destinations(void)
{
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(9)};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(10), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct sockaddr_in6 mapped = {.sin6_family = AF_INET6, .sin6_port = htons(11)};
    struct sockaddr_un local = {.sun_family = AF_UNIX, .sun_path = "/nowhere.sock"};
    struct sockaddr_un abstract = {.sun_family = AF_UNIX, .sun_path = "\0hidden"};
    inet_pton(AF_INET, "127.0.0.1", &four.sin_addr);
    inet_pton(AF_INET6, "::ffff:127.0.0.2", &mapped.sin6_addr);
    connect(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&four, sizeof four);
    connect(socket(AF_INET6, SOCK_STREAM, 0), (struct sockaddr *)&six, sizeof six);
    connect(socket(AF_INET6, SOCK_STREAM, 0), (struct sockaddr *)&mapped, sizeof mapped);
    connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&local, sizeof local);
    connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&abstract, offsetof(struct sockaddr_un, sun_path) + 7);
    int datagram = socket(AF_INET, SOCK_DGRAM, 0);
    sendto(datagram, "x", 1, 0, (struct sockaddr *)&four, sizeof four);
    struct iovec vector = {"x", 1};
    struct msghdr message = {.msg_name = &four, .msg_namelen = sizeof four, .msg_iov = &vector, .msg_iovlen = 1};
    sendmsg(datagram, &message, 0);
    connect(datagram, (struct sockaddr *)8, sizeof four);
}

int main(int count, char **arguments)
{
    const char *what = arguments[1];
    long first = count > 2 ? atol(arguments[2]) : 0, second = count > 3 ? atol(arguments[3]) : 0;
    if (!strcmp(what, "family")) family();
    if (!strcmp(what, "threads")) threads(first, second);
    if (!strcmp(what, "tick")) tick(first);
    if (!strcmp(what, "fork-calling")) fork_calling(first);
    if (!strcmp(what, "paths")) paths();
    if (!strcmp(what, "descriptors")) descriptors();
    if (!strcmp(what, "rooted")) rooted();
    if (!strcmp(what, "destinations")) destinations();
    if (!strcmp(what, "daemon") || !strcmp(what, "daemon-stay")) start_daemon();
    if (!strcmp(what, "exec")) execl("/proc/self/exe", arguments[0], "family", NULL);
    if (!strcmp(what, "fork-exec")) {
        if (fork() == 0)
            execl("/proc/self/exe", arguments[0], "family", NULL);
        wait(NULL);
    }
    if (!strcmp(what, "storm")) storm(first);
    if (!strcmp(what, "fork-often")) fork_often(first);
    if (!strcmp(what, "exec-often")) {
        char left[24];
        snprintf(left, sizeof left, "%ld", first - 1);
        syscall(SYS_getppid);
        if (first > 0)
            execl("/proc/self/exe", arguments[0], "exec-often", left, NULL);
    }
    if (!strcmp(what, "ring")) say("ring", syscall(SYS_io_uring_setup, 1, NULL));
    if (!strcmp(what, "signal")) raise((int)first);
    if (!strcmp(what, "orphan") && fork() == 0) pause();
    if (!strcmp(what, "stubborn")) signal(SIGTERM, SIG_IGN);
    if (!strcmp(what, "stubborn") || !strcmp(what, "daemon-stay") || !strcmp(what, "stay")) {
        printf("ready %d\n", getpid());
        fflush(stdout);
        for (;;)
            pause();
    }
    return (!strcmp(what, "exit")) ? (int)first : 0;
}
