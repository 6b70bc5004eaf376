/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The texts that people read: notice.ja.conf and notice.en.conf -> MgPolicy.texts. Checks that every text is there,
 * is of class TEXT and names only values that it will be given. Fills in no value: compose does.
 */
#include "config/notice.h"

#include <string.h>

#include "base/text.h"
#include "config/syntax.h"

typedef struct TextRow {
        const char *key;
        const char *values; /* "{count}" or "{name} {type} {size}" */
} TextRow;

static const TextRow rows[_MG_TEXT_N] = {
#define TEXT_ROW(key, values) {#key, values},
        MG_TEXTS(TEXT_ROW)
#undef TEXT_ROW
};

static const char *const files[2] = {"notice.ja.conf", "notice.en.conf"};

static gint find_row(const char *key) {
        for (gint i = 0; i < _MG_TEXT_N; i++)
                if (strcmp(rows[i].key, key) == 0)
                        return i;
        return -1;
}

/* Whether each {...} of text is one of the row's values; else the faulty one is set. */
static gboolean check_values(const TextRow *row, const char *text, char **fault) {
        for (const char *open = strpbrk(text, "{}"); open != NULL; open = strpbrk(open, "{}")) {
                const char *close = *open == '{' ? strchr(open, '}') : NULL;
                g_autofree char *value = g_strndup(open, close != NULL ? (gsize)(close - open + 1) : 1);
                if (close == NULL || strstr(row->values, value) == NULL) {
                        *fault = g_steal_pointer(&value);
                        return FALSE;
                }
                open = close + 1;
        }
        return TRUE;
}

/* Lines of a body that imitate the fixed line are known by the whole of it: it must not be wrapped. */
static gboolean check_fixed_line(const char *name, const MgEntry *entry, GError **error) {
        guint columns = mg_text_columns_east(entry->value, strlen(entry->value));

        if (strchr(entry->value, '\n') == NULL && columns <= MG_NOTICE_COLUMNS)
                return TRUE;
        mg_syntax_error(error, name, entry->line,
                        "the text of \"%s\" has %u columns; it should be one line of at most %d (full-width characters "
                        "and ━ count 2)",
                        entry->key, columns, MG_NOTICE_COLUMNS);
        return FALSE;
}

static gboolean take_entry(const char *name, const MgEntry *entry, guint language, MgPolicy *policy, GError **error) {
        gint i = find_row(entry->key);
        if (i < 0) {
                mg_syntax_error(error, name, entry->line,
                                "there is no text \"%s\"; the shipped notice files have them all", entry->key);
                return FALSE;
        }
        if (!entry->quoted) {
                mg_syntax_error(error, name, entry->line, "the text of \"%s\" should stand in quotes", entry->key);
                return FALSE;
        }
        gsize n = strlen(entry->value);
        if (n > MG_NOTICE_TEXT_MAX) {
                mg_syntax_error(error, name, entry->line, "the text of \"%s\" has %zu octets; it may have %d",
                                entry->key, n, MG_NOTICE_TEXT_MAX);
                return FALSE;
        }
        if (!mg_text_is(entry->value, n, MG_CLASS_TEXT)) {
                mg_syntax_error(
                        error, name, entry->line,
                        "the text of \"%s\" holds a character that may not cross (a control, an invisible or a private "
                        "one); write plain text",
                        entry->key);
                return FALSE;
        }
        if (i == MG_TEXT_line && !check_fixed_line(name, entry, error))
                return FALSE;
        g_autofree char *fault = NULL;
        if (!check_values(&rows[i], entry->value, &fault)) {
                const char *known = *rows[i].values != '\0' ? rows[i].values : "none";
                mg_syntax_error(error, name, entry->line, "the text of \"%s\" has %s; the values that it may have: %s",
                                entry->key, fault, known);
                return FALSE;
        }
        g_free(policy->texts[language][i]);
        policy->texts[language][i] = g_strdup(entry->value);
        return TRUE;
}

static gboolean take_entries(const char *name, const GArray *entries, guint language, MgPolicy *policy,
                             GError **error) {
        gboolean there[_MG_TEXT_N] = {FALSE};
        guint last = 1;
        for (guint i = 0; i < entries->len; i++) {
                const MgEntry *entry = &g_array_index(entries, MgEntry, i);
                if (!take_entry(name, entry, language, policy, error))
                        return FALSE;
                there[find_row(entry->key)] = TRUE;
                last = entry->line;
        }
        for (gint i = 0; i < _MG_TEXT_N; i++)
                if (!there[i]) {
                        const char *values = *rows[i].values != '\0' ? rows[i].values : "none";
                        mg_syntax_error(error, name, last, "the text \"%s\" is missing; add it (values: %s)",
                                        rows[i].key, values);
                        return FALSE;
                }
        return TRUE;
}

gboolean mg_notice_parse(const char *name, const char *text, gsize n, guint language, MgPolicy *policy,
                         GError **error) {
        g_autoptr(GArray) entries = mg_syntax_parse(name, text, n, error);
        return entries != NULL && take_entries(name, entries, language, policy, error);
}

gboolean mg_notice_load(const char *dir, MgPolicy *policy, GError **error) {
        for (guint language = 0; language < G_N_ELEMENTS(files); language++) {
                g_autofree char *path = g_build_filename(dir, files[language], NULL);
                g_autoptr(GArray) entries = mg_syntax_read(path, error);
                if (entries == NULL || !take_entries(path, entries, language, policy, error))
                        return FALSE;
        }
        return TRUE;
}
