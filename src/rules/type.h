/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Names for people of media types as libmagic finds them: a table. Unknown types have a name by their class ("画像",
 * "unknown"). Static.
 */
typedef struct MgTypeName {
        const char *mime; /* type/subtype, or "type/" for the rest of a class */
        const char *ja;
        const char *en;
} MgTypeName;

/* Never NULL; the last row matches everything. */
const MgTypeName *mg_type_name(const char *mime);
