/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Types of files that can be kept, as a table. Says of no file that it is safe: what a file holds beyond its type is
 * asked by rules/keep.
 *
 * Not here, and why:
 *   text/csv, text/html, XML, SVG      programs that open them run formulas or scripts, or fetch what they name
 *   image/gif, bmp, tiff, webp, heic   nobody needs them to work; each is one more decoder to attack
 *   application/msword and its like    OLE2: macros and objects in a structure that hides both well
 *   Word and PowerPoint (OOXML)        templates, frames and subdocuments are fetched or run when they are opened
 *   OpenDocument                       the same, and libraries of Basic
 *   archives, messages                 what is in them was not looked at as this part was
 *   application/octet-stream           nobody knows what it is
 */
#include "base/kept_type.h"

#include <string.h>

static const MgKeptType types[] = {
        /* Pages: without scripts, actions, files inside, encryption and objects that cannot be seen (flags say so). */
        {"application/pdf", "application/pdf", "pdf", "%PDF-1.", 7},
        /* Pictures of dots, which hold nothing that runs. */
        {"image/jpeg", "image/jpeg", "jpg jpeg", "\xFF\xD8\xFF", 3},
        {"image/png", "image/png", "png", "\x89PNG\r\n\x1A\n", 8},
        /* Characters. Not sent as text/plain: a client would show that below the body, with its links alive. */
        {"text/plain", "application/octet-stream", "txt", "", 0},
};

const MgKeptType *mg_kept_type(const char *found) {
        for (gsize i = 0; i < G_N_ELEMENTS(types); i++)
                if (strcmp(types[i].found, found) == 0)
                        return &types[i];
        return NULL;
}

gboolean mg_kept_type_names(const MgKeptType *type, const char *name) {
        g_auto(GStrv) extensions = g_strsplit(type->extensions, " ", -1);
        const char *dot = strrchr(name, '.');
        g_autofree char *extension = dot && dot > name ? g_ascii_strdown(dot + 1, -1) : NULL;

        return extension && g_strv_contains((const char *const *)extensions, extension);
}

gboolean mg_kept_type_begins(const MgKeptType *type, const void *data, gsize n) {
        return n >= type->n && (type->n == 0 || memcmp(data, type->begins, type->n) == 0);
}

char *mg_kept_type_words(void) {
        GString *words = g_string_new(NULL);

        for (gsize i = 0; i < G_N_ELEMENTS(types); i++)
                g_string_append_printf(words, "%s%s",
                                       i == 0                        ? ""
                                       : i + 1 < G_N_ELEMENTS(types) ? ", "
                                                                     : " and ",
                                       types[i].found);
        return g_string_free(words, FALSE);
}
