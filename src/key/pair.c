/* SPDX-License-Identifier: Apache-2.0 */
/*
 * New key pairs. Writes no file: where a key goes is its caller's business.
 */
#include "key/pair.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "base/error.h"

/* What a guess of the passphrase costs: about a third of a second. OWASP's figure for HMAC-SHA-256. */
#define ROUNDS 600000
#define SALT_OCTETS 16
#define RSA_BITS 3072
#define SERIAL_BITS 127
/* Clocks differ: a certificate made here must be valid there at once. */
#define EARLIER_S 300

G_DEFINE_AUTOPTR_CLEANUP_FUNC(BIO, BIO_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BIGNUM, BN_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EVP_PKEY, EVP_PKEY_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(X509, X509_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(X509_ALGOR, X509_ALGOR_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(X509_EXTENSION, X509_EXTENSION_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(X509_SIG, X509_SIG_free)

void mg_pair_clear(MgPair *pair) {
        g_clear_pointer(&pair->key, g_free);
        g_clear_pointer(&pair->certificate, g_free);
}

static char *text_of(BIO *bio) {
        char *data = NULL;
        long n = BIO_get_mem_data(bio, &data);

        return n > 0 ? g_strndup(data, (gsize)n) : NULL;
}

static gboolean add_extension(X509 *certificate, int nid, const char *value) {
        X509V3_CTX context;
        g_autoptr(X509_EXTENSION) extension = NULL;

        X509V3_set_ctx_nodb(&context);
        X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
        extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
        return extension && X509_add_ext(certificate, extension, -1) == 1;
}

static gboolean set_serial(X509 *certificate) {
        g_autoptr(BIGNUM) serial = BN_new();

        return serial && BN_rand(serial, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
               BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(certificate)) != NULL;
}

static gboolean set_names(X509 *certificate, const char *name) {
        X509_NAME *subject = X509_get_subject_name(certificate);

        return X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_UTF8, (const unsigned char *)"mugai", -1, -1, 0) ==
                       1 &&
               X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1, -1, 0) == 1 &&
               X509_set_issuer_name(certificate, subject) == 1;
}

static char *make_certificate(EVP_PKEY *key, MgPairKind kind, const char *name, gint64 now, guint days) {
        g_autoptr(X509) certificate = X509_new();
        g_autoptr(BIO) bio = BIO_new(BIO_s_mem());
        const char *usage = kind == MG_PAIR_RSA ? "critical,keyEncipherment" : "critical,keyAgreement";

        if (!certificate || !bio || X509_set_version(certificate, X509_VERSION_3) != 1 || !set_serial(certificate) ||
            !set_names(certificate, name) || X509_set_pubkey(certificate, key) != 1 ||
            !ASN1_TIME_set(X509_getm_notBefore(certificate), (time_t)(now - EARLIER_S)) ||
            !ASN1_TIME_set(X509_getm_notAfter(certificate), (time_t)(now + (gint64)days * 86400)) ||
            !add_extension(certificate, NID_basic_constraints, "critical,CA:FALSE") ||
            !add_extension(certificate, NID_key_usage, usage) ||
            !add_extension(certificate, NID_subject_key_identifier, "hash") ||
            X509_sign(certificate, key, EVP_sha256()) <= 0 || PEM_write_bio_X509(bio, certificate) != 1)
                return NULL;
        return text_of(bio);
}

/* Of libcrypto's convenience functions none takes both the rounds and the hash. */
static char *encrypt_key(EVP_PKEY *key, const char *passphrase) {
        g_autoptr(PKCS8_PRIV_KEY_INFO) plain = EVP_PKEY2PKCS8(key);
        g_autoptr(BIO) bio = BIO_new(BIO_s_mem());
        g_autoptr(X509_ALGOR) algorithm = NULL;
        g_autoptr(X509_SIG) encrypted = NULL;
        guint8 salt[SALT_OCTETS];

        if (!plain || !bio || RAND_bytes(salt, sizeof salt) != 1)
                return NULL;
        algorithm = PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), ROUNDS, salt, sizeof salt, NULL, NID_hmacWithSHA256);
        encrypted = algorithm ? PKCS8_set0_pbe(passphrase, (int)strlen(passphrase), plain, algorithm) : NULL;
        if (!encrypted)
                return NULL;
        g_steal_pointer(&algorithm); /* it is part of encrypted now */
        return PEM_write_bio_PKCS8(bio, encrypted) == 1 ? text_of(bio) : NULL;
}

gboolean mg_pair_make(MgPair *pair, MgPairKind kind, const char *name, gint64 now, guint days, const char *passphrase,
                      GError **error) {
        g_autoptr(EVP_PKEY) key = kind == MG_PAIR_RSA ? EVP_RSA_gen(RSA_BITS) : EVP_EC_gen("P-256");
        const char *reason;

        *pair = (MgPair){0};
        pair->key = key ? encrypt_key(key, passphrase) : NULL;
        pair->certificate = pair->key ? make_certificate(key, kind, name, now, days) : NULL;
        if (pair->certificate)
                return TRUE;
        reason = ERR_reason_error_string(ERR_peek_last_error());
        g_set_error(error, MG_ERROR, MG_ERROR_SYSTEM, "no key pair could be made: %s",
                    reason ? reason : "libcrypto says no more");
        ERR_clear_error();
        mg_pair_clear(pair);
        return FALSE;
}
