/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Confinement of a worker. What is not a boundary: the CPU's side channels, the kernel's own bugs in the calls
 * that are allowed, and the size of the answer (the result memfd is of fixed size). Under a sanitizer build
 * RLIMIT_AS is not set, since AddressSanitizer reserves terabytes, and the calls of its runtime are allowed too.
 */
#include "sandbox/confine.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "base/error.h"
#include "base/fd.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

struct MgConfine {
        struct sock_filter *filter;
        gushort n_filter;
        int landlock; /* ruleset, or -1 */
};

/* What a worker may call. Everything else kills it. */
static const int allowed[] = {
        SCMP_SYS(read),           SCMP_SYS(pread64),
        SCMP_SYS(pwrite64),       SCMP_SYS(lseek),
        SCMP_SYS(munmap),         SCMP_SYS(brk),
        SCMP_SYS(madvise),        SCMP_SYS(futex),
        SCMP_SYS(clock_gettime),  SCMP_SYS(gettimeofday),
        SCMP_SYS(getpid),         SCMP_SYS(gettid),
        SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
        SCMP_SYS(getrandom),      SCMP_SYS(restart_syscall),
        SCMP_SYS(close),          SCMP_SYS(exit),
        SCMP_SYS(exit_group),
#if SANITIZED
        SCMP_SYS(write),          SCMP_SYS(sigaltstack),
        SCMP_SYS(rt_sigaction),   SCMP_SYS(sched_yield),
        SCMP_SYS(getrlimit),      SCMP_SYS(sched_getaffinity),
        SCMP_SYS(prctl),
#endif
};

/* Refused with EACCES and not with death: libraries try them on the way to something else (glibc looks for a module
 * where iconv is asked for a charset: trap 7). */
static const int refused[] = {
        SCMP_SYS(open), SCMP_SYS(openat),     SCMP_SYS(access), SCMP_SYS(readlink),
        SCMP_SYS(stat), SCMP_SYS(newfstatat), SCMP_SYS(fstat),  SCMP_SYS(ioctl),
};

/* Memory may be mapped and protected, but never made executable. */
static const struct {
        int call;
        guint protection; /* index of the argument */
} memory_calls[] = {{SCMP_SYS(mmap), 2}, {SCMP_SYS(mprotect), 2}};

static gboolean add_rules(scmp_filter_ctx context) {
        int failed = 0;

        for (guint i = 0; i < G_N_ELEMENTS(allowed); i++)
                failed |= seccomp_rule_add(context, SCMP_ACT_ALLOW, allowed[i], 0);
        for (guint i = 0; i < G_N_ELEMENTS(refused); i++)
                failed |= seccomp_rule_add(context, SCMP_ACT_ERRNO(EACCES), refused[i], 0);
        for (guint i = 0; i < G_N_ELEMENTS(memory_calls); i++)
                failed |= seccomp_rule_add(context, SCMP_ACT_ALLOW, memory_calls[i].call, 1,
                                           SCMP_CMP(memory_calls[i].protection, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
        /* mremap keeps the protection that the mapping has. */
        failed |= seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(mremap), 0);
        failed |= seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2);
        return failed == 0;
}

/* Compiles the filter once; a child only hands it to the kernel. */
static gboolean build_filter(MgConfine *confine, GError **error) {
        scmp_filter_ctx context = seccomp_init(SCMP_ACT_KILL_PROCESS);
        mg_autofd memory = mg_fd_memory("mugai-filter", error);
        g_autoptr(GBytes) bytes = NULL;
        gboolean built;
        gsize n;

        if (memory < 0) {
                seccomp_release(context);
                return FALSE;
        }
        built = context && add_rules(context) && seccomp_export_bpf(context, memory) == 0;
        seccomp_release(context);
        if (!built) {
                g_set_error_literal(error, MG_ERROR, MG_ERROR_SYSTEM, "the system call filter cannot be built");
                return FALSE;
        }
        bytes = mg_fd_map(memory, 0, G_MAXUSHORT * sizeof(struct sock_filter), error);
        if (!bytes)
                return FALSE;
        confine->filter = g_memdup2(g_bytes_get_data(bytes, &n), g_bytes_get_size(bytes));
        confine->n_filter = (gushort)(n / sizeof(struct sock_filter));
        return TRUE;
}

void mg_confine_descriptors(const MgConfine *confine, guint first) {
        guint last = ~0u;

        if (confine->landlock >= (int)first) {
                close_range(first, (guint)confine->landlock - 1, 0);
                first = (guint)confine->landlock + 1;
        }
        close_range(first, last, 0);
}

int mg_confine_landlock_abi(void) {
        long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

        return abi > 0 ? (int)abi : 0;
}

/* A ruleset that handles every right that the kernel and our headers know, and grants none. */
static gboolean build_landlock(MgConfine *confine, gboolean required, GError **error) {
        struct landlock_ruleset_attr attributes = {0};
        int abi = mg_confine_landlock_abi();

        if (abi == 0) {
                if (!required)
                        return TRUE;
                g_set_error_literal(
                        error, MG_ERROR, MG_ERROR_CONFIG,
                        "this kernel has no landlock; enable it (lsm=landlock) or set sandbox.landlock = optional");
                return FALSE;
        }
        attributes.handled_access_fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
#ifdef LANDLOCK_ACCESS_FS_REFER
        if (abi >= 2)
                attributes.handled_access_fs |= LANDLOCK_ACCESS_FS_REFER;
#endif
#ifdef LANDLOCK_ACCESS_FS_TRUNCATE
        if (abi >= 3)
                attributes.handled_access_fs |= LANDLOCK_ACCESS_FS_TRUNCATE;
#endif
#ifdef LANDLOCK_ACCESS_NET_CONNECT_TCP
        if (abi >= 4)
                attributes.handled_access_net = LANDLOCK_ACCESS_NET_BIND_TCP | LANDLOCK_ACCESS_NET_CONNECT_TCP;
#endif
#ifdef LANDLOCK_ACCESS_FS_IOCTL_DEV
        if (abi >= 5)
                attributes.handled_access_fs |= LANDLOCK_ACCESS_FS_IOCTL_DEV;
#endif
#ifdef LANDLOCK_SCOPE_SIGNAL
        if (abi >= 6)
                attributes.scoped = LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | LANDLOCK_SCOPE_SIGNAL;
#endif
        confine->landlock = (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);
        if (confine->landlock < 0) {
                mg_error_system(error, "no landlock ruleset");
                return FALSE;
        }
        return TRUE;
}

MgConfine *mg_confine_new(gboolean landlock_required, GError **error) {
        g_autoptr(MgConfine) confine = g_new0(MgConfine, 1);

        confine->landlock = -1;
        if (!build_filter(confine, error) || !build_landlock(confine, landlock_required, error))
                return NULL;
        return g_steal_pointer(&confine);
}

void mg_confine_free(MgConfine *confine) {
        if (!confine)
                return;
        mg_fd_close(&confine->landlock);
        g_free(confine->filter);
        g_free(confine);
}

static gboolean bound(int resource, guint64 value) {
        struct rlimit limit = {value, value};

        return setrlimit((__rlimit_resource_t)resource, &limit) == 0;
}

gboolean mg_confine_apply(const MgConfine *confine, const MgConfineBounds *bounds) {
        struct sock_fprog program = {.len = confine->n_filter, .filter = confine->filter};

        if (!bound(RLIMIT_CORE, 0) || !bound(RLIMIT_FSIZE, bounds->file_size) ||
            !bound(RLIMIT_CPU, bounds->cpu_seconds) || !bound(RLIMIT_NPROC, 0))
                return FALSE;
        if (!SANITIZED && !bound(RLIMIT_AS, bounds->memory))
                return FALSE;
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
                return FALSE;
        if (confine->landlock >= 0 && syscall(SYS_landlock_restrict_self, confine->landlock, 0) < 0)
                return FALSE;
        if (confine->landlock >= 0)
                close(confine->landlock);
        if (!bound(RLIMIT_NOFILE, 0))
                return FALSE;
        return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
}
