/* SPDX-License-Identifier: Apache-2.0 */
/*
 * receipt: the ten digits by which people name a mail
 *
 * Makes, prints and reads them. Does not give them out (the store does) and does not know whether one exists.
 */
#include "base/receipt.h"

#include <string.h>

#include "base/error.h"

#define DIGITS 10

/*
 * Damm's table: row is the digit carried so far, column the next digit of the number, entry the digit carried on. It is
 * a totally anti-symmetric quasigroup with zeros on its diagonal, so that a number with its check digit ends at 0.
 */
static const guint8 damm[10][10] = {
        {0, 3, 1, 7, 5, 9, 8, 6, 4, 2}, {7, 0, 9, 2, 1, 5, 4, 8, 6, 3}, {4, 2, 0, 6, 8, 7, 1, 3, 5, 9},
        {1, 7, 5, 0, 9, 8, 3, 4, 2, 6}, {6, 1, 2, 3, 0, 4, 5, 9, 7, 8}, {3, 6, 7, 4, 2, 0, 9, 5, 8, 1},
        {5, 8, 6, 9, 7, 2, 0, 1, 3, 4}, {8, 9, 4, 5, 3, 6, 2, 0, 1, 7}, {9, 4, 3, 8, 6, 1, 7, 2, 0, 5},
        {2, 5, 8, 1, 4, 3, 6, 7, 9, 0},
};

/* What is carried after these digits; 0 after a whole receipt number. */
static guint carry(const char *digits, gsize n) {
        guint carried = 0;

        for (gsize i = 0; i < n; i++)
                carried = damm[carried][digits[i] - '0'];
        return carried;
}

char *mg_receipt_make(guint node, guint32 serial) {
        char digits[DIGITS + 1];

        g_return_val_if_fail(node <= 9 && serial < MG_RECEIPT_SERIALS, NULL);
        g_snprintf(digits, sizeof digits, "%u%08u", node % 10, serial % MG_RECEIPT_SERIALS);
        digits[DIGITS - 1] = (char)('0' + carry(digits, DIGITS - 1));
        digits[DIGITS] = '\0';
        return g_strdup(digits);
}

char *mg_receipt_print(const char *receipt) {
        if (strlen(receipt) != DIGITS)
                return g_strdup(receipt);
        return g_strdup_printf("%.4s-%.4s-%.2s", receipt, receipt + 4, receipt + 8);
}

/* What people put between digits: blanks, and the many characters that look like a hyphen, full-width ones included. */
static gboolean is_gap(gunichar c) {
        return g_unichar_isspace(c) || c == '-' || (c >= 0x2010 && c <= 0x2015) || c == 0x2212 || c == 0x30FC ||
               c == 0xFF0D || c == 0xFF70;
}

char *mg_receipt_read(const char *typed, GError **error) {
        char digits[DIGITS + 1] = "";
        gsize n = 0;

        if (!g_utf8_validate(typed, -1, NULL)) {
                g_set_error(error, MG_ERROR, MG_ERROR_USAGE, "a receipt number has digits only");
                return NULL;
        }
        for (const char *p = typed; *p; p = g_utf8_next_char(p)) {
                gunichar c = g_utf8_get_char(p);

                if (is_gap(c))
                        continue;
                if (c >= 0xFF10 && c <= 0xFF19) /* full-width */
                        c = c - 0xFF10 + '0';
                if (c < '0' || c > '9') {
                        g_set_error(error, MG_ERROR, MG_ERROR_USAGE, "a receipt number has digits only");
                        return NULL;
                }
                if (n < DIGITS)
                        digits[n] = (char)c;
                n++;
        }
        if (n != DIGITS) {
                g_set_error(error, MG_ERROR, MG_ERROR_USAGE,
                            "a receipt number has %d digits, this one has %" G_GSIZE_FORMAT, DIGITS, n);
                return NULL;
        }
        if (carry(digits, DIGITS) != 0) {
                g_set_error(error, MG_ERROR, MG_ERROR_USAGE,
                            "a digit of this receipt number is wrong: its check digit does not fit");
                return NULL;
        }
        return g_strdup(digits);
}

guint32 mg_receipt_serial(const char *receipt) {
        guint32 serial = 0;

        g_return_val_if_fail(strlen(receipt) == DIGITS, 0);
        for (gsize i = 1; i < DIGITS - 1; i++)
                serial = serial * 10 + (guint32)(receipt[i] - '0');
        return serial;
}
