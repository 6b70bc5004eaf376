/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib/gstdio.h>
#include <string.h>

#include "config/notice.h"

/* A folder with notice files of our own, for tests: each text is its key and its values. */

static inline char *rules_text(void) {
        GString *text = g_string_new(NULL);
#define ROW(key, values) g_string_append_printf(text, "%s = \"%s %s\"\n", #key, #key, values);
        MG_TEXTS(ROW)
#undef ROW
        return g_string_free(text, FALSE);
}

static inline char *rules_make(void) {
        char *dir = g_dir_make_tmp("mugai-rules-XXXXXX", NULL);
        g_autofree char *ja = g_build_filename(dir, "notice.ja.conf", NULL);
        g_autofree char *en = g_build_filename(dir, "notice.en.conf", NULL);
        g_autofree char *text = rules_text();
        g_assert_true(g_file_set_contents(ja, text, -1, NULL));
        g_assert_true(g_file_set_contents(en, text, -1, NULL));
        return dir;
}

static inline void rules_remove(char *dir) {
        g_autofree char *ja = g_build_filename(dir, "notice.ja.conf", NULL);
        g_autofree char *en = g_build_filename(dir, "notice.en.conf", NULL);
        g_remove(ja);
        g_remove(en);
        g_assert_cmpint(g_rmdir(dir), ==, 0);
        g_free(dir);
}
