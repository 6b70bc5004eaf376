/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opens sealed objects. Asks nobody for a passphrase by itself and keeps no key beyond its caller's use; nothing that
 * was not authenticated leaves: libcrypto hands out octets before it has seen the tag, this does not.
 */
#include "key/open.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
/* For ZSTD_createDCtx_advanced(), which is there under this name since zstd 1.0: a context with memory of our own. */
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/wipe.h"

struct MgOpener {
        EVP_PKEY *key;
};

/* Content and its size, for a GBytes that is wiped. */
typedef struct Secret {
        char *data;
        gsize n;
} Secret;

G_DEFINE_AUTOPTR_CLEANUP_FUNC(BIO, BIO_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CMS_ContentInfo, CMS_ContentInfo_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ZSTD_DCtx, ZSTD_freeDCtx)

void mg_opener_guard(void) {
        const struct rlimit none = {0, 0};

        setrlimit(RLIMIT_CORE, &none);
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

MgOpener *mg_opener_new(EVP_PKEY *key) {
        MgOpener *opener = g_new0(MgOpener, 1);

        opener->key = key;
        return opener;
}

void mg_opener_free(MgOpener *opener) {
        if (!opener)
                return;
        EVP_PKEY_free(opener->key);
        g_free(opener);
}

static gboolean is_passphrase_fault(unsigned long code) {
        int reason = ERR_GET_REASON(code);

        return (ERR_GET_LIB(code) == ERR_LIB_PEM &&
                (reason == PEM_R_BAD_DECRYPT || reason == PEM_R_BAD_PASSWORD_READ)) ||
               ERR_GET_LIB(code) == ERR_LIB_PROV || ERR_GET_LIB(code) == ERR_LIB_PKCS12 ||
               ERR_GET_LIB(code) == ERR_LIB_EVP;
}

static void read_failed(const char *path, gboolean encrypted, GError **error) {
        unsigned long code;
        gboolean passphrase = FALSE;

        while ((code = ERR_get_error()) != 0)
                passphrase |= is_passphrase_fault(code);
        if (encrypted && passphrase)
                g_set_error(error, MG_ERROR, MG_ERROR_DENIED, "%s: the passphrase does not open this key", path);
        else
                g_set_error(error, MG_ERROR, MG_ERROR_USAGE,
                            "%s holds no private key; it should be one in PEM form, as mugai key init makes it", path);
}

MgOpener *mg_opener_read(const char *path, MgPassphraseFunc passphrase, gpointer data, GError **error) {
        mg_autofd fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        g_autoptr(GBytes) content = NULL;
        g_autoptr(BIO) bio = NULL;
        EVP_PKEY *key;
        gconstpointer text;
        gsize n;

        if (fd < 0) {
                g_set_error(error, MG_ERROR, MG_ERROR_USAGE, "%s: %s", path, g_strerror(errno));
                return NULL;
        }
        content = mg_fd_map(fd, 0, MG_KEY_FILE_MAX, error);
        if (!content)
                return NULL;
        text = g_bytes_get_data(content, &n);
        ERR_clear_error();
        bio = BIO_new_mem_buf(text, (int)n);
        key = bio ? PEM_read_bio_PrivateKey(bio, NULL, passphrase, data) : NULL;
        if (!key) {
                read_failed(path, g_strstr_len(text, (gssize)n, "ENCRYPTED") != NULL, error);
                return NULL;
        }
        return mg_opener_new(key);
}

static void secret_free(gpointer data) {
        Secret *secret = data;

        OPENSSL_cleanse(secret->data, secret->n);
        g_free(secret->data);
        g_free(secret);
}

/* One frame of exactly this size. */
static GBytes *decompress(const char *data, gsize n, guint64 size, GError **error) {
        Secret *secret = g_new(Secret, 1);
        const ZSTD_customMem memory = {mg_wipe_new, mg_wipe_free, NULL};
        g_autoptr(ZSTD_DCtx) context = ZSTD_createDCtx_advanced(memory);
        g_autoptr(GBytes) content = NULL;
        gsize got;

        *secret = (Secret){g_try_malloc((gsize)size + 1), (gsize)size};
        if (!secret->data) {
                g_free(secret);
                g_set_error(error, MG_ERROR, MG_ERROR_SYSTEM, "no memory for %" G_GUINT64_FORMAT " octets", size);
                return NULL;
        }
        content = g_bytes_new_with_free_func(secret->data, secret->n, secret_free, secret);
        got = context ? ZSTD_decompressDCtx(context, secret->data, secret->n, data, n) : 0;
        if (context && !ZSTD_isError(got) && got == size)
                return g_steal_pointer(&content);
        g_set_error(error, MG_ERROR, MG_ERROR_STORE, "the object is not the %" G_GUINT64_FORMAT " octets it was", size);
        return NULL;
}

static GBytes *checked(const char *data, gsize n, guint64 size, const guint8 sha256[32], GError **error) {
        g_autoptr(GBytes) content = decompress(data, n, size, error);

        if (!content)
                return NULL;
        if (mg_digest_is(content, sha256))
                return g_steal_pointer(&content);
        g_set_error_literal(error, MG_ERROR, MG_ERROR_STORE, "the object does not have the digest of its row");
        return NULL;
}

/* Whether the content key was there to be found: what fails later is damage. */
static gboolean take_key(const MgOpener *opener, CMS_ContentInfo *cms, GError **error) {
        if (CMS_decrypt_set1_pkey(cms, opener->key, NULL) == 1)
                return TRUE;
        ERR_clear_error();
        g_set_error_literal(
                error, MG_ERROR, MG_ERROR_DENIED,
                "the original is not sealed to this key; use the one that was in use when it came, or the escrow");
        return FALSE;
}

static void bio_wipe(BIO *bio) {
        char *data = NULL;
        long n = BIO_get_mem_data(bio, &data);

        if (n > 0)
                OPENSSL_cleanse(data, (gsize)n);
        BIO_free(bio);
}

GBytes *mg_opener_open(const MgOpener *opener, GBytes *sealed, guint64 size, const guint8 sha256[32], GError **error) {
        gsize n;
        const unsigned char *at = g_bytes_get_data(sealed, &n);
        g_autoptr(CMS_ContentInfo) cms = NULL;
        GBytes *content = NULL;
        char *data = NULL;
        BIO *plain;

        ERR_clear_error();
        cms = d2i_CMS_ContentInfo(NULL, &at, (long)n);
        if (!cms || OBJ_obj2nid(CMS_get0_type(cms)) != NID_id_smime_ct_authEnvelopedData) {
                ERR_clear_error();
                g_set_error_literal(error, MG_ERROR, MG_ERROR_STORE, "the object is no sealed one, or it is cut");
                return NULL;
        }
        if (!take_key(opener, cms, error))
                return NULL;
        /* Grows as secure memory does: what it leaves behind when it grows is wiped. */
        plain = BIO_new(BIO_s_secmem());
        if (plain && CMS_decrypt(cms, NULL, NULL, NULL, plain, CMS_BINARY) == 1) {
                long got = BIO_get_mem_data(plain, &data);

                content = checked(data, (gsize)MAX(got, 0), size, sha256, error);
        } else {
                /* An RSA key that it is not sealed to comes this far, too: by intent it yields a random content key. */
                g_set_error_literal(error, MG_ERROR,
                                    EVP_PKEY_is_a(opener->key, "RSA") ? MG_ERROR_DENIED : MG_ERROR_STORE,
                                    EVP_PKEY_is_a(opener->key, "RSA")
                                            ? "the original is not sealed to this key, or the object is damaged"
                                            : "the object is damaged: its tag does not fit its content");
        }
        if (plain)
                bio_wipe(plain);
        ERR_clear_error();
        return content;
}
