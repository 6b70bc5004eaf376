/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests about persons, from the side that asks, and their records. Keeps no secret longer than it takes to hand it
 * on.
 */
#include "base/people_client.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/secret.h"
#include "base/store_client.h"

#define FAULT_TEXT_MAX 4096
#define SECRET_MAX 100

void mg_person_put(MgWriter *writer, const MgPerson *person) {
        mg_put_i64(writer, person->number);
        mg_put_text(writer, person->login);
        mg_put_text(writer, person->name);
        mg_put_text(writer, person->organization);
        mg_put_u32(writer, person->duties);
        mg_put_text(writer, person->unix_user);
        mg_put_u32(writer, person->addresses->len);
        for (guint i = 0; i < person->addresses->len; i++)
                mg_put_text(writer, g_ptr_array_index(person->addresses, i));
        mg_put_text(writer, person->scope);
        mg_put_i64(writer, person->until);
        mg_put_i64(writer, person->disabled);
        mg_put_u8(writer, person->has_password ? 1 : 0);
        mg_put_u8(writer, person->has_totp ? 1 : 0);
        mg_put_u32(writer, person->recovery_codes);
        mg_put_u32(writer, person->tokens);
}

/* Where a class would refuse "" that is what is meant. */
static char *get_word(MgReader *reader, const char *field) {
        return mg_get_text(reader, MG_PERSON_WORD_MAX, MG_CLASS_LINE, field);
}

char *mg_login_get(MgReader *reader) {
        return mg_get_text(reader, 4 * MG_PERSON_LOGIN_MAX, MG_CLASS_LINE, "person.login");
}

/* Bounds and LINE alone: what is wrong beyond that is said by mg_person_fault(), in words for whoever typed it. */
MgPerson *mg_person_get(MgReader *reader) {
        MgPerson *person = g_new0(MgPerson, 1);
        guint32 n;

        person->number = mg_get_i64(reader, "person.number");
        person->login = mg_login_get(reader);
        person->name = mg_get_text(reader, 4 * MG_PERSON_NAME_MAX, MG_CLASS_LINE, "person.name");
        person->organization = get_word(reader, "person.organization");
        person->duties = mg_get_u32(reader, "person.duties");
        person->unix_user = get_word(reader, "person.unix_user");
        person->addresses = g_ptr_array_new_with_free_func(g_free);
        n = mg_get_count(reader, 4 * MG_PERSON_ADDRESSES_MAX, "person.addresses");
        for (guint32 i = 0; i < n && !reader->fault; i++)
                g_ptr_array_add(person->addresses,
                                mg_get_text(reader, MG_PERSON_ADDRESS_MAX, MG_CLASS_LINE, "person.address"));
        person->scope = get_word(reader, "person.scope");
        person->until = mg_get_i64(reader, "person.until");
        person->disabled = mg_get_i64(reader, "person.disabled");
        person->has_password = mg_get_u8(reader, "person.has_password") != 0;
        person->has_totp = mg_get_u8(reader, "person.has_totp") != 0;
        person->recovery_codes = mg_get_u32(reader, "person.recovery_codes");
        person->tokens = mg_get_u32(reader, "person.tokens");
        return person;
}

void mg_edit_put(MgWriter *writer, const MgEdit *edit) {
        mg_put_u32(writer, edit->how);
        mg_put_u8(writer, edit->apply ? 1 : 0);
        mg_put_u8(writer, edit->disable_missing ? 1 : 0);
        mg_put_u32(writer, edit->fields);
        mg_put_u32(writer, edit->persons->len);
        for (guint i = 0; i < edit->persons->len; i++)
                mg_person_put(writer, g_ptr_array_index(edit->persons, i));
}

MgEdit *mg_edit_get(MgReader *reader) {
        MgEdit *edit = mg_edit_new();
        guint32 n;

        edit->how = mg_get_enum(reader, _MG_EDIT_HOW_N, "edit.how");
        edit->apply = mg_get_u8(reader, "edit.apply") != 0;
        edit->disable_missing = mg_get_u8(reader, "edit.disable_missing") != 0;
        edit->fields = mg_get_u32(reader, "edit.fields") & _MG_PERSON_ALL;
        n = mg_get_count(reader, MG_EDIT_PERSONS_MAX, "edit.persons");
        for (guint32 i = 0; i < n && !reader->fault; i++)
                g_ptr_array_add(edit->persons, mg_person_get(reader));
        return edit;
}

void mg_edit_row_put(MgWriter *writer, const MgEditRow *row) {
        mg_put_u32(writer, row->at);
        mg_put_u32(writer, row->result);
        mg_put_text(writer, row->login);
        mg_put_u32(writer, row->fields);
        mg_put_text(writer, row->text);
}

MgEditRow *mg_edit_row_get(MgReader *reader) {
        MgEditRow *row = g_new0(MgEditRow, 1);

        row->at = mg_get_u32(reader, "row.at");
        row->result = mg_get_enum(reader, _MG_EDIT_RESULT_N, "row.result");
        row->login = mg_login_get(reader);
        row->fields = mg_get_u32(reader, "row.fields") & _MG_PERSON_ALL;
        row->text = mg_get_text(reader, FAULT_TEXT_MAX, MG_CLASS_LINE, "row.text");
        return row;
}

/* FALSE with error; an applied edit of so many persons may take a while. */
static gboolean take_row(const MgPacket *packet, GPtrArray *rows, GError **error) {
        g_autoptr(MgEditRow) row = NULL;
        MgReader reader;

        mg_reader_init(&reader, packet->record);
        row = mg_edit_row_get(&reader);
        if (!mg_reader_end(&reader, error))
                return FALSE;
        g_ptr_array_add(rows, g_steal_pointer(&row));
        return TRUE;
}

gboolean mg_people_edit(const MgAsker *asker, const MgEdit *edit, GPtrArray *rows, gboolean *applied, GError **error) {
        g_auto(MgWriter) writer;
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        mg_autofd sock = -1;
        MgReader reader;

        mg_writer_init(&writer);
        mg_edit_put(&writer, edit);
        sock = mg_store_ask(asker, MG_PEOPLE_EDIT, &writer, NULL, 0, error);
        if (sock < 0)
                return FALSE;
        do {
                if (!mg_store_answer(sock, MG_STORE_COMMIT_MS, MG_PEOPLE_EDIT_ROW, MG_PEOPLE_EDIT_END, &packet,
                                     error) ||
                    (packet.kind == MG_PEOPLE_EDIT_ROW && !take_row(&packet, rows, error)))
                        return FALSE;
        } while (packet.kind == MG_PEOPLE_EDIT_ROW);
        mg_reader_init(&reader, packet.record);
        *applied = mg_get_u8(&reader, "applied") != 0;
        return mg_reader_end(&reader, error);
}

/* Asks for something about one person; the record goes on with what the caller adds. */
static void begin_record(MgWriter *writer, const char *login) {
        mg_secret_writer_init(writer);
        mg_put_text(writer, login);
}

/* Sends the record, which is wiped, and waits for the one answer. */
static gboolean ask(const MgAsker *asker, guint32 kind, MgWriter *writer, guint32 answer, MgPacket *packet,
                    GError **error) {
        mg_autofd sock = mg_store_ask(asker, kind, writer, NULL, 0, error);

        mg_secret_writer_clear(writer);
        return sock >= 0 && mg_store_answer(sock, MG_STORE_COMMIT_MS, answer, 0, packet, error);
}

static gboolean take_person(const MgPacket *packet, GPtrArray *persons, GError **error) {
        g_autoptr(MgPerson) person = NULL;
        MgReader reader;

        mg_reader_init(&reader, packet->record);
        person = mg_person_get(&reader);
        if (!mg_reader_end(&reader, error))
                return FALSE;
        g_ptr_array_add(persons, g_steal_pointer(&person));
        return TRUE;
}

gboolean mg_people_list(const MgAsker *asker, const char *login, GPtrArray *persons, GError **error) {
        g_auto(MgWriter) writer;
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        mg_autofd sock = -1;

        mg_writer_init(&writer);
        mg_put_text(&writer, login);
        sock = mg_store_ask(asker, MG_PEOPLE_LIST, &writer, NULL, 0, error);
        if (sock < 0)
                return FALSE;
        do {
                if (!mg_store_answer(sock, MG_STORE_RECEIPT_MS, MG_PEOPLE_PERSON, MG_STORE_END, &packet, error) ||
                    (packet.kind == MG_PEOPLE_PERSON && !take_person(&packet, persons, error)))
                        return FALSE;
        } while (packet.kind == MG_PEOPLE_PERSON);
        return TRUE;
}

char *mg_people_token(const MgAsker *asker, const char *login, guint32 days, GError **error) {
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        mg_autosecret token = NULL;
        MgWriter writer;
        MgReader reader;

        begin_record(&writer, login);
        mg_put_u32(&writer, days);
        if (!ask(asker, MG_PEOPLE_TOKEN, &writer, MG_PEOPLE_SECRET, &packet, error))
                return NULL;
        mg_reader_init(&reader, packet.record);
        token = mg_get_text(&reader, MG_STORE_TOKEN_MAX, MG_CLASS_TOKEN, "token");
        if (!mg_reader_end(&reader, error))
                return NULL;
        mg_secret_packet_clear(&packet);
        return g_steal_pointer(&token);
}

gboolean mg_people_revoke(const MgAsker *asker, const char *login, guint32 *tokens, GError **error) {
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        MgWriter writer;
        MgReader reader;

        begin_record(&writer, login);
        if (!ask(asker, MG_PEOPLE_REVOKE, &writer, MG_PEOPLE_COUNT, &packet, error))
                return FALSE;
        mg_reader_init(&reader, packet.record);
        *tokens = mg_get_u32(&reader, "tokens");
        return mg_reader_end(&reader, error);
}

gboolean mg_people_password(const MgAsker *asker, const char *login, const char *password, const char *before,
                            GError **error) {
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        MgWriter writer;

        begin_record(&writer, login);
        mg_put_text(&writer, password);
        mg_put_text(&writer, before);
        return ask(asker, MG_PEOPLE_PASSWORD, &writer, MG_STORE_DONE, &packet, error);
}

void mg_totp_clear(MgTotp *totp) {
        mg_secret_clear(&totp->secret);
        for (guint i = 0; i < MG_RECOVERY_CODES; i++)
                mg_secret_clear(&totp->codes[i]);
}

gboolean mg_people_totp(const MgAsker *asker, const char *login, MgTotp *totp, GError **error) {
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        MgWriter writer;
        MgReader reader;
        gboolean well;

        *totp = (MgTotp){0};
        begin_record(&writer, login);
        if (!ask(asker, MG_PEOPLE_TOTP, &writer, MG_PEOPLE_SECRETS, &packet, error))
                return FALSE;
        mg_reader_init(&reader, packet.record);
        totp->secret = mg_get_text(&reader, SECRET_MAX, MG_CLASS_TOKEN, "secret");
        for (guint i = 0; i < MG_RECOVERY_CODES; i++)
                totp->codes[i] = mg_get_text(&reader, SECRET_MAX, MG_CLASS_TOKEN, "code");
        well = mg_reader_end(&reader, error);
        mg_secret_packet_clear(&packet);
        return well;
}

void mg_session_clear(MgSession *session) {
        mg_secret_clear(&session->token);
}

/* Sends the record, which is wiped, and takes the session. */
static gboolean ask_session(const MgAsker *asker, guint32 kind, MgWriter *writer, MgSession *session, GError **error) {
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        MgReader reader;
        gboolean well;

        *session = (MgSession){0};
        if (!ask(asker, kind, writer, MG_PEOPLE_SESSION, &packet, error))
                return FALSE;
        mg_reader_init(&reader, packet.record);
        session->token = mg_get_text(&reader, MG_STORE_TOKEN_MAX, MG_CLASS_TOKEN, "token");
        session->person = mg_get_i64(&reader, "person");
        session->duties = mg_get_u32(&reader, "duties");
        session->idle = mg_get_u32(&reader, "idle");
        session->until = mg_get_i64(&reader, "until");
        session->second = mg_get_u8(&reader, "second") != 0;
        well = mg_reader_end(&reader, error);
        mg_secret_packet_clear(&packet);
        return well;
}

gboolean mg_people_sign_in(const MgAsker *asker, const char *login, const char *password, const char *code,
                           const char *address, MgSession *session, GError **error) {
        MgWriter writer;

        begin_record(&writer, login);
        mg_put_text(&writer, password);
        mg_put_text(&writer, code);
        mg_put_text(&writer, address);
        return ask_session(asker, MG_PEOPLE_SIGN_IN, &writer, session, error);
}

gboolean mg_people_vouch(const MgAsker *asker, const char *login, const char *address, MgSession *session,
                         GError **error) {
        MgWriter writer;

        begin_record(&writer, login);
        mg_put_text(&writer, address);
        return ask_session(asker, MG_PEOPLE_VOUCH, &writer, session, error);
}

gboolean mg_people_sign_out(const MgAsker *asker, GError **error) {
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        MgWriter writer;

        mg_secret_writer_init(&writer);
        return ask(asker, MG_PEOPLE_SIGN_OUT, &writer, MG_STORE_DONE, &packet, error);
}

/* --- sessions ---------------------------------------------------------------------------------------------------- */

void mg_session_row_free(MgSessionRow *row) {
        if (!row)
                return;
        g_free(row->id);
        g_free(row->by);
        g_free(row);
}

void mg_session_row_put(MgWriter *writer, const MgSessionRow *row) {
        mg_put_text(writer, row->id);
        mg_put_text(writer, row->by);
        mg_put_i64(writer, row->made);
        mg_put_i64(writer, row->used);
        mg_put_i64(writer, row->until);
        mg_put_i64(writer, row->stepped);
        mg_put_u32(writer, row->is_session ? 1 : 0);
        mg_put_u32(writer, row->is_own ? 1 : 0);
}

MgSessionRow *mg_session_row_get(MgReader *reader) {
        MgSessionRow *row = g_new0(MgSessionRow, 1);

        row->id = mg_get_text(reader, MG_SESSION_ID_CHARS, MG_CLASS_HOST, "session.id");
        row->by = mg_get_text(reader, MG_PERSON_WORD_MAX, MG_CLASS_HOST, "session.by");
        row->made = mg_get_i64(reader, "session.made");
        row->used = mg_get_i64(reader, "session.used");
        row->until = mg_get_i64(reader, "session.until");
        row->stepped = mg_get_i64(reader, "session.stepped");
        row->is_session = mg_get_enum(reader, 2, "session.is_session") != 0;
        row->is_own = mg_get_enum(reader, 2, "session.is_own") != 0;
        return row;
}

static gboolean take_session_row(const MgPacket *packet, GPtrArray *rows, GError **error) {
        g_autoptr(MgSessionRow) row = NULL;
        MgReader reader;

        mg_reader_init(&reader, packet->record);
        row = mg_session_row_get(&reader);
        if (!mg_reader_end(&reader, error))
                return FALSE;
        g_ptr_array_add(rows, g_steal_pointer(&row));
        return TRUE;
}

/* What comes behind the person. */
static gboolean take_session_rows(int sock, GPtrArray *rows, GError **error) {
        g_auto(MgPacket) packet = MG_PACKET_INIT;

        for (;;) {
                if (!mg_store_answer(sock, MG_STORE_RECEIPT_MS, MG_PEOPLE_SESSION_ROW, MG_STORE_END, &packet, error))
                        return FALSE;
                if (packet.kind == MG_STORE_END)
                        return TRUE;
                if (!take_session_row(&packet, rows, error))
                        return FALSE;
        }
}

gboolean mg_people_sessions(const MgAsker *asker, const char *login, MgPerson **person, GPtrArray *rows,
                            GError **error) {
        g_autoptr(GPtrArray) persons = g_ptr_array_new_with_free_func((GDestroyNotify)mg_person_free);
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        g_auto(MgWriter) writer;
        mg_autofd sock = -1;

        mg_writer_init(&writer);
        mg_put_text(&writer, login);
        sock = mg_store_ask(asker, MG_PEOPLE_SESSIONS, &writer, NULL, 0, error);
        if (sock < 0 || !mg_store_answer(sock, MG_STORE_RECEIPT_MS, MG_PEOPLE_PERSON, 0, &packet, error) ||
            !take_person(&packet, persons, error) || !take_session_rows(sock, rows, error))
                return FALSE;
        *person = g_ptr_array_steal_index(persons, 0);
        return TRUE;
}

gboolean mg_people_end_session(const MgAsker *asker, const char *login, const char *id, guint32 *sessions,
                               GError **error) {
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        MgWriter writer;
        MgReader reader;

        begin_record(&writer, login);
        mg_put_text(&writer, id);
        if (!ask(asker, MG_PEOPLE_END_SESSION, &writer, MG_PEOPLE_COUNT, &packet, error))
                return FALSE;
        mg_reader_init(&reader, packet.record);
        *sessions = mg_get_u32(&reader, "sessions");
        return mg_reader_end(&reader, error);
}

gboolean mg_people_step_up(const MgAsker *asker, const char *password, const char *code, GError **error) {
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        MgWriter writer;

        begin_record(&writer, password);
        mg_put_text(&writer, code);
        return ask(asker, MG_PEOPLE_STEP_UP, &writer, MG_STORE_DONE, &packet, error);
}

MgPerson *mg_people_who(const MgAsker *asker, guint32 duties, GError **error) {
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        g_autoptr(MgPerson) person = NULL;
        MgWriter writer;
        MgReader reader;

        mg_secret_writer_init(&writer);
        mg_put_u32(&writer, duties);
        if (!ask(asker, MG_PEOPLE_WHO, &writer, MG_PEOPLE_PERSON, &packet, error))
                return NULL;
        mg_reader_init(&reader, packet.record);
        person = mg_person_get(&reader);
        return mg_reader_end(&reader, error) ? g_steal_pointer(&person) : NULL;
}
