/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates: what may be sealed to, and a sentence for each that may not. */
#include <string.h>

#include "config/certificate.h"
#include "key/pair.h"

#define NOW 1800000000
#define DAYS 100
#define DAY 86400

static MgPair make(MgPairKind kind) {
        MgPair pair;
        g_autoptr(GError) error = NULL;

        mg_pair_make(&pair, kind, "test", NOW, DAYS, "four words and more", &error);
        g_assert_no_error(error);
        return pair;
}

static MgCertificate *parse(const char *text, char **fault) {
        return mg_certificate_parse("file", text, strlen(text), fault);
}

static void test_kinds(void) {
        static const struct {
                MgPairKind kind;
                const char *name;
        } rows[] = {{MG_PAIR_P256, "P-256"}, {MG_PAIR_RSA, "RSA 3072"}};

        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_auto(MgPair) pair = make(rows[i].kind);
                g_autofree char *fault = NULL;
                g_autoptr(MgCertificate) certificate = parse(pair.certificate, &fault);

                g_assert_cmpstr(fault, ==, NULL);
                g_assert_cmpstr(certificate->kind, ==, rows[i].name);
                g_assert_cmpint(certificate->not_after, ==, (gint64)NOW + DAYS * DAY);
                g_assert_cmpuint(strlen(certificate->fingerprint), ==, 95);
        }
}

/* A date is no fault: what is sealed is opened by the key, which has none. */
static void test_times(void) {
        static const struct {
                gint64 now;
                const char *worry;
        } rows[] = {{NOW, NULL},
                    {NOW + (DAYS - 30) * DAY, NULL},
                    {NOW + (DAYS - 30) * DAY + 1, "expires on 2027-04-25"},
                    {NOW + DAYS * DAY, "expires on 2027-04-25"},
                    {NOW + DAYS * DAY + 1, "expired on 2027-04-25"},
                    {NOW + 9999 * (gint64)DAY, "expired on 2027-04-25"},
                    {NOW - DAY, "is not valid before 2027-01-15"},
                    {0, "is not valid before 2027-01-15"}};
        g_auto(MgPair) pair = make(MG_PAIR_P256);
        g_autofree char *fault = NULL;
        g_autoptr(MgCertificate) certificate = parse(pair.certificate, &fault);

        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *worry = mg_certificate_worry(certificate, rows[i].now);

                g_assert_cmpstr(worry, ==, rows[i].worry);
        }
}

static void test_contents(void) {
        g_auto(MgPair) pair = make(MG_PAIR_P256);
        g_autofree char *both = g_strconcat(pair.certificate, pair.key, NULL);
        g_autofree char *twice = g_strconcat(pair.certificate, pair.certificate, NULL);
        g_autofree char *cut = g_strndup(pair.certificate, strlen(pair.certificate) / 2);
        const struct {
                const char *text, *fault;
        } rows[] = {{both, "private key"},
                    {pair.key, "private key"},
                    {twice, "more than one"},
                    {cut, "no certificate"},
                    {"", "no certificate"}};

        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *fault = NULL;

                g_assert_null(parse(rows[i].text, &fault));
                g_assert_nonnull(strstr(fault, rows[i].fault));
        }
}

/* Another key has another digest, and another certificate another fingerprint. */
static void test_digests(void) {
        g_auto(MgPair) one = make(MG_PAIR_P256), other = make(MG_PAIR_P256);
        g_autofree char *fault = NULL;
        g_autoptr(MgCertificate) a = parse(one.certificate, &fault), again = parse(one.certificate, &fault);
        g_autoptr(MgCertificate) b = parse(other.certificate, &fault);

        g_assert_cmpmem(a->key_digest, 32, again->key_digest, 32);
        g_assert_cmpint(memcmp(a->key_digest, b->key_digest, 32), !=, 0);
        g_assert_cmpstr(a->fingerprint, ==, again->fingerprint);
        g_assert_cmpstr(a->fingerprint, !=, b->fingerprint);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/config/certificate/kinds", test_kinds);
        g_test_add_func("/config/certificate/times", test_times);
        g_test_add_func("/config/certificate/contents", test_contents);
        g_test_add_func("/config/certificate/digests", test_digests);
        return g_test_run();
}
