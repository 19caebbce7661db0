// A trivial line service: answers every line with OK; "WRITE n" makes n writes of 16 bytes to /dev/null first.
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv) {
    int server = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (argc != 2 || bind(server, (struct sockaddr *)&address, sizeof address) || listen(server, 16)) {
        return 1;
    }

    int sink = open("/dev/null", O_WRONLY);
    for (;;) {
        int peer = accept(server, NULL, NULL);
        char line[256] = {0};
        if (recv(peer, line, sizeof line - 1, 0) > 0) {
            long count = strncmp(line, "WRITE ", 6) == 0 ? atol(line + 6) : 0;
            for (long i = 0; i < count; i++) {
                if (write(sink, "0123456789abcdef", 16) < 0) {
                    break;
                }
            }

            send(peer, "OK\n", 3, 0);
        }

        close(peer);
    }
}
