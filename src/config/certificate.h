/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * certificate: a file with one certificate that originals are sealed to -> values
 *
 * Accepted are P-256 and RSA of 3072 to 8192 bits, valid now, with a use of the key that allows sealing. A file that also
 * holds a private key is a fault: whoever seals must not be able to open.
 */
typedef struct MgCertificate {
        char *path;
        GBytes *der;
        char *kind;             /* "P-256", "RSA 3072" */
        char *fingerprint;      /* SHA-256 of the certificate, as openssl prints it: "AB:CD:..." */
        guint8 key_digest[32];  /* SHA-256 of the public key: equal in two certificates of one key */
        gint64 not_after;       /* seconds since the epoch */
} MgCertificate;

/* now in seconds since the epoch. NULL with *fault: half a sentence that says what is wrong and what would be right, to
 * stand behind the name of the file; the caller frees it. */
MgCertificate *mg_certificate_read(const char *path, gint64 now, char **fault);
/* The same of the content of a file. */
MgCertificate *mg_certificate_parse(const char *path, const char *text, gsize n, gint64 now, char **fault);
void mg_certificate_free(MgCertificate *certificate);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgCertificate, mg_certificate_free)
