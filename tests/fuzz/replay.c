/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fuzz target as a test: replay-NAME FILE-OR-FOLDER... reads each file once, in the order of their names, folders
 * with what is below them, and says so in TAP. Finds nothing new. A fault ends the program at the input that is named
 * last.
 */
#include <stdio.h>

#include "fuzz.h"

/* Corpora have one level; the shared corpus has a few. */
#define DEPTH_MAX 8

static void collect(const char *path, guint depth, GPtrArray *files) {
        g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
        const char *name;

        if (!dir) {
                g_ptr_array_add(files, g_strdup(path));
                return;
        }
        while (depth < DEPTH_MAX && (name = g_dir_read_name(dir))) {
                g_autofree char *below = g_build_filename(path, name, NULL);

                collect(below, depth + 1, files);
        }
}

static gint by_name(gconstpointer a, gconstpointer b) {
        return g_strcmp0(*(const char *const *)a, *(const char *const *)b);
}

int main(int argc, char **argv) {
        g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);

        setvbuf(stdout, NULL, _IOLBF, 0);
        for (int i = 1; i < argc; i++)
                collect(argv[i], 0, files);
        g_ptr_array_sort(files, by_name);
        LLVMFuzzerInitialize(&argc, &argv);
        printf("1..%u\n", files->len);
        for (guint i = 0; i < files->len; i++) {
                const char *path = files->pdata[i];
                g_autofree char *name = g_path_get_basename(path);
                g_autofree char *data = NULL;
                gsize n;

                printf("# %s\n", path);
                if (!g_file_get_contents(path, &data, &n, NULL)) {
                        printf("not ok %u - %s cannot be read\n", i + 1, name);
                        continue;
                }
                /* A copy of its own size, so that a sanitizer sees a read behind the end. */
                g_autofree uint8_t *input = g_memdup2(data, n);
                LLVMFuzzerTestOneInput(input ? input : (const uint8_t *)"", n);
                printf("ok %u - %s\n", i + 1, name);
        }
        return files->len == 0;
}
