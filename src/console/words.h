/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * Words: texts for people, in English in the source and in Japanese by the catalogue ja.po
 *
 * A text without a translation is shown in English; a test looks that there is none.
 */

/* Static. */
const char *mg_words(gboolean english, const char *text) G_GNUC_FORMAT(2);
/* Marks a text that is looked up later. */
#define N_(text) text

/*
 * A moment in this machine's time zone, the year in the Japanese calendar too: "令和8年11月26日 13:20" or "2026-11-26 13:20". Before
 * Reiwa (May 2019) the year alone. Caller frees.
 */
char *mg_words_time(gboolean english, gint64 time);
/* "2026-11-26T13:20:00+09:00". Caller frees. */
char *mg_words_machine_time(gint64 time);
/* How long ago: "3 days", "5 hours", "2 minutes". Caller frees. */
char *mg_words_age(gboolean english, gint64 seconds);
