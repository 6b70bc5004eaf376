/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The spool: fields and body come back byte for byte, and a bound is a bound.
 */
#include <string.h>

#include "base/fd.h"
#include "milter/spool.h"

static void assert_content(MgSpool *spool, const char *wanted, gsize n) {
        g_autoptr(GError) error = NULL;
        int fd = mg_spool_seal(spool, &error);
        g_autoptr(GBytes) content = NULL;
        gsize got_n;
        const char *got;

        g_assert_no_error(error);
        g_assert_true(mg_fd_is_sealed(fd));
        content = mg_fd_map(fd, 0, G_MAXSIZE, &error);
        got = g_bytes_get_data(content, &got_n);
        g_assert_cmpmem(got, got_n, wanted, n);
}

static const struct {
        const char *name, *value, *wanted;
} fields[] = {
        {"Subject", " plain", "Subject: plain\r\n"},
        {"Subject", "no blank", "Subject:no blank\r\n"},
        {"Subject", "\ttab", "Subject:\ttab\r\n"},
        {"Subject", " folded\n more\n\tand more", "Subject: folded\r\n more\r\n\tand more\r\n"},
        {"Subject", "", "Subject:\r\n"},
        {"Subject", " ends\n", "Subject: ends\r\n\r\n"},
        {"Subject", " bare\rCR and\r\n one", "Subject: bare\rCR and\r\r\n one\r\n"},
        {"X-odd name", " \xff\xfe 8-bit", "X-odd name: \xff\xfe 8-bit\r\n"},
};

static void test_fields(void) {
        for (guint i = 0; i < G_N_ELEMENTS(fields); i++) {
                MgSpool spool;

                mg_spool_init(&spool, 1000);
                mg_spool_header(&spool, fields[i].name, fields[i].value);
                assert_content(&spool, fields[i].wanted, strlen(fields[i].wanted));
                mg_spool_clear(&spool);
        }
}

/* Pieces around the size at which the buffer is written out. */
static void test_pieces(void) {
        static const gsize sizes[] = {1, 7, 4095, 65535, 65536, 65537, 200000};

        for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
                g_autoptr(GByteArray) all = g_byte_array_new();
                g_autofree char *piece = g_malloc(sizes[i]);
                MgSpool spool;

                mg_spool_init(&spool, 10000000);
                for (guint round = 0; round < 5; round++) {
                        memset(piece, 'a' + (int)round, sizes[i]);
                        mg_spool_body(&spool, piece, sizes[i]);
                        g_byte_array_append(all, (guint8 *)piece, (guint)sizes[i]);
                }
                g_assert_cmpuint(spool.size, ==, all->len);
                assert_content(&spool, (char *)all->data, all->len);
                mg_spool_clear(&spool);
        }
}

static void test_bound(void) {
        MgSpool spool;

        mg_spool_init(&spool, 10);
        mg_spool_body(&spool, "0123456789", 10);
        g_assert_false(spool.overflow);
        mg_spool_body(&spool, "x", 1);
        g_assert_true(spool.overflow);
        g_assert_cmpuint(spool.size, ==, 10);
        mg_spool_body(&spool, "", 0);
        g_assert_true(spool.overflow);
        mg_spool_clear(&spool);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/spool/fields", test_fields);
        g_test_add_func("/spool/pieces", test_pieces);
        g_test_add_func("/spool/bound", test_bound);
        return g_test_run();
}
