/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * Live links: anything in plain text that a mail client would make clickable
 *
 * Live is: a scheme followed by "://" other than hxxp, hxxps, fxp; one of a table of schemes that need no slashes
 * (javascript:, data:, tel:, ms-*:, ...) followed by something; "www." and a name; a bare host name whose last
 * label begins with letters (a top-level domain), punycode or an international top-level domain; a UNC path (\\host).
 * Not live: mail addresses with a whole domain, which staff need to read and whose link opens nothing but a draft;
 * names that end in a file extension that is no top-level domain (report.pdf).
 */

/* A copy in which no link is live: https://example.jp becomes hxxps://example[.]jp, javascript:x javascript[:]x; a
 * word that people write before a colon gets a blank ("Tel: 03-1234"). UTF-8 in, UTF-8 out; what mg_text_is()
 * held for s holds for the result, and doing it twice changes nothing more. Linear in n. Caller frees. */
char *mg_link_defang(const char *s, gsize n);

/*
 * The same with every link cut down: to its host (host TRUE), else and where it has none to the word, which must be
 * of the class of s and without a live link. Nothing of path, user name, port or script is left. Mail addresses and
 * words that people write before a colon stay; so do, made inert, names that begin in another script. Linear in n.
 * Caller frees.
 */
char *mg_link_shorten(const char *s, gsize n, gboolean host, const char *word);

/* The offset of the first live link in [s, s+n), or -1. Written apart from mg_link_defang(): the output grammar
 * asks it. */
gssize mg_link_find_live(const char *s, gsize n);
