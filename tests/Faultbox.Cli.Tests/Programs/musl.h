// What the musl C library does not have.
#include <string.h>
#include <errno.h>
#include <sys/uio.h>
#define strerrorname_np(e) ((e) == ENOENT ? "ENOENT" : "?")
#define pwritev2(f, v, n, o, g) pwritev(f, v, n, o)
