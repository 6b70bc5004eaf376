/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * Said: sentences that other roles say or keep in records, in the language of the page
 *
 * They are English and some hold a number or a name. A table has each with %s in the place of these; the catalogue has its Japanese, with
 * %1, %2 for what stood there. What such a place holds may be a sentence of the table again. A sentence that is in no row, as what a person
 * wrote, stays as it is; so does all on an English page. The name of the role in front ("store: ") is left out in both.
 */

/* Never NULL. Caller frees. */
char *mg_said(gboolean english, const char *text);
/* The table, for tests; ended by NULL. */
const char *const *mg_said_rows(void);
