/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The grammar of one field, read from front to back with one octet in sight. Nothing is decoded.
 */
#include "base/authentication.h"

#include <string.h>

typedef struct Scan {
        const char *at, *end;
        gboolean broken; /* a comment or a quoted word does not end */
} Scan;

static int look(const Scan *scan) {
        return scan->at < scan->end ? (guchar)*scan->at : -1;
}

static int take_octet(Scan *scan) {
        int c = look(scan);

        if (c >= 0)
                scan->at++;
        return c;
}

static gboolean is_blank(int c) {
        return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* From "(" to the one that closes it: they nest. */
static void skip_comment(Scan *scan) {
        gsize depth = 0;

        do {
                int c = take_octet(scan);

                if (c == '\\')
                        take_octet(scan);
                else if (c == '(')
                        depth++;
                else if (c == ')')
                        depth--;
                else if (c < 0)
                        scan->broken = TRUE;
        } while (depth > 0 && !scan->broken);
}

/* CFWS, RFC 5322 section 3.2.2. */
static void skip_blanks(Scan *scan) {
        while (is_blank(look(scan)) || look(scan) == '(')
                if (look(scan) == '(')
                        skip_comment(scan);
                else
                        scan->at++;
}

/* From one quote behind the other. */
static void skip_quoted(Scan *scan) {
        int c;

        take_octet(scan);
        while ((c = take_octet(scan)) != '"' && c >= 0)
                if (c == '\\')
                        take_octet(scan);
        scan->broken |= c < 0;
}

/* RFC 2045 section 5.1. */
static gboolean is_token(int c) {
        return c > ' ' && c < 0x7f && !strchr("()<>@,;:\\\"/[]?=", c);
}

/* A Keyword of RFC 5321 section 4.1.2, lower case; NULL where there is none, or it is too long. Caller frees. */
static char *take_keyword(Scan *scan) {
        const char *begin = scan->at;

        while (g_ascii_isalnum(look(scan)) || look(scan) == '-' || look(scan) == '_')
                scan->at++;
        return scan->at > begin && scan->at - begin <= MG_AUTHENTICATION_WORD ? g_ascii_strdown(begin, scan->at - begin)
                                                                              : NULL;
}

static gboolean take_char(Scan *scan, char c) {
        if (look(scan) != c)
                return FALSE;
        scan->at++;
        return TRUE;
}

/* As it is, neither quoted nor behind a comment: so that a pattern of Postfix's header_checks can tell it. */
static gboolean is_by(Scan *scan, const char *authserv_id) {
        const char *begin;

        while (is_blank(look(scan)))
                scan->at++;
        begin = scan->at;
        while (is_token(look(scan)))
                scan->at++;
        return scan->at > begin && (gsize)(scan->at - begin) == strlen(authserv_id) &&
               g_ascii_strncasecmp(begin, authserv_id, strlen(authserv_id)) == 0;
}

/* There is version 1 alone. */
static gboolean take_version(Scan *scan) {
        const char *begin = scan->at;

        while (g_ascii_isdigit(look(scan)))
                scan->at++;
        return scan->at == begin || (scan->at == begin + 1 && *begin == '1');
}

/* Reason and properties: to the next semicolon that stands in no quoted word and no comment. */
static void skip_properties(Scan *scan) {
        while (scan->at < scan->end && *scan->at != ';')
                if (*scan->at == '(')
                        skip_comment(scan);
                else if (*scan->at == '"')
                        skip_quoted(scan);
                else
                        scan->at++;
}

/* What may stand behind a result. */
static gboolean is_ended(int c) {
        return c < 0 || c == ';' || c == '(' || is_blank(c);
}

/* method [ "/" version ] "=" result, and its properties. NULL where it is none. Caller frees. */
static char *take_result(Scan *scan) {
        g_autofree char *method = take_keyword(scan), *result = NULL;

        skip_blanks(scan);
        if (take_char(scan, '/')) {
                skip_blanks(scan);
                if (!take_version(scan))
                        return NULL;
                skip_blanks(scan);
        }
        if (!method || !take_char(scan, '='))
                return NULL;
        skip_blanks(scan);
        result = take_keyword(scan);
        if (!result || !is_ended(look(scan)))
                return NULL;
        skip_properties(scan);
        return g_strconcat(method, "=", result, NULL);
}

/* "none" in the place of results. */
static gboolean is_none(Scan *scan) {
        Scan ahead = *scan;
        g_autofree char *word = take_keyword(&ahead);

        skip_blanks(&ahead);
        if (g_strcmp0(word, "none") != 0 || ahead.at != ahead.end || ahead.broken)
                return FALSE;
        *scan = ahead;
        return TRUE;
}

/* All of them; FALSE where one is not well-formed. An empty one at the end is what some verifiers write. */
static gboolean take_results(Scan *scan, guint max, GPtrArray *results, guint *all) {
        for (skip_blanks(scan); take_char(scan, ';'); skip_blanks(scan)) {
                g_autofree char *result = NULL;

                skip_blanks(scan);
                if (scan->at >= scan->end || (*all == 0 && is_none(scan)))
                        break;
                result = take_result(scan);
                if (!result || scan->broken)
                        return FALSE;
                if ((*all)++ < max)
                        g_ptr_array_add(results, g_steal_pointer(&result));
        }
        return scan->at >= scan->end && !scan->broken;
}

guint mg_authentication_read(const char *value, gsize n, const char *authserv_id, guint max, GPtrArray *results) {
        Scan scan = {value, value + n, FALSE};
        guint before = results->len, all = 0;

        if (!is_by(&scan, authserv_id))
                return 0;
        skip_blanks(&scan);
        if (take_version(&scan) && take_results(&scan, max, results, &all))
                return all;
        g_ptr_array_set_size(results, (gint)before);
        return 0;
}

gboolean mg_authentication_same(const char *one, const char *other) {
        gsize n = strcspn(one, "=");

        return strncmp(one, other, n + 1) == 0;
}
