/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>
#include <unistd.h>

/* Descriptors: closed by scope, passed by packet, kept in memory. All are close-on-exec. */

static inline void mg_fd_close(int *fd) {
        if (*fd >= 0)
                close(*fd);
        *fd = -1;
}
#define mg_autofd __attribute__((cleanup(mg_fd_close))) int

static inline int mg_fd_steal(int *fd) {
        int value = *fd;
        *fd = -1;
        return value;
}

/* An empty memfd that can be sealed, or -1 with error. The name shows in /proc only. */
int mg_fd_memory(const char *name, GError **error);

/* Seals against growing, shrinking, writing and further seals. EBUSY while a writable mapping exists elsewhere is
 * waited for up to wait_ms. */
gboolean mg_fd_seal(int fd, guint wait_ms, GError **error);
/* Whether fd is a memfd that is sealed so: what a role must ask before it maps a descriptor that it was given. */
gboolean mg_fd_is_sealed(int fd);
/* Seals against growing and shrinking only: a result memfd that a worker may fill. */
gboolean mg_fd_seal_size(int fd, GError **error);

/* Writes all of it, or FALSE with error. */
gboolean mg_fd_write(int fd, const void *data, gsize n, GError **error);

/* n octets from offset on, fewer only where the file ends there; its position stays. -1 with error. */
gssize mg_fd_read_at(int fd, void *data, gsize n, guint64 offset, GError **error);

/* The content of a file on disk, at most max octets (else PROTOCOL), in memory of its own that the last reference gives back to
 * the system. NULL with error: STORE where the file became shorter meanwhile, SYSTEM where a part of it cannot be read. */
GBytes *mg_fd_read(int fd, guint64 max, GError **error);

/* The content of a memfd, or of a file that only its owner could cut short, from offset to its end, at most max octets (else error),
 * mapped read-only and private. Whoever touches a page that is gone, or that its disk cannot read, dies by SIGBUS: what a role keeps on
 * disk is for mg_fd_read(). Never NULL without error. The descriptor may be closed afterwards. */
GBytes *mg_fd_map(int fd, guint64 offset, guint64 max, GError **error);
