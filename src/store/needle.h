/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/store_client.h"

/*
 * Needle: a text that is looked for in some fields of mail
 */
typedef struct MgNeedle {
        char *folded;
        gunichar *chars; /* of folded */
        guint n;
        guint32 fields; /* bits 1 << MgSearchField: it may stand in any of them */
        guint rare;     /* of its characters that with which no mail was left when terms were looked up last */
} MgNeedle;

/* text is UTF-8, not "". */
MgNeedle *mg_needle_new(const char *text, guint32 fields);
void mg_needle_free(MgNeedle *needle);

/* Whether the text stands in one of the fields, however it is spelt there (fold.h). */
gboolean mg_needle_in(const MgNeedle *needle, const MgRecord *record);

/* Called for each text of a field, as it stands in the mail. FALSE ends the walk, and is its result. */
typedef gboolean (*MgTextFunc)(const char *text, gpointer data);
gboolean mg_each_text(const MgRecord *record, MgSearchField field, MgTextFunc func, gpointer data);
