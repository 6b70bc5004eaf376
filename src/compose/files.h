/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * files: what a mail carries beside its text: a released one, or one of which an exemption keeps parts
 *
 * All are base64. What is kept has a type of the table of kept types. What is released is application/octet-stream, whatever it is: a client that shows a file inline by its type would show it before
 * anybody decided to open it. A whole original is such a file, too (RECEIPT.eml): message/rfc822 may not be base64 (RFC 2046 section
 * 5.2.1), any other encoding would change its octets, and clients open it at once.
 */
#define MG_FILES_BOUNDARY "=_mugai_files" /* "_" is no letter of base64, so that no line of a part can be a delimiter */
#define MG_FILES_TYPE "multipart/mixed; boundary=\"" MG_FILES_BOUNDARY "\""
/* Octets of a name in UTF-8: file systems take 255, and clients add "(1)". */
#define MG_FILES_NAME_MAX 200

typedef struct MgOutgoingFile {
        char *name;       /* as mg_files_name() makes it */
        const char *type; /* static; application/octet-stream where nobody sets another one */
        GBytes *content;
} MgOutgoingFile;

/* Copies the name; keeps a reference. */
MgOutgoingFile *mg_outgoing_file_new(const char *name, GBytes *content);
void mg_outgoing_file_free(MgOutgoingFile *file);

/*
 * A name under which any system saves a file, from a LINE that a sender chose: no path, no device, no wildcard, no dot in front and
 * no blank at an end, at most MG_FILES_NAME_MAX octets, its extension kept. "file-NUMBER" where nothing is left. Caller frees.
 */
char *mg_files_name(const char *name, guint number);

/* The same that is not among those taken, whatever its case, and is afterwards: "a.pdf", "a (2).pdf". Caller frees. */
char *mg_files_unique_name(const char *name, guint number, GHashTable *taken);

/* Appends the parts: the text (CRLF line ends, in the charset of its type), then the files. */
void mg_files_put(GString *out, const char *type, const char *text, gsize n, const GPtrArray *files);
