/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of a mail with files, as a check of bytes: one spelling of each field, in one order. Shares no code with
 * files.c, which writes them. What a released file is, is not looked at: people decided on it. What is kept has to be
 * what was decided on, to the octet.
 */
#include <string.h>

#include "base/digest.h"
#include "base/text.h"
#include "compose/grammar_decode.h"
#include "compose/grammar_private.h"

#define NAME_OCTETS 240
#define DELIMITER "--" MG_SCAN_BOUNDARY

static gboolean skip(const char **p, const char *token) {
        gsize n = strlen(token);

        if (strncmp(*p, token, n) != 0)
                return FALSE;
        *p += n;
        return TRUE;
}

/* Whether the line at scan->at is this one; goes behind it. */
static gboolean take_line(MgGrammarScan *scan, const char *line) {
        gssize n = mg_grammar_scan_line(scan);

        if (n != (gssize)strlen(line) || memcmp(scan->data + scan->at, line, (gsize)n) != 0)
                return FALSE;
        scan->at += (gsize)n + 2;
        return TRUE;
}

/* The field at scan->at, its folded lines joined by a blank each; goes behind it. NULL where a line is none. */
static char *take_field(MgGrammarScan *scan) {
        g_autoptr(GString) field = g_string_new(NULL);

        do {
                gssize n = mg_grammar_scan_line(scan);

                if (n <= 0)
                        return NULL;
                g_string_append_len(field, scan->data + scan->at, n);
                scan->at += (gsize)n + 2;
        } while (scan->at < scan->n && scan->data[scan->at] == ' ');
        return g_string_free(g_steal_pointer(&field), FALSE);
}

/* Encoded words in a row, or plain ASCII without what would end a quoted string, up to the quote. */
static gboolean take_quoted_name(const char **p, GString *name) {
        gsize n = strcspn(*p, "\"\\");

        if ((*p)[n] != '"')
                return FALSE;
        if (!g_str_has_prefix(*p, "=?")) {
                g_string_append_len(name, *p, (gssize)n);
                *p += n;
                return !strstr(name->str, "=?") && skip(p, "\"");
        }
        do {
                gsize word = strcspn(*p, " \"");

                if (!mg_decode_word(*p, word, name))
                        return FALSE;
                *p += word;
        } while (skip(p, " "));
        return skip(p, "\"");
}

static gint hex_value(char c) {
        return g_ascii_isdigit(c) ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Letters, digits, "-", "_", "." and %XX, up to a semicolon or the end. */
static gboolean take_percent(const char **p, GString *name) {
        const char *begin = *p;

        for (; **p && **p != ';'; (*p)++) {
                if (g_ascii_isalnum(**p) || strchr("-_.", **p)) {
                        g_string_append_c(name, **p);
                        continue;
                }
                if (**p != '%' || hex_value((*p)[1]) < 0 || hex_value((*p)[2]) < 0)
                        return FALSE;
                g_string_append_c(name, (char)(hex_value((*p)[1]) * 16 + hex_value((*p)[2])));
                *p += 2;
        }
        return *p > begin;
}

static gboolean take_pieces(const char **p, GString *name) {
        for (guint number = 0;; number++) {
                g_autofree char *head = g_strdup_printf("filename*%u*=%s", number, number == 0 ? "UTF-8''" : "");

                if (!skip(p, head) || !take_percent(p, name))
                        return FALSE;
                if (!**p)
                        return TRUE;
                if (!skip(p, "; "))
                        return FALSE;
        }
}

/* A name under which it can be saved anywhere. */
static gboolean is_name(const GString *name) {
        return name->len > 0 && name->len <= NAME_OCTETS && mg_text_is(name->str, name->len, MG_CLASS_LINE) &&
               !strpbrk(name->str, "/\\:*?\"<>|") && *name->str != '.' && *name->str != ' ' &&
               name->str[name->len - 1] != '.' && name->str[name->len - 1] != ' ';
}

/* What the file in hand has to be, or NULL. */
static const MgGrammarFile *expected(const MgGrammarScan *scan, guint number) {
        return scan->kept ? &g_array_index(scan->kept, MgGrammarFile, number) : NULL;
}

static const char *check_type(const MgGrammarFile *file, const char *field, GString *name) {
        const char *p = field, *type = file ? file->type->sent : "application/octet-stream";

        if (!skip(&p, "Content-Type: ") || !skip(&p, type) || !skip(&p, "; name=\""))
                return "no type of ours";
        if (!take_quoted_name(&p, name) || *p || !is_name(name))
                return "name";
        return !file || mg_kept_type_names(file->type, name->str) ? NULL : "a name that does not fit the type";
}

static const char *check_disposition(const char *field, GString *name) {
        const char *p = field;

        if (!skip(&p, "Content-Disposition: attachment; "))
                return "no disposition of ours";
        if (skip(&p, "filename=\""))
                return take_quoted_name(&p, name) && !*p ? NULL : "name";
        return take_pieces(&p, name) && !*p ? NULL : "name";
}

/* The fields of a file, and the empty line below them. */
static gboolean read_fields(MgGrammarScan *scan, guint number, GError **error) {
        g_autoptr(GString) name = g_string_new(NULL), again = g_string_new(NULL);
        g_autofree char *type = take_field(scan);
        g_autofree char *disposition = type ? take_field(scan) : NULL;
        const char *fault;

        if (!disposition)
                return mg_grammar_scan_refuse(error, "file", "a line that is too long or not printable ASCII");
        fault = check_type(expected(scan, number), type, name);
        if (fault)
                return mg_grammar_scan_refuse(error, "Content-Type of a file", fault);
        fault = check_disposition(disposition, again);
        if (fault)
                return mg_grammar_scan_refuse(error, "Content-Disposition of a file", fault);
        if (!g_string_equal(name, again))
                return mg_grammar_scan_refuse(error, "file", "has two names");
        if (!take_line(scan, "Content-Transfer-Encoding: base64") || !take_line(scan, ""))
                return mg_grammar_scan_refuse(error, "file", "no encoding of ours");
        return TRUE;
}

/* Where the delimiter after scan->at begins, or the end: base64 has no hyphen. */
static gsize content_size(const MgGrammarScan *scan) {
        const char *at = scan->data + scan->at;
        const char *end = memchr(at, '-', scan->n - scan->at);

        return (gsize)((end ? end : scan->data + scan->n) - at);
}

static gboolean is_file(const MgGrammarFile *file, const GString *octets) {
        guint8 digest[32];

        mg_digest(octets->str, octets->len, digest);
        return octets->len == file->size && memcmp(digest, file->sha256, sizeof digest) == 0 &&
               mg_kept_type_begins(file->type, octets->str, octets->len);
}

static gboolean read_content(MgGrammarScan *scan, guint number, GError **error) {
        const MgGrammarFile *file = expected(scan, number);
        gsize n = content_size(scan);
        g_autoptr(GString) joined = g_string_sized_new(n + 1), octets = g_string_sized_new(n / 4 * 3 + 3);

        /* An empty file has no line. */
        if (n > 0 && (!mg_grammar_scan_join_base64(scan->data + scan->at, n, joined) ||
                      !mg_decode_base64(joined->str, joined->len, octets)))
                return mg_grammar_scan_refuse(error, "file", "not strict base64");
        if (octets->len > scan->policy->limits.mail_size)
                return mg_grammar_scan_refuse(error, "file", "larger than a mail");
        if (file && !is_file(file, octets))
                return mg_grammar_scan_refuse(error, "file", "other octets than those that were decided on");
        scan->at += n;
        return TRUE;
}

/* ISO-2022-JP where the policy says so, but in released mail. */
static gboolean take_text_type(MgGrammarScan *scan) {
        if (take_line(scan, "Content-Type: text/plain; charset=utf-8"))
                return TRUE;
        scan->jis = scan->kept && scan->policy->charset == MG_CHARSET_ISO_2022_JP &&
                    take_line(scan, "Content-Type: text/plain; charset=iso-2022-jp");
        return scan->jis;
}

static gboolean read_text(MgGrammarScan *scan, GError **error) {
        gsize n;

        if (!take_line(scan, DELIMITER) || !take_text_type(scan) ||
            !take_line(scan, "Content-Transfer-Encoding: base64") || !take_line(scan, ""))
                return mg_grammar_scan_refuse(error, "body", "the first part is not the text");
        scan->base64 = TRUE;
        n = content_size(scan);
        if (!mg_grammar_scan_text(scan, scan->data + scan->at, n, error))
                return FALSE;
        scan->at += n;
        return TRUE;
}

gboolean mg_grammar_scan_files(MgGrammarScan *scan, GError **error) {
        if (!read_text(scan, error))
                return FALSE;
        for (guint i = 0; i < scan->files; i++) {
                if (!take_line(scan, DELIMITER))
                        return mg_grammar_scan_refuse(error, "body", "fewer files than there should be");
                if (!read_fields(scan, i, error) || !read_content(scan, i, error))
                        return FALSE;
        }
        if (!take_line(scan, DELIMITER "--") || scan->at != scan->n)
                return mg_grammar_scan_refuse(error, "body", "something behind the last file");
        return TRUE;
}
