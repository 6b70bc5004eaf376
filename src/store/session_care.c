/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Holds, and what is kept of each organization, as people ask for them. Rows are read by a connection of the
 * session's own: counting takes its time.
 */
#include "store/session_care.h"

#include "base/care_client.h"
#include "base/chain.h"
#include "base/control.h"
#include "base/error.h"
#include "base/log.h"
#include "base/receipt.h"
#include "base/store_client.h"
#include "store/audit.h"
#include "store/expiry.h"
#include "store/hold.h"
#include "store/sql.h"

#define DAY 86400

static gint64 now(void) {
        return g_get_real_time() / G_USEC_PER_SEC;
}

static gboolean send_done(int sock) {
        return mg_packet_send(sock, MG_STORE_DONE, NULL, NULL, 0, NULL);
}

/* What a change of a hold is made of. */
typedef struct Change {
        const MgActor *actor;
        MgHold *hold;
        GPtrArray *receipts;
        char *name;
} Change;

static void change_clear(Change *change) {
        mg_hold_free(change->hold);
        g_clear_pointer(&change->receipts, g_ptr_array_unref);
        g_free(change->name);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Change, change_clear)

static gboolean add_hold(sqlite3 *db, gpointer data, GError **error) {
        const Change *change = data;

        return mg_hold_add(db, change->actor, change->hold, change->receipts, now(), error);
}

static gboolean end_hold(sqlite3 *db, gpointer data, GError **error) {
        const Change *change = data;

        return mg_hold_end(db, change->actor, change->name, now(), error);
}

gboolean mg_session_hold_add(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error) {
        g_auto(Change) change = {.actor = actor};
        MgReader reader;

        mg_reader_init(&reader, request->record);
        change.hold = mg_hold_get(&reader);
        change.receipts = mg_receipts_get(&reader);
        return mg_reader_end(&reader, error) && mg_committer_do(store->committer, add_hold, &change, error) &&
               send_done(sock);
}

gboolean mg_session_hold_end(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error) {
        g_auto(Change) change = {.actor = actor};
        MgReader reader;

        mg_reader_init(&reader, request->record);
        change.name = mg_get_text(&reader, MG_HOLD_NAME_MAX, MG_CLASS_TOKEN, "hold.name");
        return mg_reader_end(&reader, error) && mg_committer_do(store->committer, end_hold, &change, error) &&
               send_done(sock);
}

static gboolean send_hold(int sock, const MgHold *hold) {
        g_auto(MgWriter) writer;

        mg_writer_init(&writer);
        mg_hold_put(&writer, hold);
        return mg_packet_send(sock, MG_CARE_HOLD, &writer, NULL, 0, NULL);
}

gboolean mg_session_holds(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error) {
        g_autoptr(GPtrArray) holds = g_ptr_array_new_with_free_func((GDestroyNotify)mg_hold_free);
        sqlite3 *db = mg_sql_open(store->index_path, store->vfs, SQLITE_OPEN_READONLY, error);
        gboolean well = db && mg_hold_list(db, actor, holds, error);

        mg_sql_close(db);
        for (guint i = 0; well && i < holds->len; i++)
                well = send_hold(sock, g_ptr_array_index(holds, i));
        return well && mg_packet_send(sock, MG_STORE_END, NULL, NULL, 0, NULL);
}

/* The row of an organization, of what expiry counts and the index keeps. */
static MgOrganizationRow *make_row(MgStore *store, MgExpiry *expiry, const MgTerms *terms, const char *name,
                                   GError **error) {
        const MgOrganization *organization = mg_organizations_named(terms->organizations, name);
        g_autoptr(MgOrganizationRow) row = g_new0(MgOrganizationRow, 1);
        MgExpiryCount count = {0};

        row->name = g_strdup(name);
        row->configured = g_str_equal(organization->name, name);
        row->quota = organization->quota;
        row->state = mg_quota_state(store->quota, name);
        row->retention = organization->retention;
        row->retention_failed = organization->retention_failed;
        if (!mg_expiry_kept(expiry, name, &row->mails, &row->octets, &row->held, error) ||
            !mg_expiry_count(expiry, name, now() + (gint64)terms->expiry_warning * DAY, &count, error))
                return NULL;
        row->expiring = count.mails;
        row->requests = count.requests;
        return g_steal_pointer(&row);
}

static gboolean send_row(MgStore *store, MgExpiry *expiry, const MgTerms *terms, const char *name, int sock,
                         GError **error) {
        g_autoptr(MgOrganizationRow) row = make_row(store, expiry, terms, name, error);
        g_auto(MgWriter) writer;

        mg_writer_init(&writer);
        if (!row)
                return FALSE;
        mg_organization_row_put(&writer, row);
        return mg_packet_send(sock, MG_CARE_ORGANIZATION, &writer, NULL, 0, NULL);
}

gboolean mg_session_organizations(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error) {
        g_autoptr(MgTerms) terms = mg_store_terms(store);
        g_autoptr(MgExpiry) expiry = mg_expiry_open(store->index_path, store->vfs, terms, error);
        gboolean well = expiry != NULL;

        for (guint i = 0; well && mg_expiry_names(expiry)[i]; i++)
                well = send_row(store, expiry, terms, mg_expiry_names(expiry)[i], sock, error);
        return well && mg_packet_send(sock, MG_STORE_END, NULL, NULL, 0, NULL);
}

/* --- figures ------------------------------------------------------------------------------------------------------ */

static void add_figure(GArray *all, const char *what, const char *name, gint64 value) {
        g_autofree char *key = g_strdup_printf("organization_%s:%s", what, *name ? name : "-");

        mg_figures_add(all, "store", key, value);
}

/* The index keeps these sums: a row an organization is read, no mail. */
static gboolean add_organizations(MgStore *store, sqlite3 *db, GArray *all, GError **error) {
        g_autoptr(MgTerms) terms = mg_store_terms(store);
        g_autoptr(sqlite3_stmt) rows = mg_sql_prepare(
                db, "SELECT name, mails, octets FROM organization LIMIT " G_STRINGIFY(MG_ORGANIZATIONS_MAX), error);
        int result = SQLITE_DONE;

        while (rows && (result = sqlite3_step(rows)) == SQLITE_ROW) {
                const char *name = (const char *)sqlite3_column_text(rows, 0);
                const MgOrganization *organization = mg_organizations_named(terms->organizations, name);

                add_figure(all, "mails", name, sqlite3_column_int64(rows, 1));
                add_figure(all, "bytes", name, sqlite3_column_int64(rows, 2));
                add_figure(all, "full", name, mg_quota_state(store->quota, name) == MG_QUOTA_FULL);
                if (organization->quota > 0)
                        add_figure(all, "quota", name, (gint64)organization->quota);
        }
        return rows && (result == SQLITE_DONE || mg_sql_fail(db, "read what organizations have", error));
}

static gboolean add_trail(sqlite3 *db, GArray *all, GError **error) {
        g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func((GDestroyNotify)mg_entry_free);
        g_auto(MgEntryFacts) facts = {0};
        MgChain head = {0};

        if (!mg_audit_head(db, &head, error) || !mg_audit_page(db, head.number, head.number, 1, entries, error))
                return FALSE;
        mg_figures_add(all, "store", "audit_entries", head.number);
        if (entries->len > 0 && mg_entry_read(g_ptr_array_index(entries, 0), &facts))
                mg_figures_add(all, "store", "audit_head_s", MAX(now() - facts.time, 0));
        return TRUE;
}

void mg_session_care_figures(MgStore *store, GArray *all) {
        g_autoptr(GError) error = NULL;
        sqlite3 *db = mg_sql_open(store->index_path, store->vfs, SQLITE_OPEN_READONLY, &error);

        if (!db || !add_organizations(store, db, all, &error) || !add_trail(db, all, &error))
                mg_log_error("figures of the index cannot be read", g_steal_pointer(&error));
        mg_sql_close(db);
}
