/* SPDX-License-Identifier: Apache-2.0 */
/* What S/MIME parts are by their octets (row B19): in DER and in the BER of mailers that stream, cut anywhere. */
#include "sanitize/cms.h"

#include <string.h>

#include "mails.h"
#include "sanitize/identify.h"

#define TYPE(n) "\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07" n
#define SMIME(n) "\x06\x0B\x2A\x86\x48\x86\xF7\x0D\x01\x09\x10\x01" n
#define SHA_256 "\x31\x0D\x30\x0B\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01"
#define DATA TYPE("\x01")

typedef struct Row {
        const char *id;
        const char *octets;
        gsize n;
        MgCms kind;
} Row;

#define OCTETS(octets) octets, sizeof(octets) - 1

static const Row rows[] = {
        {"B19 opaque",
         OCTETS("\x30\x34" TYPE("\x02") "\xA0\x27\x30\x25\x02\x01\x01" SHA_256 "\x30\x11" DATA "\xA0\x04\x04\x02hi"),
         MG_CMS_SIGNED},
        {"B19 opaque, long lengths",
         OCTETS("\x30\x82\x01\x34" TYPE("\x02") "\xA0\x82\x01\x27\x30\x82\x01\x25\x02\x01\x01" SHA_256
                                                "\x30\x81\x84" DATA "\xA0\x77\x04\x75hi"),
         MG_CMS_SIGNED},
        {"B19 opaque, streamed",
         OCTETS("\x30\x80" TYPE("\x02") "\xA0\x80\x30\x80\x02\x01\x01" SHA_256 "\x30\x80" DATA
                                        "\xA0\x80\x24\x80\x04\x02hi\0\0\0\0\0\0"),
         MG_CMS_SIGNED},
        {"B19 opaque, algorithms that cannot be skipped",
         OCTETS("\x30\x80" TYPE("\x02") "\xA0\x80\x30\x80\x02\x01\x01\x31\x80\0\0\x30\x80" DATA "\0\0"), MG_CMS_SIGNED},
        {"B19 signature", OCTETS("\x30\x2E" TYPE("\x02") "\xA0\x21\x30\x1F\x02\x01\x01" SHA_256 "\x30\x0B" DATA),
         MG_CMS_SIGNATURE},
        {"B19 signature, streamed",
         OCTETS("\x30\x80" TYPE("\x02") "\xA0\x80\x30\x80\x02\x01\x01" SHA_256 "\x30\x80" DATA "\0\0\xA0\x80"),
         MG_CMS_SIGNATURE},
        {"B19 enveloped", OCTETS("\x30\x20" TYPE("\x03") "\xA0\x13\x30\x11"), MG_CMS_ENCRYPTED},
        {"B19 signed and enveloped", OCTETS("\x30\x20" TYPE("\x04") "\xA0\x13\x30\x11"), MG_CMS_ENCRYPTED},
        {"B19 encrypted", OCTETS("\x30\x20" TYPE("\x06") "\xA0\x13\x30\x11"), MG_CMS_ENCRYPTED},
        {"B19 authenticated and enveloped", OCTETS("\x30\x80" SMIME("\x17") "\xA0\x80"), MG_CMS_ENCRYPTED},
        {"B19 compressed", OCTETS("\x30\x80" SMIME("\x09") "\xA0\x80"), MG_CMS_OTHER},
        {"digested", OCTETS("\x30\x80" TYPE("\x05") "\xA0\x80"), MG_CMS_OTHER},
        {"data alone", OCTETS("\x30\x80" DATA "\xA0\x80"), MG_CMS_NONE},
        {"another object", OCTETS("\x30\x80" TYPE("\x12") "\xA0\x80"), MG_CMS_NONE},
        {"a certificate", OCTETS("\x30\x82\x01\x80\x30\x82\x01\x27\xA0\x03\x02\x01\x02"), MG_CMS_NONE},
        {"a set", OCTETS("\x31\x20" TYPE("\x03") "\xA0\x13"), MG_CMS_NONE},
        {"a length of five octets", OCTETS("\x30\x85\0\0\0\0\x20" TYPE("\x03")), MG_CMS_NONE},
        {"an object beyond the end", OCTETS("\x30\x80\x06\x7F\x2A\x86\x48\x86\xF7\x0D\x01\x07\x03"), MG_CMS_NONE},
        {"text", OCTETS("0\x1F"), MG_CMS_NONE},
        {"nothing", OCTETS(""), MG_CMS_NONE},
};

/* A copy without an octet behind it, so that a sanitizer sees a step too far. */
static MgCms kind_of(const char *octets, gsize n) {
        g_autofree guint8 *copy = g_memdup2(octets, n);
        return mg_cms_kind(copy, n);
}

static void test_kinds(gconstpointer data) {
        const Row *row = data;
        g_assert_cmpint(kind_of(row->octets, row->n), ==, row->kind);
        for (gsize n = 0; n < row->n; n++) {
                MgCms kind = kind_of(row->octets, n);
                g_assert_true(kind == MG_CMS_NONE || kind == row->kind || kind == MG_CMS_SIGNED);
        }
}

/* Any octets in any place: no step outside. */
static void test_mutations(void) {
        for (guint round = 0; round < 200000; round++) {
                const Row *row = &rows[round % G_N_ELEMENTS(rows)];
                g_autofree char *copy = g_memdup2(row->octets, row->n);
                for (gint i = g_test_rand_int_range(0, 3); row->n > 0 && i >= 0; i--)
                        copy[g_test_rand_int_range(0, (gint)row->n)] = (char)g_test_rand_int_range(0, 256);
                g_assert_cmpint(kind_of(copy, row->n), <=, MG_CMS_OTHER);
        }
}

static void test_types(void) {
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *type = mg_identify(rows[i].octets, rows[i].n);
                gboolean mime = g_str_equal(type, "application/pkcs7-mime");
                gboolean signature = g_str_equal(type, "application/pkcs7-signature");
                g_test_message("%s: %s", rows[i].id, type);
                g_assert_true(mime == (rows[i].kind != MG_CMS_NONE && rows[i].kind != MG_CMS_SIGNATURE));
                g_assert_true(signature == (rows[i].kind == MG_CMS_SIGNATURE));
        }
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        warm();
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *path = g_strdup_printf("/cms/%s", rows[i].id);
                g_test_add_data_func(path, &rows[i], test_kinds);
        }
        g_test_add_func("/cms/B19-mutations", test_mutations);
        g_test_add_func("/cms/B19-types", test_types);
        return g_test_run();
}
