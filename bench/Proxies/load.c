// Loads an echo server and prints the messages per second that came back.
//   load tcp PORT CONNECTIONS BYTES MILLISECONDS      one message under way on each connection
//   load udp PORT CONNECTIONS BYTES MILLISECONDS WINDOW   that many datagrams under way on each socket
//   load round PORT 1 BYTES MILLISECONDS              tcp, prints the median time of an exchange in microseconds instead
//   load count PORT CONNECTIONS BYTES MESSAGES        tcp, that many messages in all
//   load idle PORT CONNECTIONS                        connects, exchanges a byte on each, holds them until its input ends
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct peer { int fd; int sent; int received; };

static char message[1 << 20], buffer[1 << 20];
static int bytes, window, datagrams;
static long long done, lost;
static float times[1 << 20];

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void push(struct peer *p)
{
    while (p->sent < bytes) {
        ssize_t n = send(p->fd, message + p->sent, bytes - p->sent, MSG_NOSIGNAL);
        if (n < 0) {
            if (errno != EAGAIN)
                fail("send");
            return;
        }
        p->sent += n;
    }
}

static int by_time(const void *a, const void *b)
{
    return (*(float *)a > *(float *)b) - (*(float *)a < *(float *)b);
}

static void exchange(struct peer *p)
{
    if (datagrams) {
        ssize_t n;
        while ((n = recv(p->fd, buffer, sizeof buffer, 0)) >= 0) {
            done++;
            send(p->fd, message, bytes, 0);
        }
        return;
    }
    for (;;) {
        push(p);
        ssize_t n = recv(p->fd, buffer, bytes - p->received, 0);
        if (n == 0 || (n < 0 && errno != EAGAIN)) {
            if (n == 0)
                errno = ECONNRESET;
            fail("recv");
        }
        if (n < 0)
            return;
        p->received += n;
        if (p->received < bytes)
            continue;
        p->received = p->sent = 0;
        done++;
        push(p);
        return;
    }
}

int main(int argc, char **argv)
{
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    datagrams = strcmp(argv[1], "udp") == 0;
    int idle = strcmp(argv[1], "idle") == 0, counted = strcmp(argv[1], "count") == 0;
    int count = atoi(argv[3]), size = 4 << 20, one = 1;
    bytes = idle ? 1 : atoi(argv[4]);
    long long limit = idle ? count : atoll(argv[5]);
    window = datagrams ? atoi(argv[6]) : 1;
    struct peer *peers = calloc(count, sizeof *peers);
    int poll = epoll_create1(0);
    for (int i = 0; i < count; i++) {
        // Sources differ too, so that ten thousand connections do not run out of ports.
        struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(atoi(argv[2])) };
        peers[i].fd = socket(AF_INET, datagrams ? SOCK_DGRAM : SOCK_STREAM, 0);
        if (connect(peers[i].fd, (void *)&to, sizeof to))
            fail("connect");
        if (datagrams)
            setsockopt(peers[i].fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
        else
            setsockopt(peers[i].fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        if (idle) {
            if (send(peers[i].fd, message, 1, 0) != 1 || recv(peers[i].fd, buffer, 1, 0) != 1)
                fail("exchange");
            continue;
        }
        struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = &peers[i] };
        int flags = SOCK_NONBLOCK;
        (void)flags;
        extern int fcntl(int, int, ...);
        fcntl(peers[i].fd, 4 /* F_SETFL */, SOCK_NONBLOCK);
        epoll_ctl(poll, EPOLL_CTL_ADD, peers[i].fd, &event);
    }
    if (idle) {
        puts("ready");
        fflush(stdout);
        while (read(0, buffer, sizeof buffer) > 0)
            ;
        return 0;
    }
    for (int i = 0; i < count; i++)
        for (int j = 0; j < window; j++)
            datagrams ? (void)send(peers[i].fd, message, bytes, 0) : push(&peers[i]);
    struct epoll_event events[256];
    double start = now(), last = start;
    long long measured = 0;
    int round = strcmp(argv[1], "round") == 0;
    while (counted ? done < limit : now() - start < limit) {
        int n = epoll_wait(poll, events, 256, 50);
        for (int i = 0; i < n; i++)
            exchange(events[i].data.ptr);
        if (round && done > measured && done < (long long)(sizeof times / sizeof *times)) {
            double time = now();
            times[measured++] = (time - last) * 1e3;
            last = time;
        }
        if (n == 0 && datagrams) {
            // Everything under way is lost.
            lost++;
            for (int i = 0; i < count; i++)
                for (int j = 0; j < window; j++)
                    send(peers[i].fd, message, bytes, 0);
        }
    }
    if (round) {
        qsort(times, measured, sizeof *times, by_time);
        printf("%.1f\n", times[measured / 2]);
        return 0;
    }
    printf("%.1f\n", done / (now() - start) * 1e3);
    if (lost > 0)
        fprintf(stderr, "%lld times everything under way was lost\n", lost);
    return 0;
}
