/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The original, collected. Does not look at it: a field's LF become CRLF since that is how the mail went over the
 * wire, and the rest is copied.
 */
#include "milter/spool.h"

#include <string.h>

#include "base/error.h"
#include "base/fd.h"

#define FLUSH_AT 65536
/* One piece of so many octets is not copied before it is written. */
#define DIRECT_AT 8192

void mg_spool_init(MgSpool *spool, guint64 max) {
        *spool = (MgSpool){.fd = -1, .buffer = g_byte_array_sized_new(4096), .max = max};
}

void mg_spool_clear(MgSpool *spool) {
        mg_fd_close(&spool->fd);
        g_clear_pointer(&spool->buffer, g_byte_array_unref);
}

static gboolean write_out(MgSpool *spool, const void *data, gsize n, GError **error) {
        if (spool->fd < 0)
                spool->fd = mg_fd_memory("mugai-original", error);
        return spool->fd >= 0 && mg_fd_write(spool->fd, data, n, error);
}

static void take(MgSpool *spool, const void *data, gsize n) {
        if (n > spool->max - spool->size)
                spool->overflow = TRUE;
        if (spool->overflow || spool->broken)
                return;
        spool->size += n;
        if (spool->buffer->len + n > FLUSH_AT || n >= DIRECT_AT) {
                spool->broken = !write_out(spool, spool->buffer->data, spool->buffer->len, NULL);
                g_byte_array_set_size(spool->buffer, 0);
        }
        if (n >= DIRECT_AT)
                spool->broken = spool->broken || !write_out(spool, data, n, NULL);
        else
                g_byte_array_append(spool->buffer, data, (guint)n);
}

void mg_spool_header(MgSpool *spool, const char *name, const char *value) {
        take(spool, name, strlen(name));
        take(spool, ":", 1);
        for (const char *end; (end = strchr(value, '\n')) != NULL; value = end + 1) {
                take(spool, value, (gsize)(end - value));
                take(spool, "\r\n", 2);
        }
        take(spool, value, strlen(value));
        take(spool, "\r\n", 2);
}

void mg_spool_body(MgSpool *spool, const void *data, gsize n) {
        take(spool, data, n);
}

int mg_spool_seal(MgSpool *spool, GError **error) {
        if (spool->broken || !write_out(spool, spool->buffer->data, spool->buffer->len, error)) {
                if (error && !*error)
                        g_set_error_literal(error, MG_ERROR, MG_ERROR_SYSTEM, "the original could not be collected");
                return -1;
        }
        g_byte_array_set_size(spool->buffer, 0);
        return mg_fd_seal(spool->fd, 0, error) ? spool->fd : -1;
}
