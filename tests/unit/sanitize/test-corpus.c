/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every file below the folder MUGAI_CORPUS: no crash, no second longer than it may take, an answer that crosses
 * the border, the same one twice. Skipped without the variable.
 */
#include "../used.h"
#include "base/digest.h"
#include "mails.h"

static const guint depth_max = 8;
static const guint parts_max = 4;

typedef struct Figures {
        guint files;
        guint failed; /* a bound exceeded */
        guint parts;  /* taken out again */
        gint64 worst; /* microseconds */
        char *worst_file;
} Figures;

static gboolean compare_part(GBytes *content, gpointer data) {
        const MgFacts *facts = data;
        guint8 digest[32];
        mg_digest(g_bytes_get_data(content, NULL), g_bytes_get_size(content), digest);
        g_assert_cmpmem(digest, sizeof digest, facts->sha256, sizeof facts->sha256);
        return TRUE;
}

/* Each part, up to a bound, can be taken out by its digest. */
static void take_parts(const char *mail, gsize n, const MgReading *reading, Figures *figures) {
        g_autoptr(GBytes) octets = g_bytes_new_static(mail, n);
        for (guint i = 0; i < MIN(reading->parts->len, parts_max); i++) {
                MgFacts *facts = reading->parts->pdata[i];
                g_assert_true(
                        mg_sanitize_take(octets, &mg_limits_default, facts->size, facts->sha256, compare_part, facts));
                figures->parts++;
        }
}

static void read_file(const char *path, Figures *figures) {
        g_autofree char *mail = NULL;
        gsize n;
        g_assert_true(g_file_get_contents(path, &mail, &n, NULL));
        gint64 begin = used_time();
        g_autoptr(MgReading) reading = read_octets(mail, n, &mg_limits_default);
        gint64 took = used_time() - begin;
        g_autoptr(MgReading) again = read_octets(mail, n, &mg_limits_default);
        g_assert_true(g_bytes_equal(reading->body, again->body));
        g_assert_cmpuint(reading->parts->len, ==, again->parts->len);
        g_assert_true(reading->failure == MG_FAILURE_NONE || reading->failure == MG_FAILURE_LIMIT);
        take_parts(mail, n, reading, figures);
        figures->files++;
        figures->failed += reading->failure != MG_FAILURE_NONE;
        if (took > figures->worst) {
                figures->worst = took;
                g_free(figures->worst_file);
                figures->worst_file = g_strdup(path);
        }
#if !defined(__SANITIZE_ADDRESS__)
        g_assert_cmpint(took, <, G_USEC_PER_SEC);
#endif
}

static void read_folder(const char *path, guint depth, Figures *figures) {
        g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
        const char *name;
        while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
                g_autofree char *below = g_build_filename(path, name, NULL);
                if (!g_file_test(below, G_FILE_TEST_IS_DIR))
                        read_file(below, figures);
                else if (depth < depth_max)
                        read_folder(below, depth + 1, figures);
        }
}

static void test_corpus(void) {
        const char *folder = g_getenv("MUGAI_CORPUS");
        if (folder == NULL) {
                g_test_skip("MUGAI_CORPUS is not set");
                return;
        }
        Figures figures = {0};
        read_folder(folder, 0, &figures);
        g_test_message("%u files, %u beyond a bound, %u parts taken out, slowest %.1f ms (%s)", figures.files,
                       figures.failed, figures.parts, figures.worst / 1000.0,
                       figures.worst_file != NULL ? figures.worst_file : "-");
        g_assert_cmpuint(figures.files, >, 0);
        g_free(figures.worst_file);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        warm();
        g_test_add_func("/corpus/all", test_corpus);
        return g_test_run();
}
