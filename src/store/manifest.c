/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file of a manifest, written and read. Looks at no object.
 */
#include "store/manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
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

struct MgManifest {
        GBytes *bytes;
        MgManifestHead head;
        const char *objects;
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

/* The digest comes first: what has it is as it was written. */
static gboolean take_all(MgManifest *manifest) {
        gsize n;
        const char *text = g_bytes_get_data(manifest->bytes, &n), *body;
        g_autofree char *sum = NULL, *head = NULL;

        if (n <= END_LINE || !g_str_has_prefix(text + n - END_LINE, "end ") || text[n - 1] != '\n')
                return FALSE;
        sum = g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)text, n - END_LINE);
        if (strncmp(text + n - END_LINE + 4, sum, 64) != 0)
                return FALSE;
        body = g_strstr_len(text, (gssize)n, "\n\n");
        if (!body || body + 2 > text + n - END_LINE)
                return FALSE;
        head = g_strndup(text, (gsize)(body - text));
        manifest->objects = body + 2;
        manifest->n = (guint64)(text + n - END_LINE - manifest->objects) / OBJECT_LINE;
        return manifest->objects + manifest->n * OBJECT_LINE == text + n - END_LINE && take_head(head, &manifest->head);
}

MgManifest *mg_manifest_read(int folder, GError **error) {
        g_autoptr(MgManifest) manifest = g_new0(MgManifest, 1);
        mg_autofd fd = openat(folder, MG_MANIFEST_NAME, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

        if (fd < 0 && errno == ENOENT) {
                g_set_error_literal(error, MG_ERROR, MG_ERROR_MISSING, "there is no backup in this folder");
                return NULL;
        }
        if (fd < 0) {
                mg_error_system(error, "the manifest cannot be opened");
                return NULL;
        }
        manifest->bytes = mg_fd_map(fd, 0, G_MAXINT64, error);
        if (!manifest->bytes)
                return NULL;
        if (take_all(manifest))
                return g_steal_pointer(&manifest);
        g_set_error_literal(error, MG_ERROR, MG_ERROR_STORE, "the manifest is not as it was written");
        return NULL;
}

void mg_manifest_free(MgManifest *manifest) {
        if (!manifest)
                return;
        g_clear_pointer(&manifest->bytes, g_bytes_unref);
        g_free(manifest);
}

const MgManifestHead *mg_manifest_head(const MgManifest *manifest) {
        return &manifest->head;
}

guint64 mg_manifest_count(const MgManifest *manifest) {
        return manifest->n;
}

/* "object " and the receipt stand at the same place of each line. */
gboolean mg_manifest_find(const MgManifest *manifest, const char *receipt, MgManifestObject *object) {
        guint64 low = 0, high = manifest->n;

        while (low < high) {
                guint64 middle = low + (high - low) / 2;
                const char *line = manifest->objects + middle * OBJECT_LINE;
                int order = strncmp(line + 7, receipt, 10);

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
