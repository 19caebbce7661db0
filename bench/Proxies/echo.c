// Echoes what it gets, on one port of TCP and the same port of UDP: echo PORT
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
#include <unistd.h>

struct peer { int fd; int pending; int offset; char *unsent; };

static char buffer[256 * 1024];

// Sends what is there; the rest is kept until the peer takes more, and nothing is read meanwhile.
static int flush(struct peer *p)
{
    while (p->pending > 0) {
        ssize_t n = send(p->fd, p->unsent + p->offset, p->pending, MSG_NOSIGNAL);
        if (n < 0)
            return errno == EAGAIN ? 1 : -1;
        p->offset += n;
        p->pending -= n;
    }
    free(p->unsent);
    p->unsent = NULL;
    p->offset = 0;
    return 0;
}

static int echo(struct peer *p)
{
    for (;;) {
        if (p->pending > 0) {
            int state = flush(p);
            if (state != 0)
                return state < 0 ? -1 : 0;
        }
        ssize_t n = recv(p->fd, buffer, sizeof buffer, 0);
        if (n == 0)
            return -1;
        if (n < 0)
            return errno == EAGAIN ? 0 : -1;
        ssize_t sent = send(p->fd, buffer, n, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN)
            return -1;
        if (sent < 0)
            sent = 0;
        if (sent < n) {
            p->pending = n - sent;
            p->unsent = malloc(p->pending);
            memcpy(p->unsent, buffer + sent, p->pending);
        }
        if (n < (ssize_t)sizeof buffer && p->pending == 0)
            return 0;
    }
}

int main(int argc, char **argv)
{
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    int one = 1, size = 4 << 20;
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(atoi(argv[1])) };
    int tcp = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), udp = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    setsockopt(tcp, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    setsockopt(udp, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    if (argc < 2 || bind(tcp, (void *)&address, sizeof address) || listen(tcp, 4096) || bind(udp, (void *)&address, sizeof address)) {
        perror("echo");
        return 1;
    }
    int poll = epoll_create1(0);
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = &tcp }, events[256];
    epoll_ctl(poll, EPOLL_CTL_ADD, tcp, &event);
    event.data.ptr = &udp;
    epoll_ctl(poll, EPOLL_CTL_ADD, udp, &event);
    for (;;) {
        int count = epoll_wait(poll, events, 256, -1);
        for (int i = 0; i < count; i++) {
            if (events[i].data.ptr == &tcp) {
                for (int fd; (fd = accept4(tcp, NULL, NULL, SOCK_NONBLOCK)) >= 0;) {
                    struct peer *p = calloc(1, sizeof *p);
                    p->fd = fd;
                    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                    event = (struct epoll_event){ .events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = p };
                    epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
                }
            } else if (events[i].data.ptr == &udp) {
                struct sockaddr_in from;
                socklen_t length = sizeof from;
                ssize_t n;
                for (int j = 0; j < 64 && (n = recvfrom(udp, buffer, sizeof buffer, 0, (void *)&from, &length)) >= 0; j++, length = sizeof from)
                    sendto(udp, buffer, n, 0, (void *)&from, length);
            } else {
                struct peer *p = events[i].data.ptr;
                if (echo(p) < 0) {
                    close(p->fd);
                    free(p->unsent);
                    free(p);
                }
            }
        }
    }
}
