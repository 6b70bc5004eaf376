/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What of a record is searched, and whether a text stands in it. Reads no database.
 */
#include "store/needle.h"

#include <string.h>

#include "store/fold.h"

MgNeedle *mg_needle_new(const char *text, guint32 fields) {
        MgNeedle *needle = g_new0(MgNeedle, 1);
        glong n;

        needle->folded = mg_fold(text);
        needle->chars = g_utf8_to_ucs4_fast(needle->folded, -1, &n);
        needle->n = (guint)n;
        needle->fields = fields;
        return needle;
}

void mg_needle_free(MgNeedle *needle) {
        g_free(needle->folded);
        g_free(needle->chars);
        g_free(needle);
}

static gboolean each_of(const GPtrArray *texts, MgTextFunc func, gpointer data) {
        for (guint i = 0; i < texts->len; i++)
                if (!func(g_ptr_array_index(texts, i), data))
                        return FALSE;
        return TRUE;
}

static gboolean each_name(const MgRecord *record, MgTextFunc func, gpointer data) {
        for (guint i = 0; i < record->reading->parts->len; i++) {
                const MgFacts *facts = g_ptr_array_index(record->reading->parts, i);

                if (!func(facts->name, data) || !each_of(facts->names, func, data))
                        return FALSE;
        }
        return TRUE;
}

gboolean mg_each_text(const MgRecord *record, MgSearchField field, MgTextFunc func, gpointer data) {
        const MgValue *subject;

        switch (field) {
        case MG_SEARCH_from:
                return func(record->envelope->from, data);
        case MG_SEARCH_to:
                return each_of(record->envelope->rcpts, func, data);
        case MG_SEARCH_subject:
                subject = mg_reading_value(record->reading, MG_FIELD_SUBJECT);
                return !subject || func(subject->text, data);
        case MG_SEARCH_name:
                return each_name(record, func, data);
        case MG_SEARCH_host:
                return each_of(record->reading->link_hosts, func, data);
        case _MG_SEARCH_N:
                break;
        }
        return TRUE;
}

static gboolean is_without(const char *text, gpointer data) {
        const MgNeedle *needle = data;
        g_autofree char *folded = mg_fold(text);

        return strstr(folded, needle->folded) == NULL;
}

gboolean mg_needle_in(const MgNeedle *needle, const MgRecord *record) {
        for (guint field = 0; field < _MG_SEARCH_N; field++)
                if (needle->fields & 1u << field && !mg_each_text(record, field, is_without, (gpointer)needle))
                        return TRUE;
        return FALSE;
}
