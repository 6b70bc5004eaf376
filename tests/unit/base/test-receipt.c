/* SPDX-License-Identifier: Apache-2.0 */
/* Receipt numbers: round trip, what people type, and that the check digit catches what it promises to catch. */
#include "base/receipt.h"

#include <string.h>

#include "base/error.h"

static void test_make(void) {
        for (guint i = 0; i < 20000; i++) {
                guint32 serial = (guint32)(((guint64)i * 104729u) % MG_RECEIPT_SERIALS);
                g_autofree char *receipt = mg_receipt_make(i % 10, serial);
                g_autofree char *printed = mg_receipt_print(receipt);
                g_autofree char *read = mg_receipt_read(printed, NULL);

                g_assert_cmpuint(strlen(receipt), ==, 10);
                g_assert_cmpuint(strlen(printed), ==, 12);
                g_assert_cmpint(receipt[0], ==, '0' + i % 10);
                g_assert_cmpstr(read, ==, receipt);
                g_assert_cmpuint(mg_receipt_serial(receipt), ==, serial);
        }
}

/* Damm's worked example: the check digit of 572 is 4; with it carried along, leading zeros change nothing. */
static void test_known(void) {
        g_autofree char *receipt = mg_receipt_make(0, 572);

        g_assert_cmpstr(receipt, ==, "0000005724");
}

static void test_wrong_digits(void) {
        for (guint i = 0; i < 500; i++) {
                g_autofree char *receipt = mg_receipt_make(i % 10, (i * 7919u * 31u) % MG_RECEIPT_SERIALS);

                for (guint at = 0; at < 10; at++) {
                        for (char digit = '0'; digit <= '9'; digit++) {
                                g_autofree char *wrong = g_strdup(receipt);
                                g_autofree char *read = NULL;

                                wrong[at] = digit;
                                read = mg_receipt_read(wrong, NULL);
                                g_assert_true((read != NULL) == (digit == receipt[at]));
                        }
                }
                for (guint at = 0; at + 1 < 10; at++) {
                        g_autofree char *wrong = g_strdup(receipt);
                        g_autofree char *read = NULL;

                        wrong[at] = receipt[at + 1];
                        wrong[at + 1] = receipt[at];
                        read = mg_receipt_read(wrong, NULL);
                        g_assert_true((read != NULL) == (wrong[at] == wrong[at + 1]));
                }
        }
}

static void test_read(void) {
        static const struct {
                const char *typed;
                const char *receipt; /* NULL: refused */
        } cases[] = {
                {"0000005724", "0000005724"},
                {"0000-0057-24", "0000005724"},
                {" 0000 0057 24\n", "0000005724"},
                {"００００－００５７－２４", "0000005724"},
                {"0000ー0057　24", "0000005724"},
                {"000000572", NULL},
                {"00000057244", NULL},
                {"0000005725", NULL},
                {"000000572a", NULL},
                {"", NULL},
                {"\xFF", NULL},
                {"0000005724/../x", NULL},
        };

        for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_autoptr(GError) error = NULL;
                g_autofree char *read = mg_receipt_read(cases[i].typed, &error);

                g_assert_cmpstr(read, ==, cases[i].receipt);
                if (read)
                        g_assert_no_error(error);
                else
                        g_assert_error(error, MG_ERROR, MG_ERROR_USAGE);
        }
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/receipt/make", test_make);
        g_test_add_func("/receipt/known", test_known);
        g_test_add_func("/receipt/wrong-digits", test_wrong_digits);
        g_test_add_func("/receipt/read", test_read);
        return g_test_run();
}
