/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where rules and programs stand. Asks /proc/self/exe alone: an environment variable that points elsewhere would
 * let whoever sets it choose what runs as root.
 */
#include <string.h>

#include "config/config.h"

/* A build folder is at most this far above a program in it: tests/unit/<room>. */
#define LEVELS 4

/* The build folder that this program runs from: it stands under src or tests of a folder that meson made. NULL when it
 * is installed, a DESTDIR inside a build folder included. */
static char *build_folder(void) {
        g_autofree char *program = g_file_read_link("/proc/self/exe", NULL);
        g_autofree char *folder = program != NULL ? g_path_get_dirname(program) : NULL;
        for (guint i = 0; folder != NULL && i < LEVELS; i++) {
                g_autofree char *above = g_path_get_dirname(folder);
                g_autofree char *mark = g_build_filename(above, "meson-private", NULL);
                g_autofree char *name = g_path_get_basename(folder);
                if ((strcmp(name, "src") == 0 || strcmp(name, "tests") == 0) && g_file_test(mark, G_FILE_TEST_IS_DIR))
                        return g_steal_pointer(&above);
                g_free(folder);
                folder = g_steal_pointer(&above);
        }
        return NULL;
}

char *mg_config_rules_dir(void) {
        g_autofree char *build = build_folder();
        return build != NULL ? g_build_filename(build, "rules", NULL) : g_strdup(MG_RULES_DIR);
}

char *mg_config_program(const char *name) {
        g_autofree char *build = build_folder();
        return build != NULL ? g_build_filename(build, "src", name, NULL)
                             : g_build_filename(MG_LIBEXEC_DIR, name, NULL);
}
