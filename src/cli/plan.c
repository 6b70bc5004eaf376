/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pure half of sanitize: where results go, and the octets of a message.
 * Opens and writes nothing; looks at the disk only to see whether two names are one file.
 */
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "cli/sanitize.h"

static void item_free(gpointer data) {
        MgSanitizeItem *item = data;

        g_free(item->input);
        g_free(item->message);
        g_free(item->report);
        g_free(item);
}

/* "a/b.eml" and "a/b" are both b: what comes out is a mail again. */
static char *stem(const char *input) {
        g_autofree char *name = g_path_get_basename(input);
        gsize n = strlen(name);

        if (n > 4 && g_ascii_strcasecmp(name + n - 4, ".eml") == 0)
                name[n - 4] = '\0';
        return g_steal_pointer(&name);
}

static gboolean same_file(const char *a, const char *b) {
        struct stat one, other;

        return stat(a, &one) == 0 && stat(b, &other) == 0 && one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

static MgSanitizeItem *make_item(const char *input, const char *folder) {
        MgSanitizeItem *item = g_new0(MgSanitizeItem, 1);

        if (input != NULL && !g_str_equal(input, "-"))
                item->input = g_strdup(input);
        if (folder == NULL)
                return item;
        g_autofree char *name = item->input != NULL ? stem(item->input) : g_strdup("stdin");
        item->message = g_strdup_printf("%s/%s.eml", folder, name);
        item->report = g_strdup_printf("%s/%s.json", folder, name);
        return item;
}

GPtrArray *mg_sanitize_plan(char **inputs, const char *folder, GError **error) {
        g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func(item_free);
        g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
        guint n = g_strv_length(inputs);

        if (n > 1 && folder == NULL) {
                g_set_error(error, MG_ERROR, MG_ERROR_USAGE, "%u files need --output-dir FOLDER for what comes out", n);
                return NULL;
        }
        for (guint i = 0; i < MAX(n, 1); i++) {
                MgSanitizeItem *item = make_item(n > 0 ? inputs[i] : NULL, folder);
                g_ptr_array_add(items, item);
                if (folder == NULL)
                        continue;
                if (!g_hash_table_add(names, item->message)) {
                        g_set_error(error, MG_ERROR, MG_ERROR_USAGE,
                                    "two of the files would become %s: give them in two runs", item->message);
                        return NULL;
                }
                if (item->input != NULL &&
                    (same_file(item->input, item->message) || same_file(item->input, item->report))) {
                        g_set_error(error, MG_ERROR, MG_ERROR_USAGE,
                                    "%s would be written over: choose another --output-dir", item->input);
                        return NULL;
                }
        }
        return g_steal_pointer(&items);
}

static void append_lines(GString *out, const char *data, gsize n, gboolean crlf) {
        const char *at = data, *end = data + n;

        while (!crlf && at < end) {
                const char *cr = memchr(at, '\r', (gsize)(end - at));
                g_string_append_len(out, at, (cr != NULL ? cr : end) - at);
                at = cr != NULL ? cr + 1 : end;
        }
        g_string_append_len(out, at, end - at);
}

GString *mg_sanitize_message(const MgGrammarView *view, gboolean crlf) {
        GString *out = g_string_sized_new(view->body_size + 4096);
        const char *line_end = crlf ? "\r\n" : "\n";

        for (guint i = 0; i < view->fields->len; i++) {
                const MgGrammarField *field = &g_array_index(view->fields, MgGrammarField, i);
                g_string_append(out, field->name);
                g_string_append(out, ": ");
                append_lines(out, field->value, field->n, crlf);
                g_string_append(out, line_end);
        }
        g_string_append(out, line_end);
        append_lines(out, view->body, view->body_size, crlf);
        return out;
}
