/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/* ical: lines of RFC 5545, their parameters and values. */

/* One content line; borrowed slices of the unfolded text. */
typedef struct MgProperty {
        const char *name;
        gsize name_n;
        const char *parameters; /* from the first semicolon to the colon */
        gsize parameters_n;
        const char *value;
        gsize value_n;
} MgProperty;

/* UTF-8, or octets in which LF and blanks are those of ASCII, with folds joined and CR and NUL taken out. Caller frees. Linear. */
char *mg_ical_unfold(const char *s, gsize n);
/* The next line that is a property; *at moves behind it. FALSE at the end. */
gboolean mg_ical_next(const char **at, MgProperty *out);
/* Case ignored. */
gboolean mg_ical_is(const MgProperty *property, const char *name);
gboolean mg_ical_says(const MgProperty *property, const char *value);
/* A parameter without its quotes, at most max octets; NULL where it is missing. Caller frees. */
char *mg_ical_parameter(const MgProperty *property, const char *name, gsize max);
/* The value, at most max octets of it, with its escapes undone: RFC 5545 section 3.3.11. Caller frees. */
char *mg_ical_text(const MgProperty *property, gsize max);
