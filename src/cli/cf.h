/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "cli/hunk.h"

/*
 * Cf: main.cf and master.cf as text, changed line by line
 *
 * A logical line begins in the first column and goes on with lines that begin with a blank; comments and empty lines
 * between them are passed over, as Postfix does (postconf(5)).
 */
typedef struct MgCf {
        GPtrArray *lines; /* of the file as it was, each with its end */
        const char *end;  /* that its lines have: "\n" or "\r\n" */
        MgChange *change;
} MgCf;

MgCf *mg_cf_new(const char *file, const char *text);
void mg_cf_free(MgCf *cf);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgCf, mg_cf_free)

/* What was added so far, for the caller to free; the object is used up. */
MgChange *mg_cf_finish(MgCf *cf);

/* main.cf: the value that is written last, lines joined by a blank, nothing expanded; NULL where there is none. Caller frees. */
char *mg_cf_value(const MgCf *cf, const char *name);
/* main.cf: in the place of the line that holds now, or at the end; why is a comment before it. */
void mg_cf_set(MgCf *cf, const char *name, const char *value, const char *why);

/* master.cf: "-o options" at the end of a service, so that it holds whatever stands before it. FALSE where it is not there. */
gboolean mg_cf_option(MgCf *cf, const char *name, const char *type, const char *option);
/* master.cf: the fifth column becomes n. FALSE where the service or the column is not on one line. */
gboolean mg_cf_no_chroot(MgCf *cf, const char *name, const char *type);
/* Lines of one's own at the end, which stay or go together. */
void mg_cf_append(MgCf *cf, const char *lines);
