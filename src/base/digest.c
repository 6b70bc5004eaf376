/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-256 through libcrypto (four times GLib's speed), with and without a key. No other digest.
 */
#include "base/digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "base/fd.h"

#define PIECE (256 * 1024)

/* Fetched once: EVP_sha256() stands for a search among the providers at each use, under their locks. */
static const EVP_MD *sha256(void) {
        static gsize fetched;

        if (g_once_init_enter(&fetched)) {
                EVP_MD *found = EVP_MD_fetch(NULL, "SHA256", NULL);

                /* Fails only without memory or the algorithm, and then there is nothing sensible to go on with. */
                if (!found)
                        g_error("libcrypto offers no SHA-256");
                g_once_init_leave(&fetched, (gsize)found);
        }
        return (const EVP_MD *)fetched;
}

void mg_digest(const void *data, gsize n, guint8 out[32]) {
        if (EVP_Digest(n > 0 ? data : "", n, out, NULL, sha256(), NULL) != 1)
                g_error("libcrypto cannot make SHA-256");
}

gboolean mg_digest_is(GBytes *bytes, const guint8 sha256[32]) {
        gsize n;
        gconstpointer data = g_bytes_get_data(bytes, &n);
        guint8 digest[32];

        mg_digest(data, n, digest);
        return memcmp(digest, sha256, sizeof digest) == 0;
}

void mg_digest_keyed(const guint8 key[32], const void *data, gsize n, guint8 out[32]) {
        if (!HMAC(sha256(), key, 32, n > 0 ? data : (const void *)"", n, out, NULL))
                g_error("libcrypto offers no HMAC");
}

struct MgDigest {
        EVP_MD_CTX *context;
};

MgDigest *mg_digest_new(void) {
        MgDigest *digest = g_new0(MgDigest, 1);

        digest->context = EVP_MD_CTX_new();
        if (!digest->context || EVP_DigestInit_ex(digest->context, sha256(), NULL) != 1)
                g_error("libcrypto cannot make SHA-256");
        return digest;
}

void mg_digest_add(MgDigest *digest, const void *data, gsize n) {
        if (EVP_DigestUpdate(digest->context, data, n) != 1)
                g_error("libcrypto cannot go on with SHA-256");
}

void mg_digest_end(MgDigest *digest, guint8 out[32]) {
        if (EVP_DigestFinal_ex(digest->context, out, NULL) != 1)
                g_error("libcrypto cannot end SHA-256");
}

void mg_digest_free(MgDigest *digest) {
        if (!digest)
                return;
        EVP_MD_CTX_free(digest->context);
        g_free(digest);
}

gboolean mg_digest_file(int fd, int copy, guint64 *n, guint8 out[32], GError **error) {
        g_autoptr(MgDigest) digest = mg_digest_new();
        g_autofree char *piece = g_malloc(PIECE);
        gssize got = PIECE;

        for (*n = 0; got == PIECE; *n += (guint64)got) {
                got = mg_fd_read_at(fd, piece, PIECE, *n, error);
                if (got < 0 || (copy >= 0 && !mg_fd_write(copy, piece, (gsize)got, error)))
                        return FALSE;
                mg_digest_add(digest, piece, (gsize)got);
        }
        mg_digest_end(digest, out);
        return TRUE;
}
