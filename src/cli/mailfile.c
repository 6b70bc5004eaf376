/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mail files in and out.
 * Does not look into mail: octets and line ends are all it knows. An mbox "From " line is no line to it but the first
 * of the mail.
 */
#include "cli/mailfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"

#define READ_OCTETS 65536

GByteArray *mg_mailfile_wire(const guint8 *data, gsize n) {
        GByteArray *out = g_byte_array_sized_new((guint)MIN(n + n / 32 + 2, G_MAXUINT / 2));
        const guint8 *at = data, *end = data + n;
        gboolean feeds = n == 0 || memchr(data, '\n', n) != NULL || memchr(data, '\r', n) == NULL;

        while (at < end) {
                const guint8 *feed = memchr(at, feeds ? '\n' : '\r', (gsize)(end - at));
                const guint8 *stop = feed != NULL ? feed : end;
                gboolean has_cr = feeds && feed != NULL && stop > at && stop[-1] == '\r';

                g_byte_array_append(out, at, (guint)(stop - at));
                /* Where LF ends lines a lone CR at the very end is content, followed by a line end of its own. */
                g_byte_array_append(out, (const guint8 *)"\r\n" + (has_cr ? 1 : 0), has_cr ? 1 : 2);
                at = feed != NULL ? feed + 1 : end;
        }
        return out;
}

GByteArray *mg_mailfile_read(int fd, guint64 max, gboolean *too_large, GError **error) {
        g_autoptr(GByteArray) raw = g_byte_array_new();
        ssize_t got;

        *too_large = FALSE;
        max = MIN(max, G_MAXINT32);
        do {
                guint before = raw->len;
                g_byte_array_set_size(raw, before + READ_OCTETS);
                do
                        got = read(fd, raw->data + before, READ_OCTETS);
                while (got < 0 && errno == EINTR);
                if (got < 0) {
                        mg_error_system(error, "cannot be read");
                        return NULL;
                }
                g_byte_array_set_size(raw, before + (guint)got);
        } while (got > 0 && raw->len <= max);
        *too_large = raw->len > max;
        if (*too_large)
                return NULL;
        g_autoptr(GByteArray) wire = mg_mailfile_wire(raw->data, raw->len);
        *too_large = wire->len > max;
        return *too_large ? NULL : g_steal_pointer(&wire);
}

int mg_mailfile_memory(const GByteArray *mail, GError **error) {
        mg_autofd fd = mg_fd_memory("mugai-original", error);

        if (fd < 0 || !mg_fd_write(fd, mail->data, mail->len, error) || !mg_fd_seal(fd, 0, error))
                return -1;
        return mg_fd_steal(&fd);
}

int mg_mailfile_begin(const char *path, char **name, GError **error) {
        g_autofree char *folder = g_path_get_dirname(path);
        int fd;

        *name = g_strdup_printf("%s/.mugai-XXXXXX", folder);
        fd = g_mkstemp_full(*name, O_WRONLY | O_CLOEXEC, 0600);
        if (fd < 0)
                mg_error_system(error, "%s cannot be written", path);
        return fd;
}

void mg_mailfile_abandon(const char *name) {
        unlink(name);
}

/* link() fails where the name exists, rename() takes it. */
gboolean mg_mailfile_end(const char *name, const char *path, gboolean replace, GError **error) {
        if (replace) {
                if (rename(name, path) == 0)
                        return TRUE;
        } else if (link(name, path) == 0) {
                return unlink(name) == 0;
        }
        if (errno == EEXIST)
                g_set_error(error, MG_ERROR, MG_ERROR_SYSTEM, "%s exists and is not overwritten without --force", path);
        else
                mg_error_system(error, "%s cannot be written", path);
        mg_mailfile_abandon(name);
        return FALSE;
}

gboolean mg_mailfile_write(const char *path, const char *data, gsize n, gboolean replace, GError **error) {
        g_autofree char *name = NULL;
        mg_autofd fd = mg_mailfile_begin(path, &name, error);

        if (fd < 0)
                return FALSE;
        if (mg_fd_write(fd, data, n, error))
                return mg_mailfile_end(name, path, replace, error);
        mg_mailfile_abandon(name);
        return FALSE;
}
