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

        while (at < end) {
                const guint8 *lf = memchr(at, '\n', (gsize)(end - at));
                const guint8 *stop = lf != NULL ? lf : end;
                gboolean has_cr = stop > at && stop[-1] == '\r';

                g_byte_array_append(out, at, (guint)(stop - at));
                /* A lone CR at the very end is content; it is followed by a line end of its own. */
                g_byte_array_append(out, (const guint8 *)"\r\n" + (lf != NULL && has_cr ? 1 : 0),
                                    lf != NULL && has_cr ? 1 : 2);
                at = lf != NULL ? lf + 1 : end;
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

/* link() fails where the name exists, rename() takes it. */
static gboolean take_name(const char *from, const char *path, gboolean replace, GError **error) {
        if (replace) {
                if (rename(from, path) == 0)
                        return TRUE;
        } else if (link(from, path) == 0) {
                return unlink(from) == 0;
        }
        if (errno == EEXIST)
                g_set_error(error, MG_ERROR, MG_ERROR_SYSTEM, "%s exists and is not overwritten without --force", path);
        else
                mg_error_system(error, "%s cannot be written", path);
        return FALSE;
}

gboolean mg_mailfile_write(const char *path, const char *data, gsize n, gboolean replace, GError **error) {
        g_autofree char *folder = g_path_get_dirname(path);
        g_autofree char *name = g_strdup_printf("%s/.mugai-XXXXXX", folder);
        mg_autofd fd = g_mkstemp_full(name, O_WRONLY | O_CLOEXEC, 0600);

        if (fd < 0) {
                mg_error_system(error, "%s cannot be written", path);
                return FALSE;
        }
        if (mg_fd_write(fd, data, n, error) && take_name(name, path, replace, error))
                return TRUE;
        unlink(name);
        return FALSE;
}

guint mg_mailfile_fields(const GByteArray *mail) {
        const char *at = (const char *)mail->data, *end = at + mail->len;
        guint fields = 0;

        while (at < end && *at != '\r') {
                const char *lf = memchr(at, '\n', (gsize)(end - at));
                fields += *at != ' ' && *at != '\t';
                at = lf != NULL ? lf + 1 : end;
        }
        return fields;
}
