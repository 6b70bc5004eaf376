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

/* Octets of the list of removed parts in one language; further ones are counted. */
#define MG_NOTICE_LIST_OCTETS (256 * 1024)

/*
 * The text of a mail that goes on, or of the notice that it could not be converted (outcome FAILED), or input->words. jis NULL: all
 * characters.
 */
void mg_notice_make(const MgOutgoingInput *input, const MgJis *jis, MgNoticeText *out);

/* 0 Japanese or 1 English: the language that stands first. */
guint mg_notice_language(const MgPolicy *policy);

/* "2026-11-20 22:20 (JST)": minutes are enough for people; the clock is Japan's, where they are. Caller frees. */
char *mg_notice_time(gint64 time);

/*
 * A template with {name} replaced: names and values in pairs, ended by NULL. What is no name of these stays. Caller
 * frees.
 */
char *mg_notice_expand(const char *template, ...) G_GNUC_NULL_TERMINATED;
