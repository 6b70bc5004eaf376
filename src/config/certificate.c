/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One certificate of a PEM file. Builds no chain and asks nobody whether it was revoked: whose certificate it is, is
 * said by the administrator who writes its path into the configuration.
 */
#include "config/certificate.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

#include "base/digest.h"
#include "base/fd.h"

/* A certificate has one to three kilobytes. */
#define FILE_MAX (64 * 1024)
/* 128 bits of strength, as P-256 has: what is sealed today is kept for years. Above the upper end it takes long. */
#define RSA_LEAST 3072
#define RSA_MOST 8192

G_DEFINE_AUTOPTR_CLEANUP_FUNC(BIO, BIO_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(X509, X509_free)

void mg_certificate_free(MgCertificate *certificate) {
        if (!certificate)
                return;
        g_free(certificate->path);
        g_free(certificate->organization);
        g_clear_pointer(&certificate->der, g_bytes_unref);
        g_free(certificate->kind);
        g_free(certificate->fingerprint);
        g_free(certificate);
}

static char *fingerprint_of(GBytes *der) {
        GString *text = g_string_new(NULL);
        guint8 digest[32];
        gsize n;
        gconstpointer data = g_bytes_get_data(der, &n);

        mg_digest(data, n, digest);
        for (guint i = 0; i < sizeof digest; i++)
                g_string_append_printf(text, "%s%02X", i > 0 ? ":" : "", digest[i]);
        return g_string_free(text, FALSE);
}

/* "P-256", "RSA 3072", or NULL with *fault. */
static char *kind_of(X509 *certificate, char **fault) {
        const EVP_PKEY *key = X509_get0_pubkey(certificate);
        char group[64] = "";
        int bits = key ? EVP_PKEY_get_bits(key) : 0;

        if (key && EVP_PKEY_is_a(key, "EC") && EVP_PKEY_get_group_name(key, group, sizeof group, NULL) == 1 &&
            strcmp(group, "prime256v1") == 0)
                return g_strdup("P-256");
        if (key && EVP_PKEY_is_a(key, "RSA")) {
                if (bits >= RSA_LEAST && bits <= RSA_MOST)
                        return g_strdup_printf("RSA %d", bits);
                *fault = g_strdup_printf("has an RSA key of %d bits; it should have %d to %d bits, or be of P-256",
                                         bits, RSA_LEAST, RSA_MOST);
                return NULL;
        }
        *fault = g_strdup_printf("has a key of another kind%s%s; it should be of P-256, or RSA of %d bits or more",
                                 *group ? ", " : "", group, RSA_LEAST);
        return NULL;
}

/* FALSE where the certificate says what its key is for, and sealing is not among it. */
static gboolean may_seal(X509 *certificate) {
        guint32 usage = X509_get_key_usage(certificate);

        return (usage &
                (EVP_PKEY_is_a(X509_get0_pubkey(certificate), "EC") ? KU_KEY_AGREEMENT : KU_KEY_ENCIPHERMENT)) != 0;
}

static gboolean time_of(const ASN1_TIME *time, gint64 *seconds) {
        struct tm fields;

        if (ASN1_TIME_to_tm(time, &fields) != 1)
                return FALSE;
        *seconds = (gint64)timegm(&fields);
        return TRUE;
}

static char *date_of(gint64 seconds) {
        g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(seconds);

        return time ? g_date_time_format(time, "%Y-%m-%d") : g_strdup("another age");
}

static gboolean read_times(X509 *from, MgCertificate *certificate, char **fault) {
        if (time_of(X509_get0_notBefore(from), &certificate->not_before) &&
            time_of(X509_get0_notAfter(from), &certificate->not_after))
                return TRUE;
        *fault = g_strdup("has no readable time of validity; make a new one with mugai key init");
        return FALSE;
}

char *mg_certificate_worry(const MgCertificate *certificate, gint64 now) {
        gboolean early = certificate->not_before > now;
        g_autofree char *date = date_of(early ? certificate->not_before : certificate->not_after);

        if (early)
                return g_strdup_printf("is not valid before %s", date);
        if (certificate->not_after < now)
                return g_strdup_printf("expired on %s", date);
        return (certificate->not_after - now) / 86400 < MG_CERTIFICATE_DAYS ? g_strdup_printf("expires on %s", date)
                                                                            : NULL;
}

static X509 *one_certificate(const char *text, gsize n, char **fault) {
        g_autoptr(BIO) bio = BIO_new_mem_buf(text, (int)n);
        g_autoptr(X509) first = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
        g_autoptr(X509) second = first ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;

        if (!first)
                *fault = g_strdup(
                        "holds no certificate; it should be one in PEM form, -----BEGIN CERTIFICATE----- first");
        else if (second)
                *fault = g_strdup("holds more than one certificate; it should hold the one to seal to alone");
        return first && !second ? g_steal_pointer(&first) : NULL;
}

static GBytes *der_of(X509 *certificate) {
        unsigned char *der = NULL;
        int n = i2d_X509(certificate, &der);
        GBytes *bytes = n > 0 ? g_bytes_new(der, (gsize)n) : NULL;

        OPENSSL_free(der);
        return bytes;
}

static void digest_key(X509 *certificate, guint8 digest[32]) {
        const ASN1_BIT_STRING *key = X509_get0_pubkey_bitstr(certificate);

        mg_digest(ASN1_STRING_get0_data(key), (gsize)ASN1_STRING_length(key), digest);
}

MgCertificate *mg_certificate_parse(const char *path, const char *text, gsize n, char **fault) {
        g_autoptr(MgCertificate) certificate = g_new0(MgCertificate, 1);
        g_autoptr(X509) read = NULL;

        *fault = NULL;
        if (g_strstr_len(text, (gssize)n, "PRIVATE KEY-----")) {
                *fault = g_strdup(
                        "also holds a private key, which the gateway must never see; leave the certificate alone "
                        "in this file, and take the key off this machine");
                return NULL;
        }
        read = one_certificate(text, n, fault);
        if (!read)
                return NULL;
        certificate->kind = kind_of(read, fault);
        if (!certificate->kind)
                return NULL;
        if (!may_seal(read)) {
                *fault = g_strdup("is for another use of its key; its key usage should be keyAgreement (P-256) or "
                                  "keyEncipherment (RSA)");
                return NULL;
        }
        certificate->der = read_times(read, certificate, fault) ? der_of(read) : NULL;
        if (!certificate->der) {
                *fault = *fault ? *fault : g_strdup("cannot be copied; make a new one with mugai key init");
                return NULL;
        }
        certificate->path = g_strdup(path);
        certificate->fingerprint = fingerprint_of(certificate->der);
        digest_key(read, certificate->key_digest);
        return g_steal_pointer(&certificate);
}

MgCertificate *mg_certificate_read(const char *path, char **fault) {
        mg_autofd fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        g_autoptr(GError) error = NULL;
        g_autoptr(GBytes) content = NULL;
        gconstpointer data;
        gsize n;

        *fault = NULL;
        if (fd < 0) {
                *fault = g_strdup_printf(
                        "cannot be read (%s); it should be a certificate in PEM form that every role may "
                        "read, as mugai key init makes one",
                        g_strerror(errno));
                return NULL;
        }
        content = mg_fd_map(fd, 0, FILE_MAX, &error);
        if (!content) {
                *fault = g_strdup_printf("cannot be read (%s); it should be a certificate in PEM form", error->message);
                return NULL;
        }
        data = g_bytes_get_data(content, &n);
        return mg_certificate_parse(path, data, n, fault);
}
