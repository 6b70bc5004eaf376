/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * Receipt numbers: ten digits - node, serial (8), check digit - that a person can read over the telephone
 *
 * The check digit is Damm's (H. M. Damm, 2004: a totally anti-symmetric quasigroup of order 10): any one wrong
 * digit and any two neighbouring swapped digits are caught.
 */
#define MG_RECEIPT_SERIALS 100000000u

/* node 0-9, serial below MG_RECEIPT_SERIALS. Ten digits; caller frees. */
char *mg_receipt_make(guint node, guint32 serial);
/* "1234567890" -> "1234-5678-90". Caller frees. */
char *mg_receipt_print(const char *receipt);
/* Reads what a person typed: blanks and hyphens anywhere, full-width digits too. Ten digits, or NULL with an error
 * that says what is wrong. */
char *mg_receipt_read(const char *typed, GError **error);
/* The serial of a valid receipt. */
guint32 mg_receipt_serial(const char *receipt);
