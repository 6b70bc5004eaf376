/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions to the audit trail. Judges nothing of what comes.
 */
#include "base/audit_client.h"

#include <string.h>

#include "base/fd.h"
#include "base/store_client.h"

#define WORD_MAX 64
/* To look through a long trail takes a while. */
#define ANSWER_MS 120000

void mg_audit_query_put(MgWriter *writer, const MgAuditQuery *query) {
        mg_put_u32(writer, query->purpose);
        mg_put_text(writer, query->actor);
        mg_put_text(writer, query->act);
        mg_put_text(writer, query->receipt);
        mg_put_text(writer, query->about);
        mg_put_i64(writer, query->since);
        mg_put_i64(writer, query->until);
        mg_put_u8(writer, query->whole ? 1 : 0);
        mg_put_u8(writer, query->newest_first ? 1 : 0);
        mg_put_u32(writer, query->max);
}

/* NULL for "". */
static const char *get_word(MgReader *reader, gsize max, MgClass class, const char *field) {
        g_autofree char *text = mg_get_text(reader, max, MG_CLASS_LINE, field);

        if (*text == '\0')
                return NULL;
        if (class != MG_CLASS_LINE && !mg_text_is(text, strlen(text), class))
                mg_reader_fail(reader, field, "is no token");
        return g_steal_pointer(&text);
}

void mg_audit_query_get(MgReader *reader, MgAuditQuery *query) {
        query->purpose = mg_get_enum(reader, _MG_ACT_N, "audit.purpose");
        query->actor = get_word(reader, WORD_MAX, MG_CLASS_TOKEN, "audit.actor");
        query->act = get_word(reader, WORD_MAX, MG_CLASS_TOKEN, "audit.act");
        query->receipt = get_word(reader, WORD_MAX, MG_CLASS_TOKEN, "audit.receipt");
        query->about = get_word(reader, MG_AUDIT_ABOUT_MAX, MG_CLASS_LINE, "audit.about");
        query->since = mg_get_i64(reader, "audit.since");
        query->until = mg_get_i64(reader, "audit.until");
        query->whole = mg_get_u8(reader, "audit.whole") != 0;
        query->newest_first = mg_get_u8(reader, "audit.newest_first") != 0;
        query->max = mg_get_u32(reader, "audit.max");
}

void mg_audit_query_clear(MgAuditQuery *query) {
        g_free((char *)query->actor);
        g_free((char *)query->act);
        g_free((char *)query->receipt);
        g_free((char *)query->about);
        *query = (MgAuditQuery){0};
}

static void put_chain(MgWriter *writer, const MgChain *chain) {
        mg_put_i64(writer, chain->number);
        mg_put_raw(writer, chain->hash, sizeof chain->hash);
}

static void get_chain(MgReader *reader, MgChain *chain, const char *field) {
        chain->number = mg_get_i64(reader, field);
        mg_get_raw(reader, chain->hash, sizeof chain->hash, field);
}

void mg_audit_span_put(MgWriter *writer, const MgAuditSpan *span) {
        put_chain(writer, &span->head);
        mg_put_i64(writer, span->first);
        mg_put_i64(writer, span->last);
        put_chain(writer, &span->before);
}

void mg_audit_span_get(MgReader *reader, MgAuditSpan *span) {
        get_chain(reader, &span->head, "trail.head");
        span->first = mg_get_i64(reader, "trail.first");
        span->last = mg_get_i64(reader, "trail.last");
        get_chain(reader, &span->before, "trail.before");
}

static void put_content(MgWriter *writer, GBytes *bytes) {
        gsize n;
        gconstpointer data = g_bytes_get_data(bytes, &n);

        mg_put_bytes(writer, data, n);
}

void mg_audit_entries_put(MgWriter *writer, const GPtrArray *entries) {
        mg_put_u32(writer, entries->len);
        for (guint i = 0; i < entries->len; i++) {
                const MgEntry *entry = g_ptr_array_index(entries, i);

                mg_put_i64(writer, entry->number);
                put_content(writer, entry->line);
                put_content(writer, entry->hash);
        }
}

static GBytes *get_content(MgReader *reader, gsize max, const char *field) {
        gsize n;
        const guint8 *data = mg_get_bytes(reader, max, &n, field);

        return g_bytes_new(data, n);
}

GPtrArray *mg_audit_entries_get(MgReader *reader) {
        GPtrArray *entries = g_ptr_array_new_with_free_func((GDestroyNotify)mg_entry_free);
        guint32 n = mg_get_count(reader, MG_AUDIT_PAGE, "entries");

        for (guint32 i = 0; i < n; i++) {
                gint64 number = mg_get_i64(reader, "entry.number");
                GBytes *line = get_content(reader, MG_CHAIN_LINE_MAX + 1, "entry.line");

                g_ptr_array_add(entries,
                                mg_entry_new(number, line, get_content(reader, MG_CHAIN_HASH + 1, "entry.hash")));
        }
        return entries;
}

/* *go_on is FALSE where nobody wants more. */
static gboolean hand_on(const MgPacket *packet, const MgAuditFuncs *funcs, gpointer data, gboolean *go_on,
                        GError **error) {
        g_autoptr(GPtrArray) entries = NULL;
        g_autoptr(GError) fault = NULL;
        MgReader reader;

        mg_reader_init(&reader, packet->record);
        entries = mg_audit_entries_get(&reader);
        if (!mg_reader_end(&reader, error))
                return FALSE;
        for (guint i = 0; *go_on && i < entries->len; i++)
                *go_on = funcs->entry(g_ptr_array_index(entries, i), data, &fault);
        if (!fault)
                return TRUE;
        g_propagate_error(error, g_steal_pointer(&fault));
        return FALSE;
}

static gboolean receive_span(int sock, const MgAuditFuncs *funcs, gpointer data, gboolean *go_on, GError **error) {
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        g_autoptr(GError) fault = NULL;
        MgAuditSpan span;
        MgReader reader;

        if (!mg_store_answer(sock, ANSWER_MS, MG_STORE_TRAIL, 0, &packet, error))
                return FALSE;
        mg_reader_init(&reader, packet.record);
        mg_audit_span_get(&reader, &span);
        if (!mg_reader_end(&reader, error))
                return FALSE;
        *go_on = !funcs->begin || funcs->begin(&span, data, &fault);
        if (!fault)
                return TRUE;
        g_propagate_error(error, g_steal_pointer(&fault));
        return FALSE;
}

gboolean mg_audit_query(const MgAsker *asker, const MgAuditQuery *query, const MgAuditFuncs *funcs, gpointer data,
                        GError **error) {
        g_auto(MgWriter) writer;
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        gboolean go_on;
        mg_autofd sock = -1;

        mg_writer_init(&writer);
        mg_audit_query_put(&writer, query);
        sock = mg_store_ask(asker, MG_STORE_AUDIT, &writer, NULL, 0, error);
        if (sock < 0 || !receive_span(sock, funcs, data, &go_on, error))
                return FALSE;
        while (go_on) {
                if (!mg_store_answer(sock, ANSWER_MS, MG_STORE_ENTRIES, MG_STORE_END, &packet, error))
                        return FALSE;
                if (packet.kind == MG_STORE_END)
                        return TRUE;
                if (!hand_on(&packet, funcs, data, &go_on, error))
                        return FALSE;
        }
        return TRUE;
}
