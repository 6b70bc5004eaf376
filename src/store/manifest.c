/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file of a manifest, written and read. Looks at no object.
 */
#include "store/manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/receipt.h"
#include "base/text.h"
#include "store/object.h"

#define NEW_NAME MG_MANIFEST_NAME ".new"
#define KIND "mugai-backup 1"
/* "object 1000012345 cms 00000000000000012345 <64>" and the line's end. */
#define OBJECT_LINE 108
/* "end <64>" and the line's end. */
#define END_LINE 69
/* Far more than a head has. */
#define HEAD_MAX 4096
#define PIECE (256 * 1024)

struct MgManifest {
        int fd;
        MgManifestHead head;
        guint64 objects; /* where the first line of an object begins */
        guint64 n;
};

struct MgManifestWriter {
        int folder;
        FILE *file;
        GChecksum *digest;
};

char *mg_manifest_path(const MgManifestObject *object) {
        return g_strdup_printf("%05u/%s%s", mg_receipt_serial(object->receipt) / MG_OBJECTS_FOLDER, object->receipt,
                               object->sealed ? ".zst.cms" : ".zst");
}

/* --- writing
 * ------------------------------------------------------------------------------------------------------ */

static gboolean put(MgManifestWriter *writer, const char *text, GError **error) {
        g_checksum_update(writer->digest, (const guchar *)text, -1);
        if (fputs(text, writer->file) != EOF)
                return TRUE;
        mg_error_system(error, "the manifest cannot be written");
        return FALSE;
}

MgManifestWriter *mg_manifest_begin(int folder, const MgManifestHead *head, GError **error) {
        g_autoptr(MgManifestWriter) writer = g_new0(MgManifestWriter, 1);
        g_autofree char *trail = mg_text_hex(head->trail.hash, MG_CHAIN_HASH);
        g_autofree char *index = mg_text_hex(head->index_sha256, sizeof head->index_sha256), *text = NULL;
        int fd = openat(folder, NEW_NAME, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);

        writer->folder = folder;
        writer->digest = g_checksum_new(G_CHECKSUM_SHA256);
        writer->file = fd >= 0 ? fdopen(fd, "w") : NULL;
        if (!writer->file) {
                mg_error_system(error, "the manifest cannot be made");
                return NULL;
        }
        text = g_strdup_printf(KIND "\nmade %" G_GINT64_FORMAT "\nserial %" G_GINT64_FORMAT
                                    "\nrequest %" G_GINT64_FORMAT "\ntrail %" G_GINT64_FORMAT
                                    " %s\nindex %s %" G_GUINT64_FORMAT " %s\n\n",
                               head->made, head->serial, head->request, head->trail.number, trail, head->index,
                               head->index_size, index);
        return put(writer, text, error) ? g_steal_pointer(&writer) : NULL;
}

gboolean mg_manifest_add(MgManifestWriter *writer, const MgManifestObject *object, GError **error) {
        g_autofree char *sha256 = mg_text_hex(object->sha256, sizeof object->sha256);
        g_autofree char *text = g_strdup_printf("object %s %s %020" G_GUINT64_FORMAT " %s\n", object->receipt,
                                                object->sealed ? "cms" : "zst", object->size, sha256);

        return put(writer, text, error);
}

gboolean mg_manifest_end(MgManifestWriter *writer, GError **error) {
        if (fprintf(writer->file, "end %s\n", g_checksum_get_string(writer->digest)) >= 0 &&
            fflush(writer->file) == 0 && fsync(fileno(writer->file)) == 0 &&
            renameat(writer->folder, NEW_NAME, writer->folder, MG_MANIFEST_NAME) == 0 && fsync(writer->folder) == 0)
                return TRUE;
        mg_error_system(error, "the manifest cannot be made durable");
        return FALSE;
}

void mg_manifest_writer_free(MgManifestWriter *writer) {
        if (!writer)
                return;
        if (writer->file)
                fclose(writer->file);
        g_checksum_free(writer->digest);
        g_free(writer);
}

/* --- reading
 * ------------------------------------------------------------------------------------------------------ */

static gboolean take_digest(const char *hex, guint8 digest[32]) {
        for (guint i = 0; i < 32; i++) {
                int high = g_ascii_xdigit_value(hex[2 * i]), low = high < 0 ? -1 : g_ascii_xdigit_value(hex[2 * i + 1]);

                if (low < 0)
                        return FALSE;
                digest[i] = (guint8)(high << 4 | low);
        }
        return TRUE;
}

/* Names a file in the folder and nothing else. */
static gboolean is_index_name(const char *name) {
        return g_str_has_prefix(name, "index-") && g_str_has_suffix(name, ".db") && !strchr(name, '/');
}

static gboolean take_head(const char *text, MgManifestHead *head) {
        char trail[65], index[65], kind[32], version[8];

        return sscanf(text,
                      "%31s %7s made %" G_GINT64_FORMAT " serial %" G_GINT64_FORMAT " request %" G_GINT64_FORMAT
                      " trail %" G_GINT64_FORMAT " %64s index %39s %" G_GUINT64_FORMAT " %64s",
                      kind, version, &head->made, &head->serial, &head->request, &head->trail.number, trail,
                      head->index, &head->index_size, index) == 10 &&
               g_str_has_prefix(text, KIND "\n") && is_index_name(head->index) &&
               take_digest(trail, head->trail.hash) && take_digest(index, head->index_sha256);
}

static gboolean set_changed(GError **error) {
        g_set_error_literal(error, MG_ERROR, MG_ERROR_STORE, "the manifest is not as it was written");
        return FALSE;
}

/* All of n octets. */
static gboolean read_exactly(int fd, char *data, gsize n, guint64 at, GError **error) {
        gssize got = mg_fd_read_at(fd, data, n, at, error);

        return got == (gssize)n || (got >= 0 && set_changed(error));
}

/* Whether the last line has the digest of the octets before it. */
static gboolean check_digest(int fd, guint64 body, gboolean *is, GError **error) {
        g_autoptr(GChecksum) digest = g_checksum_new(G_CHECKSUM_SHA256);
        g_autofree char *piece = g_malloc(PIECE);
        char end[END_LINE];

        for (guint64 at = 0; at < body; at += PIECE) {
                gsize n = MIN(PIECE, body - at);

                if (!read_exactly(fd, piece, n, at, error))
                        return FALSE;
                g_checksum_update(digest, (const guchar *)piece, (gssize)n);
        }
        if (!read_exactly(fd, end, sizeof end, body, error))
                return FALSE;
        *is = strncmp(end, "end ", 4) == 0 && end[END_LINE - 1] == '\n' &&
              strncmp(end + 4, g_checksum_get_string(digest), 64) == 0;
        return TRUE;
}

/* The digest comes first: what has it is as it was written. */
static gboolean take_all(MgManifest *manifest, GError **error) {
        g_autofree char *head = g_malloc0(HEAD_MAX + 1);
        struct stat status;
        guint64 body;
        gboolean is;
        char *end;

        if (fstat(manifest->fd, &status) < 0) {
                mg_error_system(error, "cannot look at it");
                return FALSE;
        }
        if (status.st_size <= END_LINE)
                return set_changed(error);
        body = (guint64)status.st_size - END_LINE;
        if (!check_digest(manifest->fd, body, &is, error) ||
            !read_exactly(manifest->fd, head, MIN(HEAD_MAX, body), 0, error))
                return FALSE;
        end = is ? strstr(head, "\n\n") : NULL;
        if (!end)
                return set_changed(error);
        *end = '\0';
        manifest->objects = (guint64)(end - head) + 2;
        manifest->n = (body - manifest->objects) / OBJECT_LINE;
        return (manifest->objects + manifest->n * OBJECT_LINE == body && take_head(head, &manifest->head)) ||
               set_changed(error);
}

MgManifest *mg_manifest_read(int folder, GError **error) {
        g_autoptr(MgManifest) manifest = g_new0(MgManifest, 1);
        g_autoptr(GError) fault = NULL;

        manifest->fd = openat(folder, MG_MANIFEST_NAME, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        if (manifest->fd < 0 && errno == ENOENT) {
                g_set_error_literal(error, MG_ERROR, MG_ERROR_MISSING, "there is no backup in this folder");
                return NULL;
        }
        if (manifest->fd < 0) {
                mg_error_system(error, "the manifest cannot be opened");
                return NULL;
        }
        if (take_all(manifest, &fault))
                return g_steal_pointer(&manifest);
        if (g_error_matches(fault, MG_ERROR, MG_ERROR_STORE))
                g_propagate_error(error, g_steal_pointer(&fault));
        else
                g_set_error(error, MG_ERROR, MG_ERROR_STORE, "the manifest: %s", fault->message);
        return NULL;
}

void mg_manifest_free(MgManifest *manifest) {
        if (!manifest)
                return;
        mg_fd_close(&manifest->fd);
        g_free(manifest);
}

const MgManifestHead *mg_manifest_head(const MgManifest *manifest) {
        return &manifest->head;
}

guint64 mg_manifest_count(const MgManifest *manifest) {
        return manifest->n;
}

/* "object " and the receipt stand at the same place of each line. */
gboolean mg_manifest_find(const MgManifest *manifest, const char *receipt, MgManifestObject *object, GError **error) {
        guint64 low = 0, high = manifest->n;

        while (low < high) {
                guint64 middle = low + (high - low) / 2;
                char line[OBJECT_LINE];
                int order;

                if (!read_exactly(manifest->fd, line, sizeof line, manifest->objects + middle * OBJECT_LINE, error))
                        return FALSE;
                order = strncmp(line + 7, receipt, 10);
                if (order == 0) {
                        *object = (MgManifestObject){.sealed = line[18] == 'c'};
                        memcpy(object->receipt, line + 7, 10);
                        object->size = g_ascii_strtoull(line + 22, NULL, 10);
                        return take_digest(line + 43, object->sha256);
                }
                if (order < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return FALSE;
}
