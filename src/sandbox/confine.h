/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * confine: a process that can do nothing but compute
 *
 * Prepared once in the parent (the filter is compiled there), applied in each child: resource limits,
 * no_new_privs, landlock without a rule, seccomp allow-list. After mg_confine_apply() the process has its
 * descriptors and its memory, and no way to open, connect, start or signal anything.
 */
typedef struct MgConfine MgConfine;

typedef struct MgConfineBounds {
        guint64 memory;    /* RLIMIT_AS, octets */
        guint64 file_size; /* RLIMIT_FSIZE, octets: the result memfd */
        guint cpu_seconds; /* RLIMIT_CPU; the parent's deadline comes first */
} MgConfineBounds;

/* landlock_required: fail where the kernel has none. Errors say what is missing. */
MgConfine *mg_confine_new(gboolean landlock_required, GError **error);
void mg_confine_free(MgConfine *confine);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgConfine, mg_confine_free)

/* In the child: closes every descriptor from first on, but for what mg_confine_apply() needs and closes itself. */
void mg_confine_descriptors(const MgConfine *confine, guint first);

/* In the child, after it closed what it does not need. FALSE: the child must exit. Allocates nothing. */
gboolean mg_confine_apply(const MgConfine *confine, const MgConfineBounds *bounds);

/* The landlock ABI of this kernel, 0 where there is none. Asks only. */
int mg_confine_landlock_abi(void);
