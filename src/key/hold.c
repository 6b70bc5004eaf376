/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pages that hold a private key. How long is its owner's business.
 */
#include "key/hold.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/wipe.h"

/* Three seconds or so; mugai key init has 600,000. More is a file that is to keep this process busy. */
#define ROUNDS_MAX 5000000

struct MgHeldKey {
        unsigned char *der; /* locked */
        gsize n;
        gsize mapped;
        guint8 digest[32];
};

G_DEFINE_AUTOPTR_CLEANUP_FUNC(BIO, BIO_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EVP_PKEY, EVP_PKEY_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PBE2PARAM, PBE2PARAM_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PBKDF2PARAM, PBKDF2PARAM_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(X509_PUBKEY, X509_PUBKEY_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(X509_SIG, X509_SIG_free)

static void *crypto_new(size_t n, const char *file, int line) {
        return mg_wipe_new(NULL, n);
}

static void *crypto_resize(void *memory, size_t n, const char *file, int line) {
        if (n > 0)
                return mg_wipe_resize(memory, n);
        mg_wipe_free(NULL, memory);
        return NULL;
}

static void crypto_free(void *memory, const char *file, int line) {
        mg_wipe_free(NULL, memory);
}

gboolean mg_hold_prepare(void) {
        return CRYPTO_set_mem_functions(crypto_new, crypto_resize, crypto_free) == 1;
}

void mg_held_key_free(MgHeldKey *key) {
        if (!key)
                return;
        if (key->der) {
                explicit_bzero(key->der, key->mapped);
                munmap(key->der, key->mapped);
        }
        g_free(key);
}

const guint8 *mg_held_key_digest(const MgHeldKey *key) {
        return key->digest;
}

static X509_SIG *read_file(const char *pem, gsize n, GError **error) {
        g_autoptr(BIO) bio = BIO_new_mem_buf(pem, (int)MIN(n, MG_KEY_FILE_MAX));
        X509_SIG *encrypted = bio ? PEM_read_bio_PKCS8(bio, NULL, NULL, NULL) : NULL;

        ERR_clear_error();
        if (!encrypted)
                g_set_error_literal(
                        error, MG_ERROR, MG_ERROR_USAGE,
                        "the file holds no encrypted private key; it should begin with -----BEGIN ENCRYPTED "
                        "PRIVATE KEY-----, as mugai key init makes it");
        return encrypted;
}

/* What a try costs is said by whoever made the file; -1 where it is not PBKDF2 that says it. */
static gint64 rounds_of(const X509_SIG *encrypted) {
        const X509_ALGOR *algorithm;
        g_autoptr(PBE2PARAM) scheme = NULL;
        g_autoptr(PBKDF2PARAM) derivation = NULL;

        X509_SIG_get0(encrypted, &algorithm, NULL);
        if (OBJ_obj2nid(algorithm->algorithm) == NID_pbes2)
                scheme = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM), algorithm->parameter);
        if (scheme && OBJ_obj2nid(scheme->keyfunc->algorithm) == NID_id_pbkdf2)
                derivation = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM), scheme->keyfunc->parameter);
        ERR_clear_error();
        return derivation ? ASN1_INTEGER_get(derivation->iter) : -1;
}

static PKCS8_PRIV_KEY_INFO *decrypt(const X509_SIG *encrypted, const char *passphrase, GError **error) {
        gint64 rounds = rounds_of(encrypted);
        PKCS8_PRIV_KEY_INFO *plain;

        if (rounds < 0 || rounds > ROUNDS_MAX) {
                g_set_error(
                        error, MG_ERROR, MG_ERROR_USAGE,
                        "the key is encrypted in a way that is not used here (PBKDF2 of at most %d rounds is); openssl "
                        "pkcs8 -topk8 -v2 aes-256-cbc -iter 600000 encrypts it anew",
                        ROUNDS_MAX);
                return NULL;
        }
        plain = PKCS8_decrypt(encrypted, passphrase, (int)strlen(passphrase));
        ERR_clear_error();
        if (!plain)
                g_set_error_literal(error, MG_ERROR, MG_ERROR_DENIED, "the passphrase does not open this key");
        return plain;
}

/* FALSE for a key that nothing is sealed to. */
static gboolean digest_key(EVP_PKEY *pkey, guint8 digest[32]) {
        X509_PUBKEY *made = NULL;
        gboolean known = EVP_PKEY_is_a(pkey, "EC") || EVP_PKEY_is_a(pkey, "RSA");
        g_autoptr(X509_PUBKEY) public = known && X509_PUBKEY_set(&made, pkey) == 1 ? made : NULL;
        const unsigned char *octets;
        int n;

        if (!public || X509_PUBKEY_get0_param(NULL, &octets, &n, NULL, public) != 1)
                return FALSE;
        mg_digest(octets, (gsize)n, digest);
        return TRUE;
}

static gboolean lock_pages(MgHeldKey *key, GError **error) {
        gsize page = (gsize)sysconf(_SC_PAGESIZE);
        void *pages;

        key->mapped = (key->n + page - 1) / page * page;
        pages = mmap(NULL, key->mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (pages == MAP_FAILED) {
                mg_error_system(error, "no memory for a key");
                return FALSE;
        }
        key->der = pages;
        if (mlock(pages, key->mapped) == 0 && madvise(pages, key->mapped, MADV_DONTDUMP) == 0 &&
            madvise(pages, key->mapped, MADV_DONTFORK) == 0)
                return TRUE;
        mg_error_system(error, "memory for a key cannot be locked (ulimit -l)");
        return FALSE;
}

MgHeldKey *mg_held_key_take(const char *pem, gsize n, const char *passphrase, GError **error) {
        g_autoptr(X509_SIG) encrypted = read_file(pem, n, error);
        g_autoptr(PKCS8_PRIV_KEY_INFO) plain = encrypted ? decrypt(encrypted, passphrase, error) : NULL;
        g_autoptr(EVP_PKEY) pkey = plain ? EVP_PKCS82PKEY(plain) : NULL;
        g_autoptr(MgHeldKey) key = g_new0(MgHeldKey, 1);
        unsigned char *at;
        int size;

        if (!plain)
                return NULL;
        size = i2d_PKCS8_PRIV_KEY_INFO(plain, NULL);
        if (!pkey || !digest_key(pkey, key->digest) || size <= 0) {
                ERR_clear_error();
                g_set_error_literal(error, MG_ERROR, MG_ERROR_USAGE,
                                    "the file holds a key of another kind than P-256 and RSA");
                return NULL;
        }
        key->n = (gsize)size;
        if (!lock_pages(key, error))
                return NULL;
        at = key->der;
        i2d_PKCS8_PRIV_KEY_INFO(plain, &at);
        return g_steal_pointer(&key);
}

MgOpener *mg_held_key_opener(const MgHeldKey *key, GError **error) {
        const unsigned char *at = key->der;
        g_autoptr(PKCS8_PRIV_KEY_INFO) plain = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)key->n);
        EVP_PKEY *pkey = plain ? EVP_PKCS82PKEY(plain) : NULL;

        ERR_clear_error();
        if (pkey)
                return mg_opener_new(pkey);
        g_set_error_literal(error, MG_ERROR, MG_ERROR_SYSTEM, "the key cannot be read again");
        return NULL;
}
