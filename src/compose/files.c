/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parts of a mail with files, and names that can be saved. Looks at no octet of a file.
 */
#include "compose/files.h"

#include <string.h>

#include "base/text.h"
#include "compose/encode.h"

/* What one system or another takes for more than a letter of a name. */
#define SPECIAL "/\\:*?\"<>|"
/* Characters of an extension that is kept where a name is cut. */
#define EXTENSION_MAX 16
/* Octets of one piece of an extended parameter (RFC 2231 section 3). */
#define PIECE_OCTETS 50

MgOutgoingFile *mg_outgoing_file_new(const char *name, GBytes *content) {
        MgOutgoingFile *file = g_new0(MgOutgoingFile, 1);

        file->name = g_strdup(name);
        file->type = "application/octet-stream";
        file->content = g_bytes_ref(content);
        return file;
}

void mg_outgoing_file_free(MgOutgoingFile *file) {
        if (!file)
                return;
        g_free(file->name);
        g_bytes_unref(file->content);
        g_free(file);
}

/* CON, NUL, COM1 and their like, with any extension. */
static gboolean is_device(const char *name) {
        static const char *const devices[] = {"con", "prn", "aux", "nul", NULL};
        g_autofree char *stem = g_ascii_strdown(name, (gssize)strcspn(name, "."));

        g_strchomp(stem);
        return g_strv_contains(devices, stem) ||
               (strlen(stem) == 4 && (g_str_has_prefix(stem, "com") || g_str_has_prefix(stem, "lpt")) &&
                g_ascii_isdigit(stem[3]));
}

/* Cuts between characters, and keeps a short extension. */
static void cut(GString *name) {
        const char *dot = strrchr(name->str, '.');
        g_autofree char *extension = g_strdup(dot && strlen(dot) <= EXTENSION_MAX ? dot : "");
        gsize n = MG_FILES_NAME_MAX - strlen(extension);

        if (name->len <= MG_FILES_NAME_MAX)
                return;
        g_string_truncate(name, mg_text_whole(name->str, name->len, n));
        g_string_append(name, extension);
}

static gboolean is_edge(const char *p) {
        return *p == '.' || g_unichar_isspace(g_utf8_get_char(p));
}

/* Dots and blanks of any kind at both ends: hidden files, and what Windows leaves out. */
static void trim(GString *name) {
        while (name->len > 0 && is_edge(name->str))
                g_string_erase(name, 0, g_utf8_next_char(name->str) - name->str);
        while (name->len > 0) {
                const char *last = g_utf8_find_prev_char(name->str, name->str + name->len);

                if (!is_edge(last))
                        return;
                g_string_truncate(name, (gsize)(last - name->str));
        }
}

char *mg_files_name(const char *name, guint number) {
        g_autofree char *clean = mg_text_clean(name, strlen(name), MG_CLASS_LINE, 0, NULL);
        GString *out = g_string_new(g_strdelimit(clean, SPECIAL, '_'));

        trim(out);
        cut(out);
        trim(out);
        if (is_device(out->str))
                g_string_prepend_c(out, '_');
        if (out->len == 0)
                g_string_printf(out, "file-%u", number);
        return g_string_free(out, FALSE);
}

char *mg_files_unique_name(const char *name, guint number, GHashTable *taken) {
        g_autofree char *safe = mg_files_name(name, number);
        const char *dot = strrchr(safe, '.');
        gsize stem = dot && dot > safe ? (gsize)(dot - safe) : strlen(safe);

        for (guint copy = 1;; copy++) {
                g_autofree char *found =
                        copy == 1 ? g_strdup(safe) : g_strdup_printf("%.*s (%u)%s", (int)stem, safe, copy, safe + stem);

                if (g_hash_table_add(taken, g_utf8_casefold(found, -1)))
                        return g_steal_pointer(&found);
        }
}

static gboolean is_ascii(const char *name) {
        for (; *name; name++)
                if ((guint8)*name >= 0x80)
                        return FALSE;
        return TRUE;
}

/* name="..." of Content-Type, by encoded words where it has to be: readers that know no RFC 2231 take it from here. */
static void put_type(GString *out, const char *type, const char *name) {
        MgFieldWriter writer = {.out = out};
        g_autofree char *first = g_strconcat(type, ";", NULL);
        gsize begin;

        mg_field_begin(&writer, "Content-Type");
        mg_field_token(&writer, first);
        if (is_ascii(name)) {
                g_autofree char *token = g_strdup_printf("name=\"%s\"", name);

                mg_field_token(&writer, token);
                mg_field_end(&writer);
                return;
        }
        g_string_append(out, "\r\n name=\"");
        begin = out->len;
        writer.line = out->len - strlen(" name=\"");
        mg_field_words(&writer, name);
        /* The writer puts a blank before its first word; here the quote stands in its place. */
        g_string_erase(out, (gssize)begin, 1);
        g_string_append_c(out, '"');
        mg_field_end(&writer);
}

static void append_percent(GString *piece, guint8 octet) {
        if (g_ascii_isalnum(octet) || strchr("-_.", octet))
                g_string_append_c(piece, (char)octet);
        else
                g_string_append_printf(piece, "%%%02X", octet);
}

/* filename*0*=UTF-8''...; filename*1*=... (RFC 2231), pieces of whole characters; or filename="..." in ASCII. */
static void put_disposition(GString *out, const char *name) {
        MgFieldWriter writer = {.out = out};
        guint number = 0;

        mg_field_begin(&writer, "Content-Disposition");
        mg_field_token(&writer, "attachment;");
        if (is_ascii(name)) {
                g_autofree char *token = g_strdup_printf("filename=\"%s\"", name);

                mg_field_token(&writer, token);
        }
        for (const char *p = is_ascii(name) ? "" : name; *p;) {
                g_autoptr(GString) piece = g_string_new(NULL);

                g_string_printf(piece, "filename*%u*=%s", number, number == 0 ? "UTF-8''" : "");
                while (*p && piece->len < PIECE_OCTETS)
                        for (const char *next = g_utf8_next_char(p); p < next; p++)
                                append_percent(piece, (guint8)*p);
                if (*p)
                        g_string_append_c(piece, ';');
                mg_field_token(&writer, piece->str);
                number++;
        }
        mg_field_end(&writer);
}

static void put_part(GString *out, const MgOutgoingFile *file) {
        gsize n;
        const char *data = g_bytes_get_data(file->content, &n);

        g_string_append(out, "--" MG_FILES_BOUNDARY "\r\n");
        put_type(out, file->type, file->name);
        put_disposition(out, file->name);
        g_string_append(out, "Content-Transfer-Encoding: base64\r\n\r\n");
        mg_encode_base64(data, n, out);
}

void mg_files_put(GString *out, const char *type, const char *text, gsize n, const GPtrArray *files) {
        g_string_append_printf(out,
                               "--" MG_FILES_BOUNDARY "\r\n"
                               "Content-Type: %s\r\n"
                               "Content-Transfer-Encoding: base64\r\n\r\n",
                               type);
        mg_encode_base64(text, n, out);
        for (guint i = 0; i < files->len; i++)
                put_part(out, g_ptr_array_index(files, i));
        g_string_append(out, "--" MG_FILES_BOUNDARY "--\r\n");
}
