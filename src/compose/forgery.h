/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "compose/compose.h"
#include "compose/jis.h"

/*
 * forgery: lines of a body that imitate the fixed line (attack D12)
 *
 * A sender who writes our fixed line wants his text to be taken for ours; such a line is marked with "> ". A reply that
 * quotes a notice keeps its looks: a line that begins with ">" stays where, in the lines below it that begin with ">"
 * too, a receipt stands that this gateway can have given: node digit of this mail's own, right check digit, serial not
 * above its own. No database is asked, and none would help: a receipt that was given is known to everybody who was
 * written to since. The mark keeps a reader from taking a text at the top level for ours; a quoted one claims to be
 * somebody's words.
 */
typedef struct MgForgery MgForgery;

/* For bodies above the notice of this input, which must outlive it; jis as that of mg_notice_make(). */
MgForgery *mg_forgery_new(const MgOutgoingInput *input, const MgJis *jis);
void mg_forgery_free(MgForgery *forgery);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgForgery, mg_forgery_free)

/* [below, end) is the body below the line that is judged next: of one body, and never back. */
void mg_forgery_look_below(MgForgery *forgery, const char *below, const char *end);
/* Whether the line has to be marked. Linear over all lines of a body. */
gboolean mg_forgery_is(MgForgery *forgery, const char *line);

/*
 * What a reader knows a line by: its letters and digits, without case, width, marks and whatever is drawn, the long mark
 * of kana too. What looks alike (ェ エ 工, り リ, l 1 I) is one. For comparing only. Caller frees.
 */
char *mg_forgery_words(const char *line);
