/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * kept_type: the types of files that an exemption can let cross at all (part = keep); a table, each row with its reason
 *
 * What has no row never crosses, whatever a rule says.
 */
typedef struct MgKeptType {
        const char *found;      /* what the file is by its octets: MIME */
        const char *sent;       /* its Content-Type when it leaves */
        const char *extensions; /* its name ends in one of these; lower case, with blanks between them */
        const char *begins;     /* its first octets; "": any */
        gsize n;                /* of begins */
} MgKeptType;

/* The row of a type, or NULL. Static. */
const MgKeptType *mg_kept_type(const char *found);
/* Whether a name ends in a dot and an extension of the type, with something in front. */
gboolean mg_kept_type_names(const MgKeptType *type, const char *name);
/* Whether a file of these first octets can be of the type. */
gboolean mg_kept_type_begins(const MgKeptType *type, const void *data, gsize n);
/* All types, for a message: "application/pdf, image/jpeg and image/png". Caller frees. */
char *mg_kept_type_words(void);
