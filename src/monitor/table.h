/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * table: every figure that is given, in one place
 *
 * A family has a name, a type, a help text and one series a source. A source says which figure of which role it is
 * (base/control.h); one whose key ends in '*' is as many series as there are figures that begin so, each labelled
 * with the rest of its name. A figure without a value is left out. packaging/man/mugai-monitor.8.scd lists the
 * same.
 */
typedef enum MgKind { MG_COUNTER, MG_GAUGE, MG_HISTOGRAM, _MG_KIND_N } MgKind;

typedef struct MgSource {
        const char *label; /* value of the family's label, or "" */
        const char *role;
        const char *key; /* of a histogram: what its figures begin with (base/histogram.h) */
} MgSource;

typedef struct MgFamily {
        const char *name;
        MgKind kind;
        const char *label; /* its name, or "" */
        guint scale;       /* what a figure is divided by: 1000 for milliseconds that are given as seconds */
        const char *help;
        const MgSource *sources; /* ended by a role NULL */
} MgFamily;

/* Ended by a name NULL. */
const MgFamily *mg_families(void);
