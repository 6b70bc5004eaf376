/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Descriptors and memfds. Opens no files by name.
 */
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/error.h"

#define SEALS_ALL (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

int mg_fd_memory(const char *name, GError **error) {
        int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

        if (fd < 0)
                mg_error_system(error, "no memory file");
        return fd;
}

gboolean mg_fd_seal(int fd, guint wait_ms, GError **error) {
        /* EBUSY: someone still has a writable mapping. A dying worker's goes away within microseconds of its exit
         * (trap 21). */
        for (guint waited = 0; fcntl(fd, F_ADD_SEALS, SEALS_ALL) < 0; waited++) {
                if (errno != EBUSY || waited >= wait_ms) {
                        mg_error_system(error, "cannot seal a memory file");
                        return FALSE;
                }
                g_usleep(1000);
        }
        return TRUE;
}

gboolean mg_fd_is_sealed(int fd) {
        int seals = fcntl(fd, F_GET_SEALS);

        return seals >= 0 && (seals & SEALS_ALL) == SEALS_ALL;
}

gboolean mg_fd_seal_size(int fd, GError **error) {
        if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) < 0) {
                mg_error_system(error, "cannot seal the size of a memory file");
                return FALSE;
        }
        return TRUE;
}

gboolean mg_fd_write(int fd, const void *data, gsize n, GError **error) {
        const char *at = data;

        while (n > 0) {
                ssize_t done = write(fd, at, n);

                if (done < 0 && errno == EINTR)
                        continue;
                if (done <= 0) {
                        mg_error_system(error, "cannot write");
                        return FALSE;
                }
                at += done;
                n -= (gsize)done;
        }
        return TRUE;
}

typedef struct Mapping {
        void *start;
        gsize n;
} Mapping;

static void mapping_free(gpointer data) {
        Mapping *mapping = data;

        munmap(mapping->start, mapping->n);
        g_free(mapping);
}

/* Octets from offset to the file's end. */
static gboolean length_of(int fd, guint64 offset, guint64 max, guint64 *n, GError **error) {
        struct stat status;

        if (fstat(fd, &status) < 0) {
                mg_error_system(error, "cannot look at a file");
                return FALSE;
        }
        *n = (guint64)status.st_size > offset ? (guint64)status.st_size - offset : 0;
        if (*n <= max)
                return TRUE;
        g_set_error(error, MG_ERROR, MG_ERROR_PROTOCOL,
                    "%" G_GUINT64_FORMAT " octets where at most %" G_GUINT64_FORMAT " are allowed", *n, max);
        return FALSE;
}

static GBytes *bytes_of(void *start, gsize mapped, gsize offset) {
        Mapping *mapping = g_new(Mapping, 1);

        *mapping = (Mapping){start, mapped};
        return g_bytes_new_with_free_func((char *)start + offset, mapped - offset, mapping_free, mapping);
}

gssize mg_fd_read_at(int fd, void *data, gsize n, guint64 offset, GError **error) {
        gsize done = 0;

        while (done < n) {
                ssize_t got = pread(fd, (char *)data + done, n - done, (off_t)(offset + done));

                if (got < 0 && errno == EINTR)
                        continue;
                if (got < 0) {
                        mg_error_system(error, "cannot read");
                        return -1;
                }
                if (got == 0)
                        break;
                done += (gsize)got;
        }
        return (gssize)done;
}

GBytes *mg_fd_read(int fd, guint64 max, GError **error) {
        g_autoptr(GBytes) bytes = NULL;
        void *start;
        gssize got;
        guint64 n;

        if (!length_of(fd, 0, max, &n, error))
                return NULL;
        if (n == 0)
                return g_bytes_new_static("", 0);
        /* Not of the heap, which would keep the largest one for ever. */
        start = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (start == MAP_FAILED) {
                mg_error_system(error, "no memory for %" G_GUINT64_FORMAT " octets", n);
                return NULL;
        }
        bytes = bytes_of(start, n, 0);
        got = mg_fd_read_at(fd, start, n, 0, error);
        if (got < 0)
                return NULL;
        if ((guint64)got == n)
                return g_steal_pointer(&bytes);
        g_set_error(error, MG_ERROR, MG_ERROR_STORE, "%" G_GSSIZE_FORMAT " octets where there were %" G_GUINT64_FORMAT,
                    got, n);
        return NULL;
}

GBytes *mg_fd_map(int fd, guint64 offset, guint64 max, GError **error) {
        void *start;
        guint64 n;

        if (!length_of(fd, offset, max, &n, error))
                return NULL;
        if (n == 0)
                return g_bytes_new_static("", 0);
        /* mmap wants a page-aligned offset; the whole file is mapped and the beginning skipped. */
        start = mmap(NULL, (gsize)(offset + n), PROT_READ, MAP_PRIVATE, fd, 0);
        if (start == MAP_FAILED) {
                mg_error_system(error, "cannot map %" G_GUINT64_FORMAT " octets", n);
                return NULL;
        }
        return bytes_of(start, offset + n, offset);
}
