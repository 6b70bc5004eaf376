/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* idn: domain names in A-labels and in letters */

/* A domain of valid UTF-8 in A-labels (IDNA2008, UTS 46 non-transitional), or NULL where it is none. free() it. */
char *mg_idn_ascii(const char *domain);

/*
 * A domain in A-labels as UTF-8 letters, or NULL where it has none, or where these letters are not written as this
 * domain by mg_idn_ascii(). free() it.
 */
char *mg_idn_unicode(const char *domain);
