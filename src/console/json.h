/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/* JSON (RFC 8259), written by calls in the order in which it stands. Keys are constants; NULL is the key of an element of an array. */
typedef struct MgJson {
        GString *out;  /* borrowed */
        gboolean more; /* a comma is due before the next value */
} MgJson;

void mg_json_begin(MgJson *json, const char *key, char bracket);     /* '{' or '[' */
void mg_json_end(MgJson *json, char bracket);                        /* '}' or ']' */
void mg_json_text(MgJson *json, const char *key, const char *value); /* NULL is null */
void mg_json_number(MgJson *json, const char *key, gint64 value);
void mg_json_boolean(MgJson *json, const char *key, gboolean value);
