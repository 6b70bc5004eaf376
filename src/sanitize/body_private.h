/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "sanitize/archive_list.h"
#include "sanitize/account.h"
#include "sanitize/body.h"
#include "sanitize/html.h"
#include "sanitize/text.h"
#include "sanitize/walk.h"

/* body, its own part: what body.c, body_text.c and show.c share while they put a body together. */

/* Where the text of a part begins in the body. */
typedef struct MgBlock {
        gsize at;
        guint index; /* of the entity */
} MgBlock;

typedef struct MgBody {
        MgTree *tree;
        const MgLimits *limits;
        MgReading *reading;
        const char *charset; /* in which its texts are read, or NULL: as the mail and its octets say */
        MgWanted *wanted; /* a part to be taken out, or NULL */
        guint8 *places; /* of MgPlace, one an entity */
        GString *out;   /* cleaned block by block */
        GArray *blocks; /* of MgBlock, in the order of out */
        guint index;    /* of the entity that is being read */
        MgHtmlFound html;
        guint8 *spoken; /* one an entity: a text of this message was shown */
        guint quotes;   /* of the block that was appended last */
        GArray *cuts;   /* of MgCut */
        MgArchiveUse archives; /* of all parts */
        gboolean full;  /* out has more than limits.body octets */
} MgBody;

/*
 * body_text ---------------------------------------------------------------------------------------------------------
 */

/*
 * Appends the text of the entity that is being read as a block of its own, behind a mark for each message around it.
 * Cleaned here already, so that what is searched in the end is what is shown: "begin" behind a form feed or a BOM is a
 * line of its own only then.
 */
void mg_body_append(MgBody *body, const char *text, gsize n, guint quotes);

/* Adds to the counts of characters that could not be read, or are read by a guess. */
void mg_body_count(MgBody *body, guint32 replaced, guint32 guessed);

/*
 * Facts of a part, added to the reading; content is identified, as a text that is read (mg_identify_text()) or not, and
 * digested. Borrowed.
 */
MgFacts *mg_body_add_facts(MgBody *body, const char *path, MgPartKind kind, guint32 flags, const char *claimed,
                           gboolean read, const char *name, const GPtrArray *names, GBytes *content);
/* Facts of a run that was cut from the entity, at the position of the list. */
MgFacts *mg_body_add_run(MgBody *body, MgEntity *entity, const MgRun *run, guint position);
/* Parts that may still be listed: those that come are counted. */
guint mg_body_room(const MgBody *body, guint coming);

/*
 * What is encoded in the text as it will be shown, whatever part, charset or markup it came from: cut, and listed
 * behind the part in whose text it began.
 */
void mg_body_cut_encoded(MgBody *body, const guint *parts_of);
/* Cleans the text and the list of addresses, cuts both to the bound, and puts them into the reading. */
void mg_body_finish(MgBody *body);

/*
 * show: the text of one part, appended to the body -------------------------------------------------------------------
 */

void mg_show_plain(MgBody *body, MgEntity *entity, const char *bytes, gsize n);
void mg_show_html(MgBody *body, MgEntity *entity, const char *bytes, gsize n);
void mg_show_calendar(MgBody *body, MgEntity *entity, const char *bytes, gsize n);
void mg_show_delivery(MgBody *body, MgEntity *entity, const char *bytes, gsize n);
void mg_show_disposition(MgBody *body, MgEntity *entity, const char *bytes, gsize n);
void mg_show_feedback(MgBody *body, MgEntity *entity, const char *bytes, gsize n);
void mg_show_external(MgBody *body, MgEntity *entity, const char *bytes, gsize n);
void mg_show_headers(MgBody *body, MgEntity *entity, const char *bytes, gsize n);
/* The header lines of the message at index, quoted as its text will be. */
void mg_show_message(MgBody *body, guint index);
