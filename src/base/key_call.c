/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The question of the release role. Decides nothing.
 */
#include "base/key_call.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/store_client.h"

void mg_key_question_put(MgWriter *writer, const MgKeyQuestion *question) {
        mg_put_u32(writer, question->act);
        mg_put_u32(writer, question->user);
        mg_put_text(writer, question->token);
        mg_put_text(writer, question->key);
        mg_put_u32(writer, question->minutes);
}

void mg_key_question_get(MgReader *reader, MgKeyQuestion *question) {
        question->act = mg_get_enum(reader, _MG_KEY_ACT_N, "key.act");
        question->user = mg_get_u32(reader, "key.user");
        question->token = mg_get_optional(reader, MG_STORE_TOKEN_MAX, "key.token");
        question->key = mg_get_optional(reader, MG_KEY_ID_CHARS, "key.id");
        question->minutes = mg_get_u32(reader, "key.minutes");
}

void mg_key_question_clear(MgKeyQuestion *question) {
        g_free((char *)question->token);
        g_free((char *)question->key);
        *question = (MgKeyQuestion){0};
}

gboolean mg_key_ask(const MgAsker *asker, const MgKeyQuestion *question, GError **error) {
        g_auto(MgWriter) writer;
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        mg_autofd sock = -1;

        mg_writer_init(&writer);
        mg_key_question_put(&writer, question);
        sock = mg_store_ask(asker, MG_KEY_CALL, &writer, NULL, 0, error);
        return sock >= 0 && mg_store_answer(sock, MG_STORE_RECEIPT_MS, MG_STORE_DONE, 0, &packet, error);
}

char *mg_key_id(const guint8 digest[32]) {
        return mg_text_hex(digest, MG_KEY_ID_CHARS / 2);
}
