/* Stands between a process and the system calls that change what is on disk.
 *
 * Preloaded, it numbers those calls on paths under one folder; at a number it is armed
 * with it does one of:
 *   'k'  kill: SIGKILL before the call;
 *   't'  torn: half of the write, then SIGKILL (any other call: SIGKILL after it);
 *   'f'  full: half of the write, then "no space left" for every call that needs some.
 * fault_arm() starts the count, fault_count() tells it. What is written past these calls
 * (a mapped file, a child process with an environment of its own) it does not see.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum verdict { GO_ON, HALF, REFUSE };

static char root[PATH_MAX];
static long count, fault_at;
static char mode;

void fault_arm(const char *folder, long at, int how) {
    snprintf(root, sizeof root, "%s/", folder);
    mode = (char)how;
    fault_at = at;
    count = 0;
}

long fault_count(void) { return count; }

static void die(void) { kill(getpid(), SIGKILL); }

static int under_root(int folder, const char *path) {
    char full[2 * PATH_MAX] = "", link[64];
    if (!*root) return 0;
    if (!path || (*path != '/' && folder != AT_FDCWD)) {
        snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
        ssize_t length = readlink(link, full, PATH_MAX - 1);
        if (length < 0) return 0;
        full[length] = 0;
        strcat(full, "/");
    }
    if (path) strncat(full, path, PATH_MAX - 1);
    return strncmp(full, root, strlen(root)) == 0;
}

/* What becomes of the next call: `takes_space` on a full disk, `writes` in halves. */
static enum verdict judge(int watched, int takes_space, int writes) {
    if (!watched) return GO_ON;
    long number = __sync_add_and_fetch(&count, 1);
    if (!fault_at || number < fault_at) return GO_ON;
    if (mode == 'k') die();
    if (mode == 't') return HALF;
    if (number == fault_at && writes) return HALF;
    return takes_space ? REFUSE : GO_ON;
}

#define REAL(type, name, ...)                                                          \
    static type (*real)(__VA_ARGS__);                                                  \
    if (!real) real = (type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

/* The body of a call that writes `size` bytes; `half` is how it writes half of them. */
#define WRITING(fd, all, half)                                                         \
    enum verdict verdict = judge(under_root(fd, NULL), 1, 1);                          \
    if (verdict == REFUSE) return errno = ENOSPC, -1;                                  \
    if (verdict == GO_ON) return all;                                                  \
    ssize_t done = half;                                                               \
    if (mode == 't') die();                                                            \
    return done ? done : (errno = ENOSPC, -1)

/* The body of any other call. */
#define CHANGING(watched, takes_space, call)                                           \
    enum verdict verdict = judge(watched, takes_space, 0);                             \
    if (verdict == REFUSE) return errno = ENOSPC, -1;                                  \
    int done = call;                                                                   \
    if (verdict == HALF) die();                                                        \
    return done

ssize_t write(int fd, const void *from, size_t size) {
    REAL(ssize_t, write, int, const void *, size_t);
    WRITING(fd, real(fd, from, size), size < 2 ? 0 : real(fd, from, size / 2));
}

ssize_t pwrite(int fd, const void *from, size_t size, off_t at) {
    REAL(ssize_t, pwrite, int, const void *, size_t, off_t);
    WRITING(fd, real(fd, from, size, at), size < 2 ? 0 : real(fd, from, size / 2, at));
}

ssize_t pwrite64(int fd, const void *from, size_t size, off64_t at) {
    REAL(ssize_t, pwrite64, int, const void *, size_t, off64_t);
    WRITING(fd, real(fd, from, size, at), size < 2 ? 0 : real(fd, from, size / 2, at));
}

ssize_t writev(int fd, const struct iovec *parts, int number) {
    REAL(ssize_t, writev, int, const struct iovec *, int);
    WRITING(fd, real(fd, parts, number), number < 2 ? 0 : real(fd, parts, number / 2));
}

ssize_t sendfile(int fd, int in, off_t *at, size_t size) {
    REAL(ssize_t, sendfile, int, int, off_t *, size_t);
    WRITING(fd, real(fd, in, at, size), real(fd, in, at, 1));
}

ssize_t sendfile64(int fd, int in, off64_t *at, size_t size) {
    REAL(ssize_t, sendfile64, int, int, off64_t *, size_t);
    WRITING(fd, real(fd, in, at, size), real(fd, in, at, 1));
}

ssize_t copy_file_range(int in, off64_t *from, int fd, off64_t *to, size_t size,
                        unsigned flags) {
    REAL(ssize_t, copy_file_range, int, off64_t *, int, off64_t *, size_t, unsigned);
    WRITING(fd, real(in, from, fd, to, size, flags), real(in, from, fd, to, 1, flags));
}

int fsync(int fd) {
    REAL(int, fsync, int);
    CHANGING(under_root(fd, NULL), 1, real(fd));
}

int fdatasync(int fd) {
    REAL(int, fdatasync, int);
    CHANGING(under_root(fd, NULL), 1, real(fd));
}

int ftruncate(int fd, off_t size) {
    REAL(int, ftruncate, int, off_t);
    CHANGING(under_root(fd, NULL), 1, real(fd, size));
}

int ftruncate64(int fd, off64_t size) {
    REAL(int, ftruncate64, int, off64_t);
    CHANGING(under_root(fd, NULL), 1, real(fd, size));
}

/* Opening counts where it makes or empties a file. */
#define OPENING(name, folder, call)                                                    \
    mode_t rights = 0;                                                                 \
    if (flags & O_CREAT) {                                                             \
        va_list more;                                                                  \
        va_start(more, flags);                                                         \
        rights = va_arg(more, mode_t);                                                 \
        va_end(more);                                                                  \
    }                                                                                  \
    int changes = flags & (O_CREAT | O_TRUNC) && under_root(folder, path);             \
    CHANGING(changes, faccessat(folder, path, F_OK, 0) != 0, call)

int open(const char *path, int flags, ...) {
    REAL(int, open, const char *, int, ...);
    OPENING(open, AT_FDCWD, real(path, flags, rights));
}

int open64(const char *path, int flags, ...) {
    REAL(int, open64, const char *, int, ...);
    OPENING(open64, AT_FDCWD, real(path, flags, rights));
}

int openat(int folder, const char *path, int flags, ...) {
    REAL(int, openat, int, const char *, int, ...);
    OPENING(openat, folder, real(folder, path, flags, rights));
}

int openat64(int folder, const char *path, int flags, ...) {
    REAL(int, openat64, int, const char *, int, ...);
    OPENING(openat64, folder, real(folder, path, flags, rights));
}

int mkdir(const char *path, mode_t rights) {
    REAL(int, mkdir, const char *, mode_t);
    CHANGING(under_root(AT_FDCWD, path), 1, real(path, rights));
}

int chmod(const char *path, mode_t rights) {
    REAL(int, chmod, const char *, mode_t);
    CHANGING(under_root(AT_FDCWD, path), 0, real(path, rights));
}

int rename(const char *from, const char *to) {
    REAL(int, rename, const char *, const char *);
    CHANGING(under_root(AT_FDCWD, to), 1, real(from, to));
}

int renameat(int above, const char *from, int folder, const char *to) {
    REAL(int, renameat, int, const char *, int, const char *);
    CHANGING(under_root(folder, to), 1, real(above, from, folder, to));
}

int link(const char *from, const char *to) {
    REAL(int, link, const char *, const char *);
    CHANGING(under_root(AT_FDCWD, to), 1, real(from, to));
}

int symlink(const char *target, const char *path) {
    REAL(int, symlink, const char *, const char *);
    CHANGING(under_root(AT_FDCWD, path), 1, real(target, path));
}

int unlink(const char *path) {
    REAL(int, unlink, const char *);
    CHANGING(under_root(AT_FDCWD, path), 0, real(path));
}

int unlinkat(int folder, const char *path, int flags) {
    REAL(int, unlinkat, int, const char *, int);
    CHANGING(under_root(folder, path), 0, real(folder, path, flags));
}

int rmdir(const char *path) {
    REAL(int, rmdir, const char *);
    CHANGING(under_root(AT_FDCWD, path), 0, real(path));
}
