/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The question of the release role about a text. Decides nothing, opens nothing.
 */
#include "base/text_call.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/release_client.h"
#include "base/store_client.h"

void mg_text_question_put(MgWriter *writer, const MgTextQuestion *question) {
        mg_put_u32(writer, question->user);
        mg_put_text(writer, question->token);
        mg_put_text(writer, question->receipt);
        mg_put_text(writer, question->charset);
}

void mg_text_question_get(MgReader *reader, MgTextQuestion *question) {
        question->user = mg_get_u32(reader, "text.user");
        question->token = mg_get_optional(reader, MG_STORE_TOKEN_MAX, "text.token");
        question->receipt = mg_get_text(reader, 10, MG_CLASS_TOKEN, "text.receipt");
        question->charset = mg_get_optional(reader, MG_TEXT_CHARSET_MAX, "text.charset");
}

void mg_text_question_clear(MgTextQuestion *question) {
        g_free((char *)question->token);
        g_free((char *)question->receipt);
        g_free((char *)question->charset);
        *question = (MgTextQuestion){0};
}

void mg_text_facts_put(MgWriter *writer, const MgTextFacts *facts) {
        mg_put_u64(writer, facts->size);
        mg_put_raw(writer, facts->sha256, sizeof facts->sha256);
        mg_put_text(writer, facts->body_digest);
}

void mg_text_facts_get(MgReader *reader, MgTextFacts *facts) {
        g_autofree char *digest = NULL;

        facts->size = mg_get_u64(reader, "facts.size");
        mg_get_raw(reader, facts->sha256, sizeof facts->sha256, "facts.sha256");
        digest = mg_get_text(reader, sizeof facts->body_digest - 1, MG_CLASS_HOST, "facts.body_digest");
        g_strlcpy(facts->body_digest, digest, sizeof facts->body_digest);
}

int mg_text_ask(const MgAsker *asker, const MgTextQuestion *question, MgTextFacts *facts, gboolean *sealed,
                GError **error) {
        g_auto(MgWriter) writer;
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        mg_autofd sock = -1;
        MgReader reader;

        mg_writer_init(&writer);
        mg_text_question_put(&writer, question);
        sock = mg_store_ask(asker, MG_TEXT_CALL, &writer, NULL, 0, error);
        if (sock < 0 ||
            !mg_store_answer(sock, MG_STORE_COMMIT_MS, MG_TEXT_CALL_ORIGINAL, MG_TEXT_CALL_SEALED, &packet, error))
                return -1;
        mg_reader_init(&reader, packet.record);
        mg_text_facts_get(&reader, facts);
        if (packet.n_fds != 1 || !mg_fd_is_sealed(packet.fds[0]))
                mg_reader_fail(&reader, "original", "is no sealed memory file");
        *sealed = packet.kind == MG_TEXT_CALL_SEALED;
        return mg_reader_end(&reader, error) ? mg_fd_steal(&packet.fds[0]) : -1;
}
