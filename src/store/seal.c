/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CMS as a stream. Compresses nothing, names no file, opens nothing: a lint test looks that this program imports no
 * function of libcrypto that reads a private key or opens a CMS.
 */
#include "store/seal.h"

#include <openssl/cms.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <string.h>

#include "base/error.h"
#include "base/fd.h"
#include "config/certificate.h"

/* libcrypto hands on a few octets, then pieces of 4 KB; a write to a file is worth more. */
#define BUFFER_OCTETS 65536

G_DEFINE_AUTOPTR_CLEANUP_FUNC(X509, X509_free)

struct MgSeal {
        GPtrArray *certificates; /* of X509 */
        BIO_METHOD *method;      /* of the sink below; that of whole, where it is one */
        MgSeal *whole;           /* NULL: it is no part */
};

/* Where libcrypto writes to. */
typedef struct Sink {
        int fd;           /* -1: nowhere */
        MgDigest *digest; /* of what was written; may be NULL */
        guint64 written;
        gsize n;
        char *buffer;
        GError *error; /* of the first write that failed */
} Sink;

struct MgSealStream {
        MgSeal *seal;
        CMS_ContentInfo *cms;
        Sink sink;
        BIO *out; /* writes to sink */
        BIO *in;  /* chain that ends in out */
};

static gboolean crypto_failed(const char *what, GError **error) {
        unsigned long code = ERR_peek_last_error();
        const char *reason = ERR_reason_error_string(code);

        g_set_error(error, MG_ERROR, MG_ERROR_SYSTEM, "%s: %s", what, reason ? reason : "libcrypto says no more");
        ERR_clear_error();
        return FALSE;
}

static gboolean sink_empty(Sink *sink) {
        gboolean well = sink->n == 0 || sink->fd < 0 || mg_fd_write(sink->fd, sink->buffer, sink->n, &sink->error);

        if (sink->digest)
                mg_digest_add(sink->digest, sink->buffer, sink->n);
        sink->n = 0;
        return well;
}

static int sink_write(BIO *bio, const char *data, size_t n, size_t *taken) {
        Sink *sink = BIO_get_data(bio);

        *taken = 0;
        while (*taken < n) {
                gsize room = BUFFER_OCTETS - sink->n, piece = MIN(room, n - *taken);

                if (sink->error || (piece == 0 && !sink_empty(sink)))
                        return 0;
                memcpy(sink->buffer + sink->n, data + *taken, piece);
                sink->n += piece;
                *taken += piece;
        }
        sink->written += n;
        return 1;
}

static long sink_control(BIO *bio, int command, long number, void *pointer) {
        Sink *sink = BIO_get_data(bio);

        if (command != BIO_CTRL_FLUSH)
                return 0;
        return !sink->error && sink_empty(sink);
}

static int sink_create(BIO *bio) {
        BIO_set_init(bio, 1);
        return 1;
}

static BIO_METHOD *sink_method(void) {
        BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "sealed object");

        if (method) {
                BIO_meth_set_write_ex(method, sink_write);
                BIO_meth_set_ctrl(method, sink_control);
                BIO_meth_set_create(method, sink_create);
        }
        return method;
}

static void seal_clear(gpointer data) {
        MgSeal *seal = data;

        g_clear_pointer(&seal->certificates, g_ptr_array_unref);
        if (!seal->whole)
                BIO_meth_free(seal->method);
        mg_seal_unref(seal->whole);
}

MgSeal *mg_seal_ref(MgSeal *seal) {
        return seal ? g_atomic_rc_box_acquire(seal) : NULL;
}

void mg_seal_unref(MgSeal *seal) {
        if (seal)
                g_atomic_rc_box_release_full(seal, seal_clear);
}

static gboolean try_once(MgSeal *seal, GError **error) {
        g_autoptr(MgSealStream) stream = mg_seal_begin(seal, -1, NULL, error);
        guint64 written;

        return stream && mg_seal_write(stream, "", 1, error) && mg_seal_end(stream, &written, error);
}

MgSeal *mg_seal_new(const GPtrArray *certificates, GError **error) {
        g_autoptr(MgSeal) seal = g_atomic_rc_box_new0(MgSeal);

        seal->certificates = g_ptr_array_new_with_free_func((GDestroyNotify)X509_free);
        seal->method = sink_method();
        for (guint i = 0; i < certificates->len; i++) {
                const MgCertificate *certificate = g_ptr_array_index(certificates, i);
                gsize n;
                const unsigned char *der = g_bytes_get_data(certificate->der, &n);
                X509 *read = d2i_X509(NULL, &der, (long)n);

                if (!read) {
                        g_set_error(error, MG_ERROR, MG_ERROR_CONFIG, "%s is no certificate", certificate->path);
                        return NULL;
                }
                g_ptr_array_add(seal->certificates, read);
        }
        if (try_once(seal, error))
                return g_steal_pointer(&seal);
        if (error && *error)
                (*error)->code = MG_ERROR_CONFIG;
        g_prefix_error(error, "originals cannot be sealed to these certificates: ");
        return NULL;
}

static void add_part(MgSeal *part, guint place) {
        X509 *certificate = g_ptr_array_index(part->whole->certificates, place);

        if (g_ptr_array_find(part->certificates, certificate, NULL))
                return;
        X509_up_ref(certificate);
        g_ptr_array_add(part->certificates, certificate);
}

MgSeal *mg_seal_part(MgSeal *seal, const guint *places, guint n) {
        MgSeal *part = g_atomic_rc_box_new0(MgSeal);

        part->whole = mg_seal_ref(seal);
        part->method = seal->method;
        part->certificates = g_ptr_array_new_with_free_func((GDestroyNotify)X509_free);
        for (guint i = 0; i < n; i++)
                add_part(part, places[i]);
        add_part(part, seal->certificates->len - 1);
        return part;
}

/* One recipient, with what CRYPTREC's list has instead of libcrypto's defaults (SHA-1 in the KDF, PKCS#1 v1.5). */
static gboolean add_recipient(CMS_ContentInfo *cms, X509 *certificate) {
        CMS_RecipientInfo *info = CMS_add1_recipient_cert(cms, certificate, CMS_KEY_PARAM);
        EVP_PKEY_CTX *context = info ? CMS_RecipientInfo_get0_pkey_ctx(info) : NULL;

        if (!context)
                return FALSE;
        if (EVP_PKEY_is_a(X509_get0_pubkey(certificate), "EC"))
                return EVP_PKEY_CTX_set_ecdh_kdf_md(context, EVP_sha256()) > 0;
        return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) > 0 &&
               EVP_PKEY_CTX_set_rsa_oaep_md(context, EVP_sha256()) > 0;
}

static CMS_ContentInfo *new_message(MgSeal *seal) {
        CMS_ContentInfo *cms = CMS_encrypt(NULL, NULL, EVP_aes_256_gcm(), CMS_BINARY | CMS_STREAM | CMS_PARTIAL);

        for (guint i = 0; cms && i < seal->certificates->len; i++)
                if (!add_recipient(cms, g_ptr_array_index(seal->certificates, i)))
                        g_clear_pointer(&cms, CMS_ContentInfo_free);
        return cms;
}

MgSealStream *mg_seal_begin(MgSeal *seal, int fd, MgDigest *digest, GError **error) {
        g_autoptr(MgSealStream) stream = g_new0(MgSealStream, 1);

        ERR_clear_error();
        stream->seal = mg_seal_ref(seal);
        stream->sink.fd = fd;
        stream->sink.digest = digest;
        stream->sink.buffer = g_malloc(BUFFER_OCTETS);
        stream->out = BIO_new(seal->method);
        stream->cms = new_message(seal);
        if (stream->out)
                BIO_set_data(stream->out, &stream->sink);
        stream->in = stream->out && stream->cms ? BIO_new_CMS(stream->out, stream->cms) : NULL;
        if (stream->in)
                return g_steal_pointer(&stream);
        crypto_failed("cannot begin to seal", error);
        return NULL;
}

/* The error of the disk where there is one: it says more. */
static gboolean stream_failed(MgSealStream *stream, GError **error) {
        if (!stream->sink.error)
                return crypto_failed("cannot seal", error);
        ERR_clear_error();
        g_propagate_error(error, g_steal_pointer(&stream->sink.error));
        return FALSE;
}

gboolean mg_seal_write(MgSealStream *stream, gconstpointer data, gsize n, GError **error) {
        const char *at = data;

        while (n > 0) {
                int taken = BIO_write(stream->in, at, (int)MIN(n, G_MAXINT / 2));

                if (taken <= 0 || stream->sink.error)
                        return stream_failed(stream, error);
                at += taken;
                n -= (gsize)taken;
        }
        return TRUE;
}

gboolean mg_seal_end(MgSealStream *stream, guint64 *written, GError **error) {
        if (BIO_flush(stream->in) <= 0 || stream->sink.error)
                return stream_failed(stream, error);
        *written = stream->sink.written;
        return TRUE;
}

void mg_seal_stream_free(MgSealStream *stream) {
        if (!stream)
                return;
        /* One after the other: the links of the chain belong to nobody else, and out is the last of them. */
        while (stream->in && stream->in != stream->out) {
                BIO *next = BIO_pop(stream->in);

                BIO_free(stream->in);
                stream->in = next;
        }
        BIO_free(stream->out);
        CMS_ContentInfo_free(stream->cms);
        mg_seal_unref(stream->seal);
        g_free(stream->sink.buffer);
        g_clear_error(&stream->sink.error);
        g_free(stream);
}

gboolean mg_seal_is_whole(gconstpointer data, gsize n, GError **error) {
        const unsigned char *at = data;
        CMS_ContentInfo *cms = n <= G_MAXLONG ? d2i_CMS_ContentInfo(NULL, &at, (long)n) : NULL;
        const gboolean whole = cms && at == (const unsigned char *)data + n &&
                               OBJ_obj2nid(CMS_get0_type(cms)) == NID_id_smime_ct_authEnvelopedData &&
                               sk_CMS_RecipientInfo_num(CMS_get0_RecipientInfos(cms)) > 0;

        CMS_ContentInfo_free(cms);
        ERR_clear_error();
        if (!whole)
                g_set_error_literal(error, MG_ERROR, MG_ERROR_STORE, "it is no whole CMS");
        return whole;
}
