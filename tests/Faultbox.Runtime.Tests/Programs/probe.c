// A line server whose commands make the system calls that tests want to see. Replies use send(), so that faults on write() stay away
// from the control connection.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void reply(int client, const char *text) {
    char line[8192];
    int length = snprintf(line, sizeof line, "%s\n", text);
    send(client, line, length, 0);
}

static void reply_result(int client, int failed) {
    char text[32] = "ok";
    if (failed) snprintf(text, sizeof text, "errno %d", errno);
    reply(client, text);
}

static void write_file(int client, const char *path) {
    int fd = open(path, O_CREAT | O_WRONLY | O_APPEND, 0600);
    if (fd < 0) { reply_result(client, 1); return; }
    int failed = write(fd, "x\n", 2) < 0;
    int code = errno;
    close(fd);
    errno = code;
    reply_result(client, failed);
}

static void write_many(int client, const char *path, int count) {
    char outcomes[4096] = "";
    int fd = open(path, O_CREAT | O_WRONLY | O_APPEND, 0600);
    for (int i = 0; i < count && i < 4000; i++) outcomes[i] = write(fd, "x", 1) < 0 ? '1' : '0';
    close(fd);
    reply(client, outcomes);
}

static void sync_file(int client, const char *path) {
    int fd = open(path, O_CREAT | O_WRONLY, 0600);
    int failed = fsync(fd) < 0;
    int code = errno;
    close(fd);
    errno = code;
    reply_result(client, failed);
}

static void dial(int client, int port) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = { htonl(INADDR_LOOPBACK) } };
    int failed = connect(fd, (struct sockaddr *)&address, sizeof address) < 0;
    int code = errno;
    close(fd);
    errno = code;
    reply_result(client, failed);
}

static void leave_daemon(int client) {
    if (fork() == 0) {
        setsid();
        if (fork() == 0) { close(client); for (;;) pause(); }
        _exit(0);
    }
    reply(client, "ok");
}

struct share { char path[4096]; };

static void *write_once(void *argument) {
    struct share *share = argument;
    int fd = open(share->path, O_CREAT | O_WRONLY | O_APPEND, 0600);
    write(fd, "x", 1);
    close(fd);
    return NULL;
}

/* Threads that write one byte each; the answer does not wait for them. */
static void swarm(int client, int count, const char *path) {
    for (int i = 0; i < count; i++) {
        pthread_t id;
        struct share *share = malloc(sizeof *share);
        strcpy(share->path, path);
        pthread_create(&id, NULL, write_once, share);
    }
    reply(client, "ok");
}

static void *call_forever(void *unused) {
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    for (;;) { syscall(SYS_getppid); usleep(500); }
    return unused;
}

/* 32 threads that call for ever, of which one after the other dies in the middle of a call, as does a child with threads of its own. */
static void *storm(void *unused) {
    pthread_t ids[32];
    for (int i = 0; i < 32; i++) pthread_create(&ids[i], NULL, call_forever, NULL);
    for (int next = 0;; next = (next + 1) % 32) {
        pid_t child = fork();
        if (child == 0) {
            for (int i = 0; i < 4; i++) pthread_create(&ids[i], NULL, call_forever, NULL);
            call_forever(NULL);
        }
        usleep(5000);
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        pthread_cancel(ids[next]);
        pthread_join(ids[next], NULL);
        pthread_create(&ids[next], NULL, call_forever, NULL);
    }
    return unused;
}

static void begin_storm(int client) {
    pthread_t id;
    pthread_create(&id, NULL, storm, NULL);
    reply(client, "ok");
}

static void obey(int client, char *line) {
    char path[4096];
    int number;
    if (sscanf(line, "write %4095s", path) == 1) write_file(client, path);
    else if (sscanf(line, "burst %d %4095s", &number, path) == 2) write_many(client, path, number);
    else if (sscanf(line, "fsync %4095s", path) == 1) sync_file(client, path);
    else if (sscanf(line, "connect %d", &number) == 1) dial(client, number);
    else if (sscanf(line, "exit %d", &number) == 1) _exit(number);
    else if (sscanf(line, "mkdir %4095s", path) == 1) reply_result(client, mkdir(path, 0700) < 0);
    else if (strncmp(line, "say ", 4) == 0) { fprintf(stderr, "%s\n", line + 4); reply(client, "ok"); }
    else if (sscanf(line, "env %4095s", path) == 1) reply(client, getenv(path) ? getenv(path) : "(unset)");
    else if (strcmp(line, "ignore-term") == 0) { signal(SIGTERM, SIG_IGN); reply(client, "ok"); }
    else if (strcmp(line, "daemon") == 0) leave_daemon(client);
    else if (sscanf(line, "swarm %d %4095s", &number, path) == 2) swarm(client, number, path);
    else if (strcmp(line, "storm") == 0) begin_storm(client);
    else if (strcmp(line, "hang") == 0) for (;;) pause();
    else reply(client, "pong");
}

int main(int argc, char **argv) {
    int server = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(atoi(argv[1])), .sin_addr = { htonl(INADDR_LOOPBACK) } };
    if (bind(server, (struct sockaddr *)&address, sizeof address) < 0) { perror("bind"); return 1; }
    listen(server, 16);
    for (;;) {
        int client = accept(server, 0, 0);
        if (client < 0) continue;
        setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        char line[8192];
        size_t length = 0;
        ssize_t got;
        while (length < sizeof line - 1 && (got = recv(client, line + length, 1, 0)) == 1) {
            if (line[length] != '\n') { length++; continue; }
            line[length] = 0;
            obey(client, line);
            length = 0;
        }
        close(client);
    }
}
