/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * scrape: GET and HEAD of /metrics by HTTP, answered when the figures are there
 *
 * A connection carries one request and lives MG_SCRAPE_S at most, whatever moves on it. No body is read.
 */
#define MG_SCRAPE_CONNECTIONS 16 /* at once; further ones are closed */
#define MG_SCRAPE_S 5            /* from the first octet to the last */
#define MG_SCRAPE_HEAD 4096      /* octets of memory for the header of a request: 431 */

typedef struct MgScrapes MgScrapes;

/* Takes listener. wanted is called, from the loop, when somebody waits for figures; mg_scrapes_answer() follows, but not from within
 * it. NULL with error. */
MgScrapes *mg_scrapes_new(int listener, void (*wanted)(void *data), void *data, GError **error);
/* Gives text (taken) to all who wait. */
void mg_scrapes_answer(MgScrapes *scrapes, char *text);
/* Requests that were answered with figures. */
gint64 mg_scrapes_count(const MgScrapes *scrapes);
/* NULL is fine. */
void mg_scrapes_free(MgScrapes *scrapes);
