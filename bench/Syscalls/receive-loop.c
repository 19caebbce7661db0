/* The bare receive loop in C, as a yardstick: allows every write of the program in its arguments. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SET_FLAGS 0x40082104UL

int main(int count, char **arguments)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_write, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {4, code};
    int ends[2];
    char control[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec vector = {"f", 1};
    struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    (void)count;
    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends);
    if (fork() == 0) {
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        int listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(header), &listener, sizeof listener);
        sendmsg(ends[1], &message, 0);
        close(listener);
        execv(arguments[1], arguments + 1);
        _exit(127);
    }
    char byte;
    struct iovec in = {&byte, 1};
    int listener;
    message.msg_iov = &in;
    recvmsg(ends[0], &message, 0);
    memcpy(&listener, CMSG_DATA(header), sizeof listener);
    ioctl(listener, SET_FLAGS, 1);
    struct pollfd wait[2] = {{listener, POLLIN, 0}, {ends[0], 0, 0}};
    for (;;) {
        struct seccomp_notif call;
        struct seccomp_notif_resp answer;
        poll(wait, 1, -1);
        if (!(wait[0].revents & POLLIN))
            return 0;
        memset(&call, 0, sizeof call);
        if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) != 0)
            continue;
        answer = (struct seccomp_notif_resp){call.id, 0, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE};
        ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
    }
}
