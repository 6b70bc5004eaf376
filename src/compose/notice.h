/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "compose/compose.h"
#include "compose/jis.h"

/*
 * notice: the text that people read: body of the mail, a fixed line, and what the gateway has to say. No mail syntax
 * here.
 */
typedef struct MgNoticeText {
        /* TEXT, owned: lines of at most 998 octets ended by LF; links as the policy says; as far as jis expresses it */
        char *text;
        gboolean replaced; /* links of the body were made inert */
} MgNoticeText;

void mg_notice_text_clear(MgNoticeText *text);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MgNoticeText, mg_notice_text_clear)

/*
 * A line of the body that imitates the fixed line is marked with "> " (attack D12). A reply that quotes a notice keeps
 * its looks: a line that begins with ">" stays where, in the lines below it that begin with ">" too, a receipt stands
 * that this gateway can have given: node digit of this mail's own, right check digit, serial not above its own. No
 * database is asked, and none would help: a receipt that was given is known to everybody who was written to since. The
 * mark keeps a reader from taking a text at the top level for ours; a quoted one claims to be somebody's words.
 */
/*
 * The text of a mail that goes on, or of the notice that it could not be converted (outcome FAILED). jis NULL: all
 * characters.
 */
void mg_notice_make(const MgOutgoingInput *input, const MgJis *jis, MgNoticeText *out);

/* 0 Japanese or 1 English: the language that stands first. */
guint mg_notice_language(const MgPolicy *policy);

/*
 * A template with {name} replaced: names and values in pairs, ended by NULL. What is no name of these stays. Caller
 * frees.
 */
char *mg_notice_expand(const char *template, ...) G_GNUC_NULL_TERMINATED;
