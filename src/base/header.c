/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of header fields, and results of verifiers. Finds where a field begins; reads no value but hands on those of
 * verifiers.
 */
#include "mugai/header.h"

#include <string.h>

#include "base/authentication.h"
#include "base/text.h"

MgHeader *mg_header_new(void) {
        MgHeader *header = g_new0(MgHeader, 1);

        header->names = g_ptr_array_new_with_free_func(g_free);
        header->authentication = g_ptr_array_new_with_free_func(g_free);
        return header;
}

void mg_header_free(MgHeader *header) {
        if (!header)
                return;
        g_ptr_array_unref(header->names);
        g_ptr_array_unref(header->authentication);
        g_free(header);
}

/* Where the name is, or would be put. */
static gboolean find(const MgHeader *header, const char *name, guint *at) {
        guint low = 0, high = header->names->len;

        while (low < high) {
                guint middle = low + (high - low) / 2;

                if (strcmp(g_ptr_array_index(header->names, middle), name) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        *at = low;
        return low < header->names->len && g_str_equal(g_ptr_array_index(header->names, low), name);
}

static void take_name(MgHeader *header, const char *lower) {
        guint at;

        if (!find(header, lower, &at))
                g_ptr_array_insert(header->names, (gint)at, g_strdup(lower));
}

static gboolean is_said(const GPtrArray *results, guint n, const char *result) {
        for (guint i = 0; i < n; i++)
                if (mg_authentication_same(g_ptr_array_index(results, i), result))
                        return TRUE;
        return FALSE;
}

/* Methods that a field above has said are said. */
static void take_results(MgHeader *header, const MgHeaderTrust *trust, const char *value, gsize n) {
        g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(g_free);
        guint before = header->authentication->len, max = (guint)trust->results;

        header->authentication_all += mg_authentication_read(value, n, trust->authserv_id, max, found);
        for (guint i = 0; i < found->len && header->authentication->len < max; i++)
                if (!is_said(header->authentication, before, g_ptr_array_index(found, i)))
                        g_ptr_array_add(header->authentication, g_strdup(g_ptr_array_index(found, i)));
}

static void take(MgHeader *header, const MgHeaderTrust *trust, const char *lower, const char *value, gsize n) {
        take_name(header, lower);
        if (g_str_equal(lower, "received"))
                header->travelled = TRUE;
        else if (!header->travelled && *trust->authserv_id && g_str_equal(lower, "authentication-results"))
                take_results(header, trust, value, n);
}

/* NULL for a name that is not kept. Caller frees. */
static char *name_of(const char *name, gsize n) {
        return n <= MG_FIELD_NAME_MAX && mg_text_is(name, n, MG_CLASS_TOKEN) ? g_ascii_strdown(name, (gssize)n) : NULL;
}

void mg_header_take(MgHeader *header, const MgHeaderTrust *trust, const char *name, const char *value, gsize n) {
        g_autofree char *lower = name_of(name, strlen(name));

        if (lower)
                take(header, trust, lower, value, n);
}

/* Blanks may stand before the colon: RFC 5322 section 4.5. */
static void take_field(MgHeader *header, const MgHeaderTrust *trust, const char *field, gsize n) {
        const char *colon = memchr(field, ':', n), *end = colon;
        g_autofree char *lower = NULL;

        while (end && end > field && (end[-1] == ' ' || end[-1] == '\t'))
                end--;
        lower = end ? name_of(field, (gsize)(end - field)) : NULL;
        if (lower)
                take(header, trust, lower, colon + 1, n - (gsize)(colon + 1 - field));
}

static const char *next_line(const char *at, const char *end) {
        const char *feed = memchr(at, '\n', (gsize)(end - at));

        return feed ? feed + 1 : end;
}

guint64 mg_header_scan(MgHeader *header, const MgHeaderTrust *trust, guint64 max, const guint8 *mail, gsize n) {
        const char *at = (const char *)mail, *end = n > 0 ? at + n : at;
        guint64 fields = 0;

        while (at < end && *at != '\n' && *at != '\r') {
                const char *field = at;
                gboolean begins = *at != ' ' && *at != '\t';

                do
                        at = next_line(at, end);
                while (at < end && (*at == ' ' || *at == '\t'));
                if (begins && fields++ < max)
                        take_field(header, trust, field, (gsize)(at - field));
        }
        return fields;
}

gboolean mg_header_has(const MgHeader *header, const char *name) {
        guint at;

        return find(header, name, &at);
}

void mg_header_reach(const MgHeader *header, const MgHeaderTrust *trust, MgReading *reading) {
        if (header->authentication_all > trust->results)
                mg_reading_reach(reading, "authentication_results", header->authentication_all, trust->results);
}
