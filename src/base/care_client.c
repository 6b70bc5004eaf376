/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Holds and organizations on the wire, and the questions about them.
 */
#include "base/care_client.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/store_client.h"

#define ANSWER_MS 60000
#define RECEIPT_OCTETS 10
/* Rows of one answer: organizations of the past have theirs as long as mail of them is kept. */
#define ROWS_MAX 100000

void mg_hold_free(MgHold *hold) {
        if (!hold)
                return;
        g_free(hold->name);
        g_free(hold->organization);
        g_free(hold->actor);
        g_free(hold);
}

void mg_organization_row_free(MgOrganizationRow *row) {
        if (!row)
                return;
        g_free(row->name);
        g_free(row);
}

void mg_hold_put(MgWriter *writer, const MgHold *hold) {
        mg_put_text(writer, hold->name);
        mg_put_i64(writer, hold->until);
        mg_put_text(writer, hold->organization);
        mg_put_text(writer, hold->actor);
        mg_put_i64(writer, hold->made);
        mg_put_i64(writer, hold->mails);
}

MgHold *mg_hold_get(MgReader *reader) {
        MgHold *hold = g_new0(MgHold, 1);

        hold->name = mg_get_text(reader, MG_HOLD_NAME_MAX, MG_CLASS_TOKEN, "hold.name");
        hold->until = mg_get_i64(reader, "hold.until");
        hold->organization = mg_get_text(reader, MG_STORE_TOKEN_MAX, MG_CLASS_LINE, "hold.organization");
        hold->actor = mg_get_text(reader, MG_STORE_TOKEN_MAX, MG_CLASS_LINE, "hold.actor");
        hold->made = mg_get_i64(reader, "hold.made");
        hold->mails = mg_get_i64(reader, "hold.mails");
        return hold;
}

void mg_receipts_put(MgWriter *writer, const GPtrArray *receipts) {
        mg_put_u32(writer, receipts->len);
        for (guint i = 0; i < receipts->len; i++)
                mg_put_text(writer, g_ptr_array_index(receipts, i));
}

GPtrArray *mg_receipts_get(MgReader *reader) {
        GPtrArray *receipts = g_ptr_array_new_with_free_func(g_free);
        guint32 n = mg_get_count(reader, MG_HOLD_MAILS_MAX, "receipts");

        if (n == 0)
                mg_reader_fail(reader, "receipts", "there are none");
        for (guint32 i = 0; i < n && !reader->fault; i++)
                g_ptr_array_add(receipts, mg_get_text(reader, RECEIPT_OCTETS, MG_CLASS_TOKEN, "receipt"));
        return receipts;
}

void mg_organization_row_put(MgWriter *writer, const MgOrganizationRow *row) {
        mg_put_text(writer, row->name);
        mg_put_u8(writer, row->configured ? 1 : 0);
        mg_put_i64(writer, row->mails);
        mg_put_u64(writer, row->octets);
        mg_put_u64(writer, row->quota);
        mg_put_u32(writer, row->state);
        mg_put_u32(writer, row->retention);
        mg_put_u32(writer, row->retention_failed);
        mg_put_i64(writer, row->expiring);
        mg_put_i64(writer, row->requests);
        mg_put_i64(writer, row->held);
}

MgOrganizationRow *mg_organization_row_get(MgReader *reader) {
        MgOrganizationRow *row = g_new0(MgOrganizationRow, 1);

        row->name = mg_get_text(reader, MG_STORE_TOKEN_MAX, MG_CLASS_LINE, "organization.name");
        row->configured = mg_get_u8(reader, "organization.configured") != 0;
        row->mails = mg_get_i64(reader, "organization.mails");
        row->octets = mg_get_u64(reader, "organization.octets");
        row->quota = mg_get_u64(reader, "organization.quota");
        row->state = mg_get_enum(reader, _MG_QUOTA_N, "organization.state");
        row->retention = mg_get_u32(reader, "organization.retention");
        row->retention_failed = mg_get_u32(reader, "organization.retention_failed");
        row->expiring = mg_get_i64(reader, "organization.expiring");
        row->requests = mg_get_i64(reader, "organization.requests");
        row->held = mg_get_i64(reader, "organization.held");
        return row;
}

/* Asks for what is answered by DONE. */
static gboolean ask(const MgAsker *asker, guint32 kind, const MgWriter *writer, GError **error) {
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        mg_autofd sock = mg_store_ask(asker, kind, writer, NULL, 0, error);

        return sock >= 0 && mg_store_answer(sock, ANSWER_MS, MG_STORE_DONE, 0, &packet, error);
}

gboolean mg_care_hold_add(const MgAsker *asker, const char *name, gint64 until, const GPtrArray *receipts,
                          GError **error) {
        const MgHold hold = {.name = (char *)name, .until = until};
        g_auto(MgWriter) writer;

        mg_writer_init(&writer);
        mg_hold_put(&writer, &hold);
        mg_receipts_put(&writer, receipts);
        return ask(asker, MG_CARE_HOLD_ADD, &writer, error);
}

gboolean mg_care_hold_end(const MgAsker *asker, const char *name, GError **error) {
        g_auto(MgWriter) writer;

        mg_writer_init(&writer);
        mg_put_text(&writer, name);
        return ask(asker, MG_CARE_HOLD_END, &writer, error);
}

static gpointer get_hold(MgReader *reader) {
        return mg_hold_get(reader);
}

static gpointer get_organization(MgReader *reader) {
        return mg_organization_row_get(reader);
}

/* A question that is answered by rows of one kind. */
typedef struct Listing {
        guint32 kind;
        guint32 row_kind;
        gpointer (*get)(MgReader *reader);
        GDestroyNotify free;
} Listing;

static gboolean take_row(const Listing *listing, const MgPacket *packet, GPtrArray *rows, GError **error) {
        MgReader reader;

        mg_reader_init(&reader, packet->record);
        g_ptr_array_add(rows, listing->get(&reader));
        return mg_reader_end(&reader, error);
}

static GPtrArray *list(const MgAsker *asker, const Listing *listing, GError **error) {
        g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(listing->free);
        mg_autofd sock = mg_store_ask(asker, listing->kind, NULL, NULL, 0, error);

        while (sock >= 0 && rows->len < ROWS_MAX) {
                g_auto(MgPacket) packet = MG_PACKET_INIT;

                if (!mg_store_answer(sock, ANSWER_MS, listing->row_kind, MG_STORE_END, &packet, error))
                        return NULL;
                if (packet.kind == MG_STORE_END)
                        return g_steal_pointer(&rows);
                if (!take_row(listing, &packet, rows, error))
                        return NULL;
        }
        if (sock >= 0)
                g_set_error(error, MG_ERROR, MG_ERROR_PROTOCOL, "store: more than %d rows", ROWS_MAX);
        return NULL;
}

GPtrArray *mg_care_holds(const MgAsker *asker, GError **error) {
        static const Listing listing = {MG_CARE_HOLDS, MG_CARE_HOLD, get_hold, (GDestroyNotify)mg_hold_free};

        return list(asker, &listing, error);
}

GPtrArray *mg_care_organizations(const MgAsker *asker, GError **error) {
        static const Listing listing = {MG_CARE_ORGANIZATIONS, MG_CARE_ORGANIZATION, get_organization,
                                        (GDestroyNotify)mg_organization_row_free};

        return list(asker, &listing, error);
}
