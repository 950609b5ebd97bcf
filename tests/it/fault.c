/* A disk that fails: loaded before libc, it makes calls on paths with FAULT_PATH in them fail.
 * FAULT_SYNC_FROM=N: fsync and fdatasync give EIO from the Nth call on.
 * FAULT_WRITE_AFTER=N: writes give ENOSPC once N octets are written. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long syncs, written;

static long setting(const char *name) {
    const char *value = getenv(name);
    return value ? atol(value) : -1;
}

static int meant(int fd) {
    char link[64], path[4096];
    const char *part = getenv("FAULT_PATH");
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    if (n < 0 || !part)
        return 0;
    path[n] = 0;
    return strstr(path, part) != NULL;
}

static int sync_fails(int fd) {
    long from = setting("FAULT_SYNC_FROM");
    return from >= 0 && meant(fd) && atomic_fetch_add(&syncs, 1) + 1 >= from;
}

static int is_full(int fd, size_t n) {
    long after = setting("FAULT_WRITE_AFTER");
    return after >= 0 && meant(fd) && atomic_fetch_add(&written, (long)n) + (long)n > after;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define FAIL(code) do { errno = (code); return -1; } while (0)

int fsync(int fd) { if (sync_fails(fd)) FAIL(EIO); return REAL(fsync)(fd); }
int fdatasync(int fd) { if (sync_fails(fd)) FAIL(EIO); return REAL(fdatasync)(fd); }
ssize_t write(int fd, const void *b, size_t n) { if (is_full(fd, n)) FAIL(ENOSPC); return REAL(write)(fd, b, n); }
ssize_t pwrite(int fd, const void *b, size_t n, off_t at) { if (is_full(fd, n)) FAIL(ENOSPC); return REAL(pwrite)(fd, b, n, at); }
ssize_t pwrite64(int fd, const void *b, size_t n, off64_t at) { if (is_full(fd, n)) FAIL(ENOSPC); return REAL(pwrite64)(fd, b, n, at); }
ssize_t writev(int fd, const struct iovec *v, int c) {
    size_t n = 0;
    for (int i = 0; i < c; i++)
        n += v[i].iov_len;
    if (is_full(fd, n))
        FAIL(ENOSPC);
    return REAL(writev)(fd, v, c);
}
