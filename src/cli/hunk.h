/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * Hunk: lines that were changed in a file of somebody else's, so that they can be shown and taken back
 *
 * A change is written as a diff without context. Its octets are exact: line ends and a missing last one are part of
 * them. Taken back, lines that others changed meanwhile stay as they are.
 */
typedef struct MgHunk {
        guint at;    /* line of the file as it was, from 0, before which the change stands */
        char *out;   /* whole lines that were there, or "" */
        char *in;    /* whole lines in their place */
        char *where; /* service of master.cf that they belong to, as "smtp inet", or "" */
} MgHunk;

/* The hunks of one file. */
typedef struct MgChange {
        char *file;       /* its name in its folder */
        char *begun;      /* where the file was not there: SHA-256 of what it began with, in hexadecimal; else NULL */
        GPtrArray *hunks; /* of MgHunk, in the order of their places */
} MgChange;

MgChange *mg_change_new(const char *file);
void mg_change_free(MgChange *change);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgChange, mg_change_free)

/* Behind those that stand at the same place. Copies all. */
void mg_change_add(MgChange *change, guint at, const char *out, const char *in, const char *where);

/* What begins with this text was not there before. */
void mg_change_begins(MgChange *change, const char *text);

/* text is the file as it was. Caller frees. */
char *mg_change_apply(const MgChange *change, const char *text);
/*
 * text is the file as it is now. What was not changed since is as it was; of what was, left (of char *) gets one
 * sentence each, with file and line. NULL where the file was not there before and nothing else stands in it. Caller
 * frees.
 */
char *mg_change_undo(const MgChange *change, const char *text, GPtrArray *left);

/* Appends it as a diff; of taking it back. */
void mg_change_print(const MgChange *change, GString *diff);
void mg_change_print_back(const MgChange *change, GString *diff);
/* The changes of a diff that mg_change_print() made, of MgChange; lines that begin with "#" before the first one are passed over. name stands in
 * errors. NULL with MG_ERROR_CONFIG. */
GPtrArray *mg_changes_parse(const char *name, const char *diff, GError **error);

/* Lines of a text, each with its end; owned elements. */
GPtrArray *mg_lines(const char *text);
