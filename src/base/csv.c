/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads CSV. Does not know what the columns mean, and guesses no separator: it is the comma.
 */
#include "base/csv.h"

#include <string.h>

#include "base/error.h"

typedef struct Parser {
        const char *at, *end;
        guint line;
} Parser;

void mg_csv_row_free(MgCsvRow *row) {
        if (!row)
                return;
        g_ptr_array_unref(row->fields);
        g_free(row);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgCsvRow, mg_csv_row_free)

static gboolean fail(GError **error, guint line, const char *text) {
        g_set_error(error, MG_ERROR, MG_ERROR_USAGE, "%u: %s", line, text);
        return FALSE;
}

static gboolean is_end_of_line(const Parser *parser) {
        return parser->at == parser->end || *parser->at == '\n' ||
               (*parser->at == '\r' && parser->at + 1 < parser->end && parser->at[1] == '\n');
}

/* Over the end of a line, if there is one here. */
static void pass_end_of_line(Parser *parser) {
        if (parser->at == parser->end)
                return;
        parser->at += *parser->at == '\r' ? 2 : 1;
        parser->line++;
}

/* From behind the first quote to behind the last. */
static gboolean read_quoted(Parser *parser, GString *field, GError **error) {
        guint begun = parser->line;

        for (; parser->at < parser->end; parser->at++) {
                if (*parser->at == '"' && (parser->at + 1 == parser->end || parser->at[1] != '"')) {
                        parser->at++;
                        return is_end_of_line(parser) || *parser->at == ',' ||
                               fail(error, parser->line,
                                    "a quoted field is followed by neither a comma nor a line end");
                }
                /* A doubled quote is one. */
                if (*parser->at == '"')
                        parser->at++;
                if (*parser->at == '\n')
                        parser->line++;
                g_string_append_c(field, *parser->at);
        }
        return fail(error, begun, "a quoted field has no end");
}

static gboolean read_field(Parser *parser, GString *field, GError **error) {
        if (parser->at < parser->end && *parser->at == '"') {
                parser->at++;
                return read_quoted(parser, field, error);
        }
        while (!is_end_of_line(parser) && *parser->at != ',') {
                if (*parser->at == '"')
                        return fail(error, parser->line,
                                    "a quote stands within a field: the whole field is quoted, and the quote doubled");
                g_string_append_c(field, *parser->at++);
        }
        return TRUE;
}

/* A copy without blanks around it; U+3000 is what Japanese input methods give for one. */
static char *strip(const char *text) {
        const char *end = text + strlen(text);

        while (*text && g_unichar_isspace(g_utf8_get_char(text)))
                text = g_utf8_next_char(text);
        while (end > text && g_unichar_isspace(g_utf8_get_char(g_utf8_prev_char(end))))
                end = g_utf8_prev_char(end);
        return g_strndup(text, (gsize)(end - text));
}

static MgCsvRow *read_row(Parser *parser, GError **error) {
        g_autoptr(MgCsvRow) row = g_new0(MgCsvRow, 1);

        row->line = parser->line;
        row->fields = g_ptr_array_new_with_free_func(g_free);
        for (;;) {
                g_autoptr(GString) field = g_string_new(NULL);

                if (!read_field(parser, field, error))
                        return NULL;
                g_ptr_array_add(row->fields, strip(field->str));
                if (is_end_of_line(parser))
                        break;
                parser->at++;
                if (row->fields->len == MG_CSV_FIELDS) {
                        fail(error, row->line, "the line has more than " G_STRINGIFY(MG_CSV_FIELDS) " fields");
                        return NULL;
                }
        }
        pass_end_of_line(parser);
        return g_steal_pointer(&row);
}

static gboolean is_blank(const MgCsvRow *row) {
        for (guint i = 0; i < row->fields->len; i++)
                if (*(const char *)g_ptr_array_index(row->fields, i))
                        return FALSE;
        return TRUE;
}

/* The line in which an octet stands. */
static guint line_of(const char *data, gsize at) {
        guint line = 1;

        for (gsize i = 0; i < at; i++)
                line += data[i] == '\n';
        return line;
}

/* The text as UTF-8; NULL with error. */
static char *decode(const char *data, gsize n, gsize *n_text, GError **error) {
        const char *wrong;
        gsize read = 0;
        char *text;

        if (n >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0) {
                data += 3;
                n -= 3;
        }
        if (n >= 2 && (memcmp(data, "\xFF\xFE", 2) == 0 || memcmp(data, "\xFE\xFF", 2) == 0)) {
                fail(error, 1, "the file is UTF-16: save it as CSV UTF-8");
                return NULL;
        }
        *n_text = n;
        if (g_utf8_validate_len(data, n, &wrong)) {
                text = g_malloc(n + 1);
                memcpy(text, data, n);
                return text;
        }
        if (memchr(data, '\0', n)) {
                fail(error, line_of(data, (gsize)(wrong - data)), "there is an octet 0: this is no text");
                return NULL;
        }
        text = g_convert(data, (gssize)n, "UTF-8", "CP932", &read, n_text, NULL);
        if (!text)
                fail(error, line_of(data, MIN(read, n)), "the text is neither UTF-8 nor Shift_JIS (CP932)");
        return text;
}

GPtrArray *mg_csv_read(const char *data, gsize n, GError **error) {
        g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)mg_csv_row_free);
        gsize n_text = 0;
        g_autofree char *text = decode(data, n, &n_text, error);
        Parser parser = {text, text + n_text, 1};

        if (!text)
                return NULL;
        while (parser.at < parser.end) {
                MgCsvRow *row = read_row(&parser, error);

                if (!row)
                        return NULL;
                if (is_blank(row))
                        mg_csv_row_free(row);
                else
                        g_ptr_array_add(rows, row);
        }
        return g_steal_pointer(&rows);
}
