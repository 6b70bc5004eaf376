/* SPDX-License-Identifier: Apache-2.0 */
/*
 * To be preloaded: stops a program at the N-th call that changes what others can see, or lets that call fail. Calls are
 * counted over all threads in the order in which they begin, so that N = 1, 2, ... until it no longer fires has been
 * everywhere.
 *
 *   MUGAI_INJECT=PROGRAM:N:ACTION     kill: SIGKILL instead of the call; EIO, ENOSPC, EROFS: this one fails;
 *                                     with "+" behind the word all from the N-th on fail. break: this one fails as
 *                                     such a call does where the other side is gone, and a connection is gone then.
 *                                     N = 0 only counts.
 *   MUGAI_INJECT=PROGRAM:N:ACTION:all counts connecting, receiving, forking and making memory files and pairs, too,
 *                                     in the program and the processes that it forks
 *   MUGAI_INJECT_FILE=FILE            8192 octets, shared: how many calls there were, then the name of the N-th
 *
 * Built for 64-bit offsets, under whose names (open64, pwrite64) all that is looked at here calls, SQLite too. Counted
 * are the functions below, which are all by which roles, SQLite and libcurl change files, folders and sockets. Writes
 * to standard error are not.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

typedef struct Shared {
        atomic_uint calls;
        char name[64];
} Shared;

static Shared *shared;
static unsigned at;
static int failure; /* errno, or 0: kill */
static int onwards;
static int breaks; /* failure is that of the call */
static int everything;

static int errno_of(const char *word) {
        static const struct {
                const char *name;
                int value;
        } rows[] = {{"EIO", EIO}, {"ENOSPC", ENOSPC}, {"EROFS", EROFS}};

        for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
                if (strncmp(rows[i].name, word, strlen(rows[i].name)) == 0)
                        return rows[i].value;
        return 0;
}

__attribute__((constructor)) static void begin(void) {
        const char *order = getenv("MUGAI_INJECT"), *path = getenv("MUGAI_INJECT_FILE");
        char program[64], action[16], more[8] = "";
        int fd;

        if (!order || !path || sscanf(order, "%63[^:]:%u:%15[^:]:%7s", program, &at, action, more) < 3 ||
            strcmp(program, program_invocation_short_name) != 0)
                return;
        failure = errno_of(action);
        onwards = strchr(action, '+') != NULL;
        breaks = strcmp(action, "break") == 0;
        everything = strcmp(more, "all") == 0;
        fd = open(path, O_RDWR | O_CLOEXEC);
        if (fd < 0)
                _exit(127);
        shared = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        syscall(SYS_close, fd);
        if (shared == MAP_FAILED)
                _exit(127);
}

/* How a call fails where the other side, or what it needs, is gone. */
static int breaks_by(const char *name) {
        static const struct {
                const char *name;
                int value;
        } rows[] = {{"connect", ECONNREFUSED}, {"send", EPIPE},   {"recv", ECONNRESET},
                    {"fork", EAGAIN},          {"memfd", EMFILE}, {"socketpair", EMFILE}};

        for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
                if (strncmp(rows[i].name, name, strlen(rows[i].name)) == 0)
                        return rows[i].value;
        return EIO;
}

/* Nonzero where the call shall fail; errno is set. */
static int hit(const char *name) {
        unsigned number;

        if (!shared)
                return 0;
        number = atomic_fetch_add(&shared->calls, 1) + 1;
        if (at == 0 || number < at || (number > at && !onwards))
                return 0;
        if (number == at)
                snprintf(shared->name, sizeof shared->name, "%s", name);
        if (failure == 0 && !breaks) {
                syscall(SYS_kill, getpid(), SIGKILL);
                for (;;)
                        pause();
        }
        errno = breaks ? breaks_by(name) : failure;
        return 1;
}

#define PASS(name, call) (hit(name) ? -1 : (call))

int fsync(int fd) {
        return PASS("fsync", (int)syscall(SYS_fsync, fd));
}

int fdatasync(int fd) {
        return PASS("fdatasync", (int)syscall(SYS_fdatasync, fd));
}

ssize_t write(int fd, const void *data, size_t n) {
        return fd == STDERR_FILENO ? syscall(SYS_write, fd, data, n) : PASS("write", syscall(SYS_write, fd, data, n));
}

ssize_t writev(int fd, const struct iovec *pieces, int n) {
        return fd == STDERR_FILENO ? syscall(SYS_writev, fd, pieces, n)
                                   : PASS("writev", syscall(SYS_writev, fd, pieces, n));
}

ssize_t pwrite(int fd, const void *data, size_t n, off_t offset) {
        return PASS("pwrite", syscall(SYS_pwrite64, fd, data, n, offset));
}

int ftruncate(int fd, off_t length) {
        return PASS("ftruncate", (int)syscall(SYS_ftruncate, fd, length));
}

int unlink(const char *path) {
        return PASS("unlink", (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0));
}

int unlinkat(int folder, const char *path, int flags) {
        return PASS("unlinkat", (int)syscall(SYS_unlinkat, folder, path, flags));
}

int mkdir(const char *path, mode_t mode) {
        return PASS("mkdir", (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode));
}

int mkdirat(int folder, const char *path, mode_t mode) {
        return PASS("mkdirat", (int)syscall(SYS_mkdirat, folder, path, mode));
}

int rename(const char *from, const char *to) {
        return PASS("rename", (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
}

int renameat(int from_folder, const char *from, int to_folder, const char *to) {
        return PASS("renameat", (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, 0));
}

int link(const char *from, const char *to) {
        return PASS("link", (int)syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0));
}

int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags) {
        return PASS("linkat", (int)syscall(SYS_linkat, from_folder, from, to_folder, to, flags));
}

/* A full or broken disk fails no socket. */
static int hit_socket(const char *name, int fd) {
        if ((failure != 0 && !everything) || !hit(name))
                return 0;
        if (breaks)
                syscall(SYS_shutdown, fd, SHUT_RDWR);
        return 1;
}

static int hit_other(const char *name) {
        return everything && hit(name);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
        return hit_socket("sendmsg", fd) ? -1 : (syscall(SYS_sendmsg, fd, message, flags));
}

ssize_t send(int fd, const void *data, size_t n, int flags) {
        return hit_socket("send", fd) ? -1 : (syscall(SYS_sendto, fd, data, n, flags, NULL, 0));
}

ssize_t sendto(int fd, const void *data, size_t n, int flags, const struct sockaddr *to, socklen_t length) {
        return hit_socket("sendto", fd) ? -1 : (syscall(SYS_sendto, fd, data, n, flags, to, length));
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags) {
        return everything && hit_socket("recvmsg", fd) ? -1 : (syscall(SYS_recvmsg, fd, message, flags));
}

ssize_t recv(int fd, void *data, size_t n, int flags) {
        return everything && hit_socket("recv", fd) ? -1 : (syscall(SYS_recvfrom, fd, data, n, flags, NULL, NULL));
}

int connect(int fd, const struct sockaddr *to, socklen_t length) {
        return hit_other("connect") ? -1 : (int)syscall(SYS_connect, fd, to, length);
}

int socketpair(int domain, int type, int protocol, int pair[2]) {
        return hit_other("socketpair") ? -1 : (int)syscall(SYS_socketpair, domain, type, protocol, pair);
}

/* Of files not: what they hold is the same later. */
ssize_t read(int fd, void *data, size_t n) {
        struct stat about;

        if (everything && fstat(fd, &about) == 0 && S_ISFIFO(about.st_mode) && hit("read"))
                return -1;
        return syscall(SYS_read, fd, data, n);
}

int memfd_create(const char *name, unsigned flags) {
        return hit_other("memfd_create") ? -1 : (int)syscall(SYS_memfd_create, name, flags);
}

pid_t fork(void) {
        pid_t (*next)(void) = (pid_t(*)(void))dlsym(RTLD_NEXT, "fork");

        return hit_other("fork") ? -1 : next();
}

/* Opening counts where it may make a file. */
static int open_at(int folder, const char *path, int flags, mode_t mode) {
        if ((flags & O_CREAT) != 0 && hit("open"))
                return -1;
        return (int)syscall(SYS_openat, folder, path, flags, mode);
}

#define MODE(flags, mode)                                                                                              \
        do {                                                                                                           \
                va_list more;                                                                                          \
                va_start(more, flags);                                                                                 \
                mode = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(more, mode_t) : 0;          \
                va_end(more);                                                                                          \
        } while (0)

int open(const char *path, int flags, ...) {
        mode_t mode;

        MODE(flags, mode);
        return open_at(AT_FDCWD, path, flags, mode);
}

int openat(int folder, const char *path, int flags, ...) {
        mode_t mode;

        MODE(flags, mode);
        return open_at(folder, path, flags, mode);
}
