/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * certificate: a file with one certificate that originals are sealed to -> values
 *
 * Accepted are P-256 and RSA of 3072 to 8192 bits, with a use of the key that allows sealing. A file that also holds a
 * private key is a fault: whoever seals must not be able to open. One that has expired is none: its key opens what is
 * sealed to it as before, and a gateway must not stop over a date. Who uses it says so, loudly.
 */
typedef struct MgCertificate {
        char *path;
        char *organization; /* whose key it is; NULL: of nobody in particular, as the escrow */
        GBytes *der;
        char *kind;            /* "P-256", "RSA 3072" */
        char *fingerprint;     /* SHA-256 of the certificate, as openssl prints it: "AB:CD:..." */
        guint8 key_digest[32]; /* SHA-256 of the public key: equal in two certificates of one key */
        gint64 not_before;     /* seconds since the epoch */
        gint64 not_after;
} MgCertificate;

/* So long before the end of a certificate it is time for another one. */
#define MG_CERTIFICATE_DAYS 30

/* NULL with *fault: half a sentence that says what is wrong and what would be right, to stand behind the name of
 * the file; the caller frees it. */
MgCertificate *mg_certificate_read(const char *path, char **fault);
/* The same of the content of a file. */
MgCertificate *mg_certificate_parse(const char *path, const char *text, gsize n, char **fault);
/* What its dates say at that time, seconds since the epoch: "expired on 2027-04-25", "expires on ...", "is not
 * valid before ..."; NULL where that is nothing. Caller frees. */
char *mg_certificate_worry(const MgCertificate *certificate, gint64 now);
void mg_certificate_free(MgCertificate *certificate);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgCertificate, mg_certificate_free)
