// A counter in the file $DATA behind a line service on 127.0.0.1:argv[1]: a thread per connection, and no lock.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int file;

static long value(void) {
    long n = 0;
    pread(file, &n, sizeof n, 0);
    return n;
}

static void *serve(void *given) {
    int peer = (int)(long)given;
    char line[256] = {0}, answer[32] = "OK\n";
    if (recv(peer, line, sizeof line - 1, 0) > 0) {
        if (!strncmp(line, "sync", 4)) for (int i = 0; i < 3; i++) fsync(file);
        if (!strncmp(line, "add", 3)) { long n = value() + 1; pwrite(file, &n, sizeof n, 0); }
        if (!strncmp(line, "value", 5)) snprintf(answer, sizeof answer, "%ld\n", value());
        if (!strncmp(line, "exit", 4)) { pthread_t other; pthread_create(&other, NULL, (void *(*)(void *))fsync, (void *)(long)file); usleep(50000); _exit(0); }
        send(peer, answer, strlen(answer), MSG_NOSIGNAL);
    }
    close(peer);
    return NULL;
}

int main(int argc, char **argv) {
    file = open(getenv("DATA"), O_CREAT | O_TRUNC | O_RDWR, 0600);
    int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(server, (struct sockaddr *)&a, sizeof a) || listen(server, 16)) return 1;
    for (;;) {
        pthread_t thread;
        pthread_create(&thread, NULL, serve, (void *)(long)accept4(server, NULL, NULL, SOCK_CLOEXEC));
        pthread_detach(thread);
    }
}
