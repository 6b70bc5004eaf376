/* SPDX-License-Identifier: Apache-2.0 */
/*
 * grammar: the one definition of what may leave, as a check of bytes
 *
 * One scan; refuses whatever it does not know. Shares no code with what composes: it has its own readers of base64,
 * encoded words and ISO-2022-JP (grammar_decode.c), and asks base/ for classes and live links. Mends nothing, and
 * does not know what the mail was.
 */
#include "compose/grammar.h"

#include <string.h>

#include "base/error.h"
#include "base/link.h"
#include "base/receipt.h"
#include "base/text.h"
#include "compose/grammar_decode.h"
#include "compose/grammar_private.h"

#define LINE_OCTETS 998    /* RFC 5322 section 2.1.1 */
#define EASY_OCTETS 78     /* of a line in 7bit: what no relay folds */
#define FIELD_OCTETS 60000 /* Postfix cuts longer ones (trap 10) */
#define BASE64_LINE 76
#define NOTICE_OCTETS (2 * 1024 * 1024) /* what may stand below a body that is as long as limits.body */

/* Checks an unfolded value: NULL, or what is wrong with it. Static texts. */
typedef const char *(*Check)(MgGrammarScan *scan, const char *value);

/* --- pieces of values --------------------------------------------------------------------------------------------- */

static gboolean skip(const char **p, const char *token) {
        gsize n = strlen(token);

        if (strncmp(*p, token, n) != 0)
                return FALSE;
        *p += n;
        return TRUE;
}

/* Takes the characters up to one of the ends, at least one, as a text of the class. */
static gboolean take_class(const char **p, const char *ends, MgClass class) {
        gsize n = strcspn(*p, ends);
        gboolean fits = n > 0 && mg_text_is(*p, n, class) && !g_strstr_len(*p, (gssize)n, "=?");

        *p += n;
        return fits;
}

static gboolean take_number(const char **p, guint digits, guint low, guint high, guint *value) {
        *value = 0;
        for (guint i = 0; i < digits; i++) {
                if (!g_ascii_isdigit(**p))
                        return FALSE;
                *value = *value * 10 + (guint)(*(*p)++ - '0');
        }
        return *value >= low && *value <= high;
}

static gboolean take_name(const char **p, const char *const *names) {
        for (; *names; names++)
                if (skip(p, *names))
                        return TRUE;
        return FALSE;
}

/* "Fri, 20 Nov 2026 13:20:00 +0900" */
static gboolean take_date(const char **p) {
        static const char *const days[] = {"Mon, ", "Tue, ", "Wed, ", "Thu, ", "Fri, ", "Sat, ", "Sun, ", NULL};
        static const char *const months[] = {" Jan ", " Feb ", " Mar ", " Apr ", " May ", " Jun ", " Jul ",
                                             " Aug ", " Sep ", " Oct ", " Nov ", " Dec ", NULL};
        guint value;
        gboolean short_day;

        if (!take_name(p, days))
                return FALSE;
        short_day = g_ascii_isdigit((*p)[0]) && !g_ascii_isdigit((*p)[1]);
        return take_number(p, short_day ? 1 : 2, 1, 31, &value) && take_name(p, months) &&
               take_number(p, 4, 1969, 9999, &value) && skip(p, " ") && take_number(p, 2, 0, 23, &value) &&
               skip(p, ":") && take_number(p, 2, 0, 59, &value) && skip(p, ":") && take_number(p, 2, 0, 60, &value) &&
               (skip(p, " +") || skip(p, " -")) && take_number(p, 2, 0, 23, &value) && take_number(p, 2, 0, 59, &value);
}

/* Encoded words in a row, appended decoded to text. FALSE where one is none. */
static gboolean take_encoded_words(const char **p, GString *text) {
        do {
                gsize n = strcspn(*p, " ");

                if (!mg_decode_word(*p, n, text))
                        return FALSE;
                *p += n;
        } while (g_str_has_prefix(*p, " =?") && skip(p, " "));
        return TRUE;
}

static gboolean take_quoted(const char **p) {
        const char *begin = *p;

        if (!skip(p, "\""))
                return FALSE;
        while (**p && **p != '"') {
                if (**p == '\\' && (*p)[1] != '"' && (*p)[1] != '\\')
                        return FALSE;
                *p += **p == '\\' ? 2 : 1;
        }
        return !g_strstr_len(begin, *p - begin, "=?") && skip(p, "\"");
}

/* A display name with the blank after it, or nothing. */
static gboolean take_phrase(const char **p) {
        g_autoptr(GString) text = g_string_new(NULL);

        if (**p == '<')
                return TRUE;
        if (**p == '"')
                return take_quoted(p) && skip(p, " ");
        return take_encoded_words(p, text) && mg_text_is(text->str, text->len, MG_CLASS_LINE) && skip(p, " ");
}

/* The address between angle brackets; the local part quoted exactly where it is no dot-atom. */
static gboolean take_address(const char **p) {
        gsize n = strcspn(*p, ">");
        g_autofree char *address = g_strndup(*p, n);
        char *at = strchr(address, '@'), *local = address;
        gboolean dots;

        *p += n;
        if (!at || at == local)
                return FALSE;
        if (*local == '"' && at > local + 2 && at[-1] == '"') {
                memmove(at - 1, at, strlen(at) + 1);
                local++;
                at--; /* now at the "@" again */
        }
        dots = *local == '.' || at[-1] == '.' || g_strstr_len(local, at - local, "..");
        return *local && dots == (local != address) && mg_text_is(local, strlen(local), MG_CLASS_ADDRESS) &&
               !strstr(local, "=?");
}

/* --- values ------------------------------------------------------------------------------------------------------- */

static const char *check_mailboxes(MgGrammarScan *scan, const char *value) {
        const char *p = value;
        guint64 count = 0;

        do {
                if (count > 0 && !skip(&p, " "))
                        return "no blank after a comma";
                if (++count > scan->policy->limits.addresses)
                        return "too many addresses";
                if (!take_phrase(&p))
                        return "display name";
                if (!skip(&p, "<") || !take_address(&p) || !skip(&p, ">"))
                        return "address";
        } while (skip(&p, ","));
        return *p ? "something after an address" : NULL;
}

static const char *check_mailbox(MgGrammarScan *scan, const char *value) {
        const char *p = value;

        if (!take_phrase(&p) || !skip(&p, "<") || !take_address(&p) || !skip(&p, ">"))
                return "address";
        return *p ? "more than one address" : NULL;
}

/* Words and encoded words, parted by single blanks; what it says is of class LINE. */
static const char *check_text(MgGrammarScan *scan, const char *value) {
        g_autoptr(GString) text = g_string_new(NULL);
        const char *p = value;

        do {
                gsize n = strcspn(p, " ");

                if (text->len > 0)
                        g_string_append_c(text, ' ');
                if (n == 0)
                        return "two blanks, or one at an end";
                if (g_str_has_prefix(p, "=?")) {
                        if (!take_encoded_words(&p, text))
                                return "encoded word";
                        continue;
                }
                if (g_strstr_len(p, (gssize)n, "=?"))
                        return "a word that could be taken for an encoded one";
                g_string_append_len(text, p, (gssize)n);
                p += n;
        } while (skip(&p, " "));
        return mg_text_is(text->str, text->len, MG_CLASS_LINE) ? NULL : "characters that may not cross";
}

static const char *check_id(MgGrammarScan *scan, const char *value) {
        const char *p = value;

        return skip(&p, "<") && take_class(&p, ">", MG_CLASS_MSGID) && skip(&p, ">") && !*p ? NULL : "message id";
}

static const char *check_ids(MgGrammarScan *scan, const char *value) {
        const char *p = value;
        guint64 count = 0;

        do {
                if (++count > scan->policy->limits.references)
                        return "too many message ids";
                if (!skip(&p, "<") || !take_class(&p, ">", MG_CLASS_MSGID) || !skip(&p, ">"))
                        return "message id";
        } while (skip(&p, " "));
        return *p ? "something after a message id" : NULL;
}

static const char *check_token(MgGrammarScan *scan, const char *value) {
        return mg_text_is(value, strlen(value), MG_CLASS_TOKEN) ? NULL : "no token";
}

static const char *check_list_id(MgGrammarScan *scan, const char *value) {
        const char *p = value;

        return take_phrase(&p) && skip(&p, "<") && take_class(&p, ">", MG_CLASS_HOST) && skip(&p, ">") && !*p
                       ? NULL
                       : "list id";
}

static const char *check_date(MgGrammarScan *scan, const char *value) {
        const char *p = value;

        return take_date(&p) && !*p ? NULL : "date";
}

static const char *check_received(MgGrammarScan *scan, const char *value) {
        static const char *const clauses[] = {"from ", "by ", "with ", "id "};
        const char *p = value;
        guint taken = 0;

        for (gsize i = 0; i < G_N_ELEMENTS(clauses); i++) {
                if (!skip(&p, clauses[i]))
                        continue;
                if (!take_class(&p, " ;", MG_CLASS_HOST))
                        return "clause";
                taken++;
                if (*p == ' ')
                        p++;
                else
                        break;
        }
        return taken > 0 && p[-1] != ' ' && skip(&p, "; ") && take_date(&p) && !*p ? NULL : "hop";
}

static const char *check_sanitized(MgGrammarScan *scan, const char *value) {
        static const char *const words[] = {"DEL_ATTACH", "CHG_TEXT", "REP_LINK"};
        const char *p = value;

        if (scan->files > 0 && !scan->kept)
                return "is not true of files";
        for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
                if (skip(&p, words[i]) && *p)
                        if (!skip(&p, " "))
                                return "word";
        return *p || p == value || p[-1] == ' ' ? "word" : NULL;
}

static const char *check_receipt(MgGrammarScan *scan, const char *value) {
        g_autofree char *receipt = mg_receipt_read(value, NULL);

        return receipt && g_str_equal(receipt, value) ? NULL : "no receipt number";
}

static const char *check_mime_version(MgGrammarScan *scan, const char *value) {
        return g_str_equal(value, "1.0") ? NULL : "no version of ours";
}

static const char *check_content_type(MgGrammarScan *scan, const char *value) {
        if (scan->files > 0)
                return g_str_equal(value, "multipart/mixed; boundary=\"" MG_SCAN_BOUNDARY "\"") ? NULL
                                                                                                : "no type of ours";
        scan->jis = g_str_equal(value, "text/plain; charset=iso-2022-jp");
        if (scan->jis)
                return scan->policy->charset == MG_CHARSET_ISO_2022_JP ? NULL : "no charset of this policy";
        return g_str_equal(value, "text/plain; charset=utf-8") ? NULL : "no type of ours";
}

static const char *check_encoding(MgGrammarScan *scan, const char *value) {
        if (scan->files > 0)
                return "belongs to the parts"; /* RFC 2045 section 6.4 */
        scan->base64 = g_str_equal(value, "base64");
        return scan->base64 || g_str_equal(value, "7bit") ? NULL : "no encoding of ours";
}

/* --- fields ------------------------------------------------------------------------------------------------------- */

typedef struct Row {
        const char *name;
        Check check;
        gboolean required;
} Row;

/* All that may stand in a header; each once but the first. */
static const Row rows[] = {
        {"Received", check_received, FALSE},
        {"From", check_mailboxes, TRUE},
        {"Sender", check_mailbox, FALSE},
        {"Reply-To", check_mailboxes, FALSE},
        {"To", check_mailboxes, FALSE},
        {"Cc", check_mailboxes, FALSE},
        {"Subject", check_text, FALSE},
        {"Message-ID", check_id, TRUE},
        {"In-Reply-To", check_ids, FALSE},
        {"References", check_ids, FALSE},
        {"Auto-Submitted", check_token, FALSE},
        {"Precedence", check_token, FALSE},
        {"List-Id", check_list_id, FALSE},
        {"Date", check_date, TRUE},
        {"X-Mail-Sanitized", check_sanitized, FALSE},
        {"X-Mugai-Receipt", check_receipt, TRUE},
        {"MIME-Version", check_mime_version, TRUE},
        {"Content-Type", check_content_type, TRUE},
        {"Content-Transfer-Encoding", check_encoding, TRUE},
};

gboolean mg_grammar_scan_refuse(GError **error, const char *where, const char *fault) {
        g_set_error(error, MG_ERROR, MG_ERROR_GRAMMAR, "%s: %s", where, fault);
        return FALSE;
}

gssize mg_grammar_scan_line(const MgGrammarScan *scan) {
        for (gsize i = 0; i <= LINE_OCTETS && scan->at + i + 1 < scan->n; i++) {
                const char *p = scan->data + scan->at + i;

                if (p[0] == '\r' && p[1] == '\n')
                        return (gssize)i;
                if (*p < 0x20 || *p >= 0x7F)
                        return -1;
        }
        return -1;
}

static gssize find_row(const char *name, gsize n) {
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                if (strlen(rows[i].name) == n && memcmp(rows[i].name, name, n) == 0)
                        return (gssize)i;
        return -1;
}

/* The field at scan->at with its folded lines: value unfolded into text, as written into *field. */
static gboolean read_field(MgGrammarScan *scan, gsize row, GString *text, MgGrammarField *field, GError **error) {
        gsize begin = scan->at + strlen(rows[row].name) + 2, skipped = strlen(rows[row].name) + 2;

        if (memcmp(scan->data + begin - 2, ": ", 2) != 0)
                return mg_grammar_scan_refuse(error, rows[row].name, "no blank after the colon");
        field->name = rows[row].name;
        field->value = scan->data + begin;
        g_string_truncate(text, 0);
        do {
                gssize n = mg_grammar_scan_line(scan);

                if (n < 0)
                        return mg_grammar_scan_refuse(error, rows[row].name,
                                                      "a line that is too long or not printable ASCII");
                if ((gsize)n <= skipped || scan->data[scan->at + skipped] == ' ' ||
                    scan->data[scan->at + (gsize)n - 1] == ' ')
                        return mg_grammar_scan_refuse(error, rows[row].name, "blanks where none belong");
                if (text->len > 0)
                        g_string_append_c(text, ' ');
                g_string_append_len(text, scan->data + scan->at + skipped, n - (gssize)skipped);
                scan->at += (gsize)n + 2;
                field->n = (gsize)(scan->data + scan->at - 2 - field->value);
                if (field->n > FIELD_OCTETS)
                        return mg_grammar_scan_refuse(error, rows[row].name, "too long");
                skipped = 1;
        } while (scan->at < scan->n && scan->data[scan->at] == ' ');
        return TRUE;
}

static gboolean read_header(MgGrammarScan *scan, GArray *fields, GError **error) {
        guint64 counts[G_N_ELEMENTS(rows)] = {0};
        g_autoptr(GString) text = g_string_new(NULL);

        while (scan->at + 1 < scan->n && memcmp(scan->data + scan->at, "\r\n", 2) != 0) {
                gssize length = mg_grammar_scan_line(scan);
                const char *colon = length > 0 ? memchr(scan->data + scan->at, ':', (gsize)length) : NULL;
                gssize row = colon && colon[1] == ' '
                                     ? find_row(scan->data + scan->at, (gsize)(colon - scan->data) - scan->at)
                                     : -1;
                MgGrammarField field;
                const char *fault;

                if (row < 0)
                        return mg_grammar_scan_refuse(error, "header", "a line that is no field of ours");
                if (++counts[row] > (row == 0 ? scan->policy->limits.hops : 1))
                        return mg_grammar_scan_refuse(error, rows[row].name, "stands too often");
                if (!read_field(scan, (gsize)row, text, &field, error))
                        return FALSE;
                fault = rows[row].check(scan, text->str);
                if (fault)
                        return mg_grammar_scan_refuse(error, rows[row].name, fault);
                g_array_append_val(fields, field);
                if (scan->at > scan->policy->limits.header_bytes)
                        return mg_grammar_scan_refuse(error, "header", "too long");
        }
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                if (rows[i].required && counts[i] == 0 && !(scan->files > 0 && rows[i].check == check_encoding))
                        return mg_grammar_scan_refuse(error, rows[i].name, "is missing");
        if (scan->at + 1 >= scan->n)
                return mg_grammar_scan_refuse(error, "header", "no empty line after it");
        scan->at += 2;
        return TRUE;
}

/* --- body --------------------------------------------------------------------------------------------------------- */

gboolean mg_grammar_scan_join_base64(const char *body, gsize n, GString *out) {
        while (n > 0) {
                const char *end = memchr(body, '\r', MIN(n, BASE64_LINE + 1));
                gsize line = end ? (gsize)(end - body) : 0;

                if (line == 0 || line + 2 > n || end[1] != '\n')
                        return FALSE;
                g_string_append_len(out, body, (gssize)line);
                body += line + 2;
                n -= line + 2;
                if (line != BASE64_LINE && n > 0)
                        return FALSE;
        }
        return out->len > 0;
}

/* CRLF becomes LF; FALSE at a bare CR or LF, at a line of more than max octets, and where the last line has no end. */
static gboolean unix_lines(const GString *in, gsize max, GString *out) {
        const char *s = in->str, *end = in->str + in->len;

        while (s < end) {
                const char *cr = memchr(s, '\r', MIN((gsize)(end - s), max + 1));

                if (!cr || cr + 1 == end || cr[1] != '\n' || memchr(s, '\n', (gsize)(cr - s)))
                        return FALSE;
                g_string_append_len(out, s, cr - s);
                g_string_append_c(out, '\n');
                s = cr + 2;
        }
        return TRUE;
}

static gboolean is_short_ascii(const char *body, gsize n) {
        for (gsize i = 0; i < n; i++)
                if ((body[i] < 0x20 && body[i] != '\t' && body[i] != '\r' && body[i] != '\n') || body[i] >= 0x7F)
                        return FALSE;
        return TRUE;
}

/* The octets of one blank at s: ASCII, or one of the wide and narrow ones of Unicode; 0 where there is none. */
static gsize blank_at(const char *s) {
        gunichar c = (guint8)*s;

        if (c < 0x80)
                return c == ' ' || c == '\t' ? 1 : 0;
        c = g_utf8_get_char(s);
        return g_unichar_type(c) == G_UNICODE_SPACE_SEPARATOR ? (gsize)g_unichar_to_utf8(c, NULL) : 0;
}

/*
 * Whether a mail client would begin to rebuild a file at this line, its blanks in front skipped: uuencode and its
 * base64 form, yEnc, BinHex. Reads "begin" as a pattern: b blank, B a run of blanks, 0 a run of digits, x what
 * is no blank.
 */
static gboolean matches(const char *s, const char *pattern) {
        for (; *pattern; pattern++) {
                gsize n = 0;

                if (*pattern == 'b' || *pattern == 'B') {
                        n = blank_at(s);
                        for (gsize more = n; *pattern == 'B' && more > 0; n += more)
                                more = blank_at(s + n);
                } else if (*pattern == '0') {
                        n = strspn(s, "0123456789");
                } else {
                        n = *s != '\n' && *s != '\0' && blank_at(s) == 0 ? 1 : 0;
                }
                if (n == 0)
                        return FALSE;
                s += n;
        }
        return TRUE;
}

static gboolean begins_file(const char *line) {
        static const char *const words[] = {"begin-base64", "begin"};
        gsize n;

        while ((n = blank_at(line)) > 0)
                line += n;
        if (g_ascii_strncasecmp(line, "=ybegin ", 8) == 0 ||
            g_ascii_strncasecmp(line, "(this file must be converted with binhex", 40) == 0)
                return TRUE;
        for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
                n = strlen(words[i]);
                if (g_ascii_strncasecmp(line, words[i], n) == 0)
                        return matches(line + n, "B0Bx") || matches(line + n, "bBx");
        }
        return FALSE;
}

static gboolean has_file(const char *text) {
        for (const char *line = text; line; line = *line ? line + 1 : NULL) {
                if (begins_file(line))
                        return TRUE;
                line = strchrnul(line, '\n');
        }
        return FALSE;
}

gboolean mg_grammar_scan_text(const MgGrammarScan *scan, const char *body, gsize n, GError **error) {
        g_autoptr(GString) octets = g_string_new(NULL), lines = g_string_new(NULL), text = g_string_new(NULL);

        if (scan->base64) {
                g_autoptr(GString) joined = g_string_sized_new(n);

                if (!mg_grammar_scan_join_base64(body, n, joined) ||
                    !mg_decode_base64(joined->str, joined->len, octets))
                        return mg_grammar_scan_refuse(error, "body", "not strict base64");
        } else if (!is_short_ascii(body, n)) {
                return mg_grammar_scan_refuse(error, "body", "not 7bit");
        } else {
                g_string_append_len(octets, body, (gssize)n);
        }
        if (octets->len > 3 * scan->policy->limits.body + NOTICE_OCTETS)
                return mg_grammar_scan_refuse(error, "body", "too long");
        if (!unix_lines(octets, scan->base64 ? LINE_OCTETS : EASY_OCTETS, lines))
                return mg_grammar_scan_refuse(error, "body", "a line too long, without its end, or a bare CR or LF");
        if (!scan->jis)
                g_string_append_len(text, lines->str, (gssize)lines->len);
        else if (!mg_decode_jis(lines->str, lines->len, text))
                return mg_grammar_scan_refuse(error, "body", "not strict ISO-2022-JP");
        if (!mg_text_is(text->str, text->len, MG_CLASS_TEXT))
                return mg_grammar_scan_refuse(error, "body", "characters that may not cross");
        if (has_file(text->str))
                return mg_grammar_scan_refuse(error, "body", "a file in the text");
        if (scan->policy->links != MG_LINKS_TEXT && mg_link_find_live(text->str, text->len) >= 0)
                return mg_grammar_scan_refuse(error, "body", "a live link");
        return TRUE;
}

void mg_grammar_view_free(MgGrammarView *view) {
        if (!view)
                return;
        g_bytes_unref(view->message);
        g_array_unref(view->fields);
        g_free(view);
}

static MgGrammarView *check(GBytes *message, const MgPolicy *policy, guint files, const GArray *kept, GError **error) {
        g_autoptr(MgGrammarView) view = g_new0(MgGrammarView, 1);
        MgGrammarScan scan = {.policy = policy, .files = files, .kept = kept};

        scan.data = g_bytes_get_data(message, &scan.n);
        view->message = g_bytes_ref(message);
        view->fields = g_array_new(FALSE, FALSE, sizeof(MgGrammarField));
        if (!read_header(&scan, view->fields, error))
                return NULL;
        view->body = scan.data + scan.at;
        view->body_size = scan.n - scan.at;
        if (files > 0 ? !mg_grammar_scan_files(&scan, error)
                      : !mg_grammar_scan_text(&scan, view->body, view->body_size, error))
                return NULL;
        return g_steal_pointer(&view);
}

MgGrammarView *mg_grammar_check(GBytes *message, const MgPolicy *policy, GError **error) {
        return check(message, policy, 0, NULL, error);
}

MgGrammarView *mg_grammar_check_files(GBytes *message, const MgPolicy *policy, guint files, GError **error) {
        g_assert(files > 0);
        return check(message, policy, files, NULL, error);
}

MgGrammarView *mg_grammar_check_kept(GBytes *message, const MgPolicy *policy, const GArray *files, GError **error) {
        g_assert(files->len > 0);
        return check(message, policy, files->len, files, error);
}
