/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * syntax: the text of a configuration or notice file -> entries
 *
 *   # comment to the end of the line
 *   key = bare value            ends at the end of the line, at "#" or at "}"
 *   key = "quoted value"        with \n \t \" \\ ; may go over several lines
 *   section {
 *           key = value         becomes "section.key"; sections do not nest
 *   }
 *   section title {             a section of which there may be several, each under a title of its own
 *   }
 *
 * There is no include, and nothing is expanded. UTF-8 without control characters but TAB and LF.
 */
typedef struct MgEntry {
        char *key;   /* "key" or "section.key"; "section" where a section with a title begins */
        char *title; /* of the section, or NULL */
        char *value; /* escapes resolved; a bare value without the blanks around it; NULL where a section begins */
        guint line;  /* where the key stands */
        gboolean quoted;
} MgEntry;

/* Octets of a file that is read at all. */
#define MG_SYNTAX_MAX (1024 * 1024)

/* Entries in order, each key once a section, each section once a title; caller unrefs. name stands in errors: "name:line: sentence", MG_ERROR_CONFIG. */
GArray *mg_syntax_parse(const char *name, const char *text, gsize n, GError **error);
/* The same of a file. */
GArray *mg_syntax_read(const char *path, GError **error);

/* A regular file of at most max octets, whole, with a NUL behind its n octets; caller frees. NULL with MG_ERROR_CONFIG. */
char *mg_syntax_text(const char *path, gsize max, gsize *n, GError **error);

/* Sets "name:line: sentence". */
void mg_syntax_error(GError **error, const char *name, guint line, const char *format, ...) G_GNUC_PRINTF(4, 5);
