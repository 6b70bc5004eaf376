/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/* What a type is good for, as far as a reader is told why it was removed. */
typedef enum MgTypeClass {
        MG_TYPE_OTHER,
        MG_TYPE_PROGRAM, /* runs when it is opened, or makes something run */
        MG_TYPE_ENCRYPTED,
        MG_TYPE_SIGNATURE,
} MgTypeClass;

/*
 * Names for people of media types as libmagic finds them: a table. Unknown types have a name by their class ("画像",
 * "unknown"). Static.
 */
typedef struct MgTypeName {
        const char *mime; /* type/subtype, or "type/" for the rest of a class */
        const char *ja;
        const char *en;
        MgTypeClass class;
        const char *extensions; /* in lower case with blanks between them, or NULL: any goes with it */
} MgTypeName;

/* Never NULL; the last row matches everything. */
const MgTypeName *mg_type_name(const char *mime);

/*
 * Whether a file of that name may be of that type: FALSE where the type has extensions, and the name has one that belongs to
 * others, or the type is a program and the name has any other one. TRUE where nothing can be said.
 */
gboolean mg_type_fits(const char *mime, const char *name);

/* Whether the extension of a name hides behind another one ("a.pdf.exe") or behind blanks; "a.tar.gz" does not. */
gboolean mg_type_misleads(const char *name);
