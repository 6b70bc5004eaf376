/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From inside a confined process every system call that could reach out fails: it is refused, or the process is
 * killed for it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <netinet/in.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "sandbox/confine.h"

/* What the child reports by its exit status. */
enum { REFUSED = 10, DONE = 11, NOT_CONFINED = 12 };

static const MgConfineBounds bounds = {.memory = 256 << 20, .file_size = 1 << 20, .cpu_seconds = 5};

typedef struct Attempt {
        const char *name;
        long call;
        long arguments[4];
} Attempt;

static struct sockaddr_in loopback = {.sin_family = AF_INET};

static const Attempt attempts[] = {
        {"open", SYS_open, {(long)"/etc/passwd", O_RDONLY}},
        {"openat", SYS_openat, {AT_FDCWD, (long)"/etc/passwd", O_RDONLY}},
        {"openat for writing", SYS_openat, {AT_FDCWD, (long)"/tmp/mugai-test", O_WRONLY | O_CREAT, 0600}},
        {"openat2", SYS_openat2, {AT_FDCWD, (long)"/etc/passwd", 0, 24}},
        {"creat", SYS_creat, {(long)"/tmp/mugai-test", 0600}},
        {"stat", SYS_stat, {(long)"/etc/passwd", 0}},
        {"newfstatat", SYS_newfstatat, {AT_FDCWD, (long)"/etc/passwd", 0, 0}},
        {"statx", SYS_statx, {AT_FDCWD, (long)"/etc/passwd", 0, 0}},
        {"readlink", SYS_readlink, {(long)"/proc/self/exe", 0, 0}},
        {"unlink", SYS_unlink, {(long)"/tmp/mugai-test"}},
        {"rename", SYS_rename, {(long)"/tmp/a", (long)"/tmp/b"}},
        {"mkdir", SYS_mkdir, {(long)"/tmp/mugai-test", 0700}},
        {"chmod", SYS_chmod, {(long)"/tmp", 0700}},
        {"mount", SYS_mount, {0, 0, 0, 0}},
        {"chroot", SYS_chroot, {(long)"/"}},
        {"socket", SYS_socket, {AF_INET, SOCK_STREAM, 0}},
        {"socket unix", SYS_socket, {AF_UNIX, SOCK_STREAM, 0}},
        {"socketpair", SYS_socketpair, {AF_UNIX, SOCK_STREAM, 0, 0}},
        {"connect", SYS_connect, {0, (long)&loopback, sizeof loopback}},
        {"bind", SYS_bind, {0, (long)&loopback, sizeof loopback}},
        {"sendmsg", SYS_sendmsg, {0, 0, 0}},
        {"recvmsg", SYS_recvmsg, {0, 0, 0}},
        {"execve", SYS_execve, {(long)"/bin/true", 0, 0}},
        {"execveat", SYS_execveat, {AT_FDCWD, (long)"/bin/true", 0, 0}},
        {"fork", SYS_fork, {0}},
        {"vfork by clone", SYS_clone, {CLONE_VFORK | SIGCHLD, 0, 0, 0}},
        {"clone thread", SYS_clone, {CLONE_VM | CLONE_THREAD | CLONE_SIGHAND, 0, 0, 0}},
        {"clone3", SYS_clone3, {0, 0}},
        {"unshare", SYS_unshare, {CLONE_NEWUSER}},
        {"setns", SYS_setns, {0, 0}},
        {"kill", SYS_kill, {1, 0}},
        {"tgkill", SYS_tgkill, {1, 1, SIGTERM}},
        {"pidfd_open", SYS_pidfd_open, {1, 0}},
        {"ptrace", SYS_ptrace, {PTRACE_TRACEME, 0, 0, 0}},
        {"process_vm_readv", SYS_process_vm_readv, {1, 0, 0, 0}},
        {"ioctl", SYS_ioctl, {0, 0x5401, 0}},
        {"fcntl", SYS_fcntl, {0, F_DUPFD, 0}},
        {"dup", SYS_dup, {0}},
        {"ftruncate", SYS_ftruncate, {1, 0}},
        {"fallocate", SYS_fallocate, {1, 0, 0, 4096}},
        {"memfd_create", SYS_memfd_create, {(long)"x", 0}},
        {"pipe", SYS_pipe, {0}},
        {"eventfd2", SYS_eventfd2, {0, 0}},
        {"epoll_create1", SYS_epoll_create1, {0}},
        {"io_uring_setup", SYS_io_uring_setup, {1, 0}},
        {"bpf", SYS_bpf, {0, 0, 0}},
        {"perf_event_open", SYS_perf_event_open, {0, 0, 0, 0}},
        {"userfaultfd", SYS_userfaultfd, {0}},
        {"keyctl", SYS_keyctl, {0, 0, 0, 0}},
        {"shmget", SYS_shmget, {0, 4096, 0}},
        {"setuid", SYS_setuid, {0}},
        {"setrlimit", SYS_prlimit64, {0, RLIMIT_NPROC, 0, 0}},
        {"nanosleep", SYS_nanosleep, {0, 0}},
        {"mmap executable", SYS_mmap, {0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS}},
        {"landlock", SYS_landlock_create_ruleset, {0, 0, LANDLOCK_CREATE_RULESET_VERSION}},
        {"seccomp", SYS_seccomp, {0, 0, 0}},
        {"reboot", SYS_reboot, {0, 0, 0, 0}},
};

/* Runs attempt confined; how the child ended: REFUSED, DONE, NOT_CONFINED or -signal. */
static int attempt_inside(const MgConfine *confine, const Attempt *attempt) {
        int status;
        pid_t pid = fork();

        if (pid == 0) {
                long result;

                mg_confine_descriptors(confine, 3);
                if (!mg_confine_apply(confine, &bounds))
                        _exit(NOT_CONFINED);
                result = syscall(attempt->call, attempt->arguments[0], attempt->arguments[1], attempt->arguments[2],
                                 attempt->arguments[3], -1, 0);
                _exit(result < 0 ? REFUSED : DONE);
        }
        g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
        return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static void test_calls(void) {
        g_autoptr(GError) error = NULL;
        g_autoptr(MgConfine) confine = mg_confine_new(TRUE, &error);
        guint killed = 0;

        g_assert_no_error(error);
        for (guint i = 0; i < G_N_ELEMENTS(attempts); i++) {
                int end = attempt_inside(confine, &attempts[i]);

                g_test_message("%s: %s", attempts[i].name,
                               end == -SIGSYS   ? "killed"
                               : end == REFUSED ? "refused"
                                                : "DONE");
                g_assert_true(end == -SIGSYS || end == REFUSED);
                killed += end == -SIGSYS;
        }
        g_test_message("%u calls tried, %u killed, the rest refused", (guint)G_N_ELEMENTS(attempts), killed);
}

/* Without the filter landlock alone must still refuse: two walls, each tried by itself. */
static void test_landlock_alone(void) {
        g_autoptr(MgConfine) confine = NULL;
        pid_t pid;
        int status;

        if (mg_confine_landlock_abi() == 0) {
                g_test_skip("this kernel has no landlock");
                return;
        }
        pid = fork();
        if (pid == 0) {
                struct landlock_ruleset_attr attributes = {.handled_access_fs = LANDLOCK_ACCESS_FS_READ_FILE};
                int rules = (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);

                prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
                if (syscall(SYS_landlock_restrict_self, rules, 0) != 0)
                        _exit(NOT_CONFINED);
                _exit(open("/etc/passwd", O_RDONLY) < 0 && errno == EACCES ? REFUSED : DONE);
        }
        g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
        g_assert_cmpint(WEXITSTATUS(status), ==, REFUSED);
}

/* A process for which the kernel has no landlock: what then, where it is required and where it is optional. */
static int without_landlock(void) {
        scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
        g_autoptr(GError) error = NULL;
        g_autoptr(MgConfine) required = NULL, optional = NULL;

        if (seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(landlock_create_ruleset), 0) != 0 ||
            seccomp_load(filter) != 0 || mg_confine_landlock_abi() != 0)
                return NOT_CONFINED;
        required = mg_confine_new(TRUE, &error);
        if (required || !g_error_matches(error, MG_ERROR, MG_ERROR_CONFIG) ||
            !strstr(error->message, "sandbox.landlock = optional"))
                return DONE;
        /* The filter is never optional: without landlock it still refuses. */
        optional = mg_confine_new(FALSE, NULL);
        if (!optional || !mg_confine_apply(optional, &bounds))
                return NOT_CONFINED;
        return open("/etc/passwd", O_RDONLY) < 0 ? REFUSED : DONE;
}

static void test_no_landlock(void) {
        int status;
        pid_t pid = fork();

        if (pid == 0)
                _exit(without_landlock());
        g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
        /* Killed for the call, or told no. */
        if (WIFSIGNALED(status))
                g_assert_cmpint(WTERMSIG(status), ==, SIGSYS);
        else
                g_assert_cmpint(WEXITSTATUS(status), ==, REFUSED);
}

static void test_memory(void) {
#if defined(__SANITIZE_ADDRESS__)
        g_test_skip("RLIMIT_AS is not set under AddressSanitizer");
#else
        g_autoptr(MgConfine) confine = mg_confine_new(TRUE, NULL);
        int status;
        pid_t pid = fork();

        if (pid == 0) {
                if (!mg_confine_apply(confine, &bounds))
                        _exit(NOT_CONFINED);
                /* Twice the bound is refused; an eighth of it is given. */
                if (!malloc(bounds.memory / 8))
                        _exit(NOT_CONFINED);
                _exit(malloc(bounds.memory * 2) ? DONE : REFUSED);
        }
        g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
        g_assert_cmpint(WEXITSTATUS(status), ==, REFUSED);
#endif
}

static void test_descriptors(void) {
        g_autoptr(MgConfine) confine = mg_confine_new(TRUE, NULL);
        int secret = open("/etc/passwd", O_RDONLY), status;
        pid_t pid = fork();

        if (pid == 0) {
                char octet;

                mg_confine_descriptors(confine, 3);
                if (!mg_confine_apply(confine, &bounds))
                        _exit(NOT_CONFINED);
                for (int fd = 3; fd < 1024; fd++)
                        if (pread(fd, &octet, 1, 0) >= 0 || errno != EBADF)
                                _exit(DONE);
                _exit(REFUSED);
        }
        close(secret);
        g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
        g_assert_cmpint(WEXITSTATUS(status), ==, REFUSED);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/confine/calls", test_calls);
        g_test_add_func("/confine/landlock-alone", test_landlock_alone);
        g_test_add_func("/confine/no-landlock", test_no_landlock);
        g_test_add_func("/confine/memory", test_memory);
        g_test_add_func("/confine/descriptors", test_descriptors);
        return g_test_run();
}
