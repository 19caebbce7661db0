// Answers every HTTP request with a status and a body that the path names: /200/{"a":1} answers 200 with {"a":1}.
// A request for /write?<file> appends a byte to the file and answers 200 or, when the write failed, 507.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void answer(int client, int status, const char *body) {
    char text[8192];
    int length = snprintf(text, sizeof text, "HTTP/1.1 %d X\r\nContent-Type: application/json\r\nX-Probe: one\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
        status, strlen(body), body);
    send(client, text, length, 0);
}

static int append(const char *path) {
    int fd = open(path, O_CREAT | O_WRONLY | O_APPEND, 0600);
    int failed = write(fd, "x", 1) < 0;
    close(fd);
    return failed ? 507 : 200;
}

static void unescape(char *text) {
    char *out = text;
    for (char *in = text; *in; in++, out++) {
        unsigned value;
        if (*in == '%' && sscanf(in + 1, "%2x", &value) == 1) { *out = (char)value; in += 2; }
        else *out = *in;
    }
    *out = 0;
}

int main(int argc, char **argv) {
    int server = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(argc > 1 ? atoi(argv[1]) : 0), .sin_addr = { htonl(INADDR_LOOPBACK) } };
    if (bind(server, (struct sockaddr *)&address, sizeof address) < 0 || listen(server, 16) < 0) return 1;
    for (;;) {
        int client = accept(server, NULL, NULL);
        char request[8192] = "", path[4096];
        for (size_t used = 0; used < sizeof request - 1 && !strstr(request, "\r\n\r\n");) {
            ssize_t count = recv(client, request + used, sizeof request - 1 - used, 0);
            if (count <= 0) break;
            request[used += count] = 0;
        }
        if (sscanf(request, "%*s %4095s", path) == 1) {
            unescape(path);
            if (strncmp(path, "/write?", 7) == 0) answer(client, append(path + 7), "{}");
            else if (strlen(path) > 5 && atoi(path + 1) > 0) answer(client, atoi(path + 1), path + 5);
            else answer(client, 200, "{}");
        }
        close(client);
    }
}
