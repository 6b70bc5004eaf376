/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The release role's requests, seen from the side that asks. Keeps no passphrase: its caller has the only copy here.
 */
#include "base/release_client.h"

#include <fcntl.h>
#include <string.h>

#include "base/error.h"
#include "base/fault.h"
#include "base/fd.h"

/* Trying a passphrase takes a third of a second, the store's commit what a disk takes, a worker until its deadline. */
#define ANSWER_MS 60000

void mg_unlocked_put(MgWriter *writer, const GArray *keys) {
        mg_put_u32(writer, keys->len);
        for (guint i = 0; i < keys->len; i++) {
                const MgUnlockedKey *key = &g_array_index(keys, MgUnlockedKey, i);

                mg_put_raw(writer, key->digest, sizeof key->digest);
                mg_put_i64(writer, key->until);
        }
}

GArray *mg_unlocked_get(MgReader *reader) {
        GArray *keys = g_array_new(FALSE, FALSE, sizeof(MgUnlockedKey));
        guint32 n = mg_get_count(reader, MG_UNLOCKED_MAX, "keys");

        for (guint32 i = 0; i < n && !reader->fault; i++) {
                MgUnlockedKey key;

                mg_get_raw(reader, key.digest, sizeof key.digest, "key.digest");
                key.until = mg_get_i64(reader, "key.until");
                g_array_append_val(keys, key);
        }
        return keys;
}

/* Waits for an answer of that kind. */
static gboolean take_answer(int sock, guint32 kind, MgPacket *packet, GError **error) {
        if (!mg_packet_receive(sock, ANSWER_MS, packet, error)) {
                g_prefix_error(error, "release: ");
                return FALSE;
        }
        if (packet->kind == kind)
                return TRUE;
        if (packet->kind == MG_FAULT)
                mg_fault_take(packet, "release", error);
        else
                g_set_error(error, MG_ERROR, MG_ERROR_PROTOCOL, "release: answered %u", packet->kind);
        return FALSE;
}

static GArray *take_keys(int sock, GError **error) {
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        g_autoptr(GArray) keys = NULL;
        MgReader reader;

        if (!take_answer(sock, MG_RELEASE_KEYS, &packet, error))
                return NULL;
        mg_reader_init(&reader, packet.record);
        keys = mg_unlocked_get(&reader);
        return mg_reader_end(&reader, error) ? g_steal_pointer(&keys) : NULL;
}

static GArray *call(const MgAsker *asker, guint32 kind, const MgWriter *writer, const int *fds, guint n_fds,
                    GError **error) {
        mg_autofd sock = mg_store_ask(asker, kind, writer, fds, n_fds, error);

        return sock >= 0 ? take_keys(sock, error) : NULL;
}

GArray *mg_release_unlock(const MgAsker *asker, guint minutes, const char *pem, gsize n, const char *passphrase,
                          GError **error) {
        g_auto(MgWriter) writer = {0};
        int ends[2];

        if (pipe2(ends, O_CLOEXEC) < 0) {
                mg_error_system(error, "no pipe");
                return NULL;
        }
        mg_autofd reader = ends[0], pipe_end = ends[1];

        /* It is shorter than what a pipe holds. */
        if (!mg_fd_write(pipe_end, passphrase, strlen(passphrase), error))
                return NULL;
        mg_fd_close(&pipe_end);
        mg_writer_init(&writer);
        mg_put_u32(&writer, minutes);
        mg_put_bytes(&writer, pem, n);
        return call(asker, MG_RELEASE_UNLOCK, &writer, &reader, 1, error);
}

GArray *mg_release_lock(const MgAsker *asker, const char *id, GError **error) {
        g_auto(MgWriter) writer;

        mg_writer_init(&writer);
        mg_put_text(&writer, id);
        return call(asker, MG_RELEASE_LOCK, &writer, NULL, 0, error);
}

GArray *mg_release_keys(const MgAsker *asker, GError **error) {
        return call(asker, MG_RELEASE_ASK_KEYS, NULL, NULL, 0, error);
}

/* --- texts -------------------------------------------------------------------------------------------------------- */

#define SUBJECT_MAX 65536

gboolean mg_text_charset_is(const char *name) {
#define IS_CHARSET(charset)                                                                                            \
        if (g_str_equal(name, charset))                                                                                \
                return TRUE;
        MG_TEXT_CHARSETS(IS_CHARSET)
#undef IS_CHARSET
        return FALSE;
}

void mg_mail_text_free(MgMailText *text) {
        if (!text)
                return;
        g_free(text->subject);
        g_free(text->text);
        g_free(text->charset);
        g_free(text);
}

void mg_mail_text_put(MgWriter *writer, const MgMailText *text) {
        mg_put_text(writer, text->subject);
        mg_put_text(writer, text->text);
        mg_put_text(writer, text->charset);
        mg_put_u32(writer, text->reason);
        mg_put_u32(writer, text->replaced);
        mg_put_u32(writer, text->guessed);
        mg_put_u32(writer, text->delivered ? 1 : 0);
        mg_put_u32(writer, text->cut ? 1 : 0);
}

MgMailText *mg_mail_text_get(MgReader *reader) {
        MgMailText *text = g_new0(MgMailText, 1);

        text->subject = mg_get_text(reader, SUBJECT_MAX, MG_CLASS_LINE, "text.subject");
        text->text = mg_get_text(reader, MG_MAIL_TEXT_MAX, MG_CLASS_TEXT, "text.text");
        text->charset = mg_get_text(reader, MG_TEXT_CHARSET_MAX, MG_CLASS_HOST, "text.charset");
        text->reason = mg_get_enum(reader, _MG_CHARSET_REASON_N, "text.reason");
        text->replaced = mg_get_u32(reader, "text.replaced");
        text->guessed = mg_get_u32(reader, "text.guessed");
        text->delivered = mg_get_enum(reader, 2, "text.delivered") != 0;
        text->cut = mg_get_enum(reader, 2, "text.cut") != 0;
        return text;
}

MgMailText *mg_release_text(const MgAsker *asker, const char *receipt, const char *charset, GError **error) {
        g_auto(MgWriter) writer;
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        g_autoptr(MgMailText) text = NULL;
        mg_autofd sock = -1;
        MgReader reader;

        mg_writer_init(&writer);
        mg_put_text(&writer, receipt);
        mg_put_text(&writer, charset);
        sock = mg_store_ask(asker, MG_RELEASE_TEXT, &writer, NULL, 0, error);
        if (sock < 0 || !take_answer(sock, MG_RELEASE_MAIL_TEXT, &packet, error))
                return NULL;
        mg_reader_init(&reader, packet.record);
        text = mg_mail_text_get(&reader);
        return mg_reader_end(&reader, error) ? g_steal_pointer(&text) : NULL;
}
