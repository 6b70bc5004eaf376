/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One pass over a header block on raw octets. Looks at each logical line (RFC 5322 section 2.2.3) as a reader with
 * the widest idea of a field would; decides nothing but whether a bound is kept. Does not count parts: the walk
 * counts them as it splits, before it makes anything of them.
 */
#include "sanitize/guard.h"

#include <string.h>

gboolean mg_guard_exceeded(MgReading *reading, const char *limit, guint64 value, guint64 bound) {
        if (reading->failure != MG_FAILURE_NONE)
                return FALSE;
        reading->failure = MG_FAILURE_LIMIT;
        g_free(reading->failure_limit);
        reading->failure_limit = g_strdup(limit);
        reading->failure_value = value;
        reading->failure_bound = bound;
        return FALSE;
}

/* Fields with addresses: group syntax in them is where parsers recurse (trap 2). */
static const char *const address_fields[] = {
        "from",
        "sender",
        "reply-to",
        "to",
        "cc",
        "bcc",
        "resent-from",
        "resent-to",
        "resent-cc",
        "resent-bcc",
        "resent-sender",
        "resent-reply-to",
        "errors-to",
        "mail-followup-to",
        "disposition-notification-to",
        "return-receipt-to",
};

static gboolean name_is(const char *s, gsize n, const char *name) {
        return strlen(name) == n && g_ascii_strncasecmp(s, name, n) == 0;
}

static gboolean is_address_field(const char *name, gsize n) {
        for (gsize i = 0; i < G_N_ELEMENTS(address_fields); i++)
                if (name_is(name, n, address_fields[i]))
                        return TRUE;
        return FALSE;
}

/* Parameters: semicolons outside quotes; a name is what stands before "=". Traps 1 and A10. */
static gboolean check_parameters(const char *s, gsize n, const MgLimits *limits, MgReading *reading) {
        guint64 parameters = 0;
        guint64 name = 0, longest = 0;
        gboolean quoted = FALSE, in_name = FALSE;
        for (gsize i = 0; i < n; i++) {
                if (quoted) {
                        quoted = s[i] != '"';
                        i += s[i] == '\\';
                } else if (s[i] == ';') {
                        parameters++;
                        in_name = TRUE;
                        name = 0;
                } else if (s[i] == '=' && in_name) {
                        longest = MAX(longest, name);
                        in_name = FALSE;
                } else if (s[i] == '"') {
                        quoted = TRUE;
                } else if (in_name && strchr(" \t\r\n", s[i]) == NULL) {
                        name++;
                }
        }
        if (parameters > limits->parameters)
                return mg_guard_exceeded(reading, "parameters", parameters, limits->parameters);
        if (longest > limits->parameter_name)
                return mg_guard_exceeded(reading, "parameter_name", longest, limits->parameter_name);
        return TRUE;
}

/* One logical field [s, s+n), folds included. */
static gboolean check_field(const char *s, gsize n, const MgLimits *limits, MgReading *reading) {
        if (n > limits->field_bytes)
                return mg_guard_exceeded(reading, "field_bytes", n, limits->field_bytes);
        const char *colon = memchr(s, ':', n);
        if (colon == NULL)
                return TRUE;
        gsize name_n = colon - s;
        while (name_n > 0 && (s[name_n - 1] == ' ' || s[name_n - 1] == '\t'))
                name_n--;
        const char *value = colon + 1;
        gsize value_n = n - (value - s);
        if (name_is(s, name_n, "content-type") || name_is(s, name_n, "content-disposition"))
                return check_parameters(value, value_n, limits, reading);
        if (!is_address_field(s, name_n))
                return TRUE;
        guint64 colons = 0;
        for (gsize i = 0; i < value_n; i++)
                colons += value[i] == ':';
        return colons <= limits->group_depth || mg_guard_exceeded(reading, "group_depth", colons, limits->group_depth);
}

gboolean mg_guard_block(const char *s, gsize n, const MgLimits *limits, MgReading *reading) {
        const char *end = s + n;
        const char *field = s;
        guint64 fields = 0;
        gboolean ok = TRUE;
        const char *line = s;
        while (line < end) {
                const char *lf = memchr(line, '\n', end - line);
                const char *next = lf != NULL ? lf + 1 : end;
                gboolean empty = *line == '\n' || (*line == '\r' && line + 1 < end && line[1] == '\n');
                gboolean folded = *line == ' ' || *line == '\t';
                if ((empty || !folded) && line > field) {
                        ok = ok && check_field(field, line - field, limits, reading);
                        field = line;
                }
                if (empty)
                        break;
                fields += !folded;
                line = next;
        }
        if (line >= end && field < end)
                ok = ok && check_field(field, end - field, limits, reading);
        /* These two first: they are what an administrator wants to read of a mail that is nothing but header. */
        if (fields > limits->header_fields) {
                reading->failure = MG_FAILURE_NONE;
                return mg_guard_exceeded(reading, "header_fields", fields, limits->header_fields);
        }
        if ((guint64)(line - s) > limits->header_bytes) {
                reading->failure = MG_FAILURE_NONE;
                return mg_guard_exceeded(reading, "header_bytes", line - s, limits->header_bytes);
        }
        return ok;
}
