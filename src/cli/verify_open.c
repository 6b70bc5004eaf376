/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A key is tried on each original: what the store itself cannot do. Writes nothing and keeps no original longer than it
 * is looked at.
 */
#include "cli/verify_open.h"

#include <string.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/store_client.h"

/* Rows that are asked for at once. */
#define PAGE 10000

/* What a row says of its original. */
typedef struct Kept {
        char receipt[11];
        guint64 size;
        guint8 sha256[32];
} Kept;

/* The rows of one page; seen has the receipts of all pages. */
typedef struct Listing {
        GArray *page; /* of Kept */
        GHashTable *seen;
        gint64 oldest; /* time of the last row */
        guint rows;
} Listing;

static gboolean take_row(const MgRecord *record, gpointer data) {
        Listing *listing = data;
        Kept kept = {.size = record->size};

        listing->rows++;
        listing->oldest = record->envelope->time;
        if (!g_hash_table_add(listing->seen, g_strdup(record->receipt)))
                return TRUE;
        g_strlcpy(kept.receipt, record->receipt, sizeof kept.receipt);
        memcpy(kept.sha256, record->sha256, sizeof kept.sha256);
        g_array_append_val(listing->page, kept);
        return TRUE;
}

/* Rows up to a time, that second included: the ones of it that were seen are left out. */
static gboolean list(const MgAsker *asker, gint64 until, Listing *listing, GError **error) {
        const MgQuery query = {.kept_only = TRUE, .until = until, .max = PAGE};

        listing->rows = 0;
        g_array_set_size(listing->page, 0);
        return mg_store_query(asker, &query, take_row, listing, NULL, error);
}

static void report_damaged(const Kept *kept, const GError *fault, const MgUpkeepFuncs *funcs, gpointer data) {
        g_autofree char *detail = mg_text_clean(fault->message, strlen(fault->message), MG_CLASS_LINE, 0, NULL);
        const MgFinding finding = {MG_FLAW_OBJECT_DAMAGED, MG_MEND_NONE, kept->receipt, detail};

        funcs->finding(&finding, data);
}

/* What is wrong with the original itself goes to fault; TRUE then. */
static gboolean take_error(GError *own, GError **fault, GError **error) {
        gboolean damaged = g_error_matches(own, MG_ERROR, MG_ERROR_STORE);

        g_propagate_error(damaged ? fault : error, own);
        return damaged;
}

/* An RSA key that it is not sealed to and one that opens what is damaged look alike: DENIED. */
static gboolean open_sealed(const MgOpener *opener, const Kept *kept, int fd, MgOpened *opened, GError **fault,
                            GError **error) {
        g_autoptr(GBytes) object = mg_fd_map(fd, 0, G_MAXINT32, error);
        g_autoptr(GError) own = NULL;

        if (object == NULL)
                return FALSE;
        g_autoptr(GBytes) original = mg_opener_open(opener, object, kept->size, kept->sha256, &own);
        if (original != NULL)
                opened->opened++;
        else if (g_error_matches(own, MG_ERROR, MG_ERROR_DENIED))
                opened->other_key++;
        else
                return take_error(g_steal_pointer(&own), fault, error);
        return TRUE;
}

/* FALSE where it could not be asked for. */
static gboolean open_one(const MgAsker *asker, const MgOpener *opener, const Kept *kept, MgOpened *opened,
                         GError **fault, GError **error) {
        gboolean sealed = FALSE;
        g_autoptr(GError) own = NULL;
        mg_autofd fd = mg_store_get(asker, kept->receipt, &sealed, &own);

        if (fd < 0)
                return g_error_matches(own, MG_ERROR, MG_ERROR_MISSING) ||
                       take_error(g_steal_pointer(&own), fault, error);
        if (sealed)
                return open_sealed(opener, kept, fd, opened, fault, error);
        opened->unsealed++;
        return TRUE;
}

static gboolean open_page(const MgAsker *asker, const MgOpener *opener, const GArray *page, GHashTable *skip,
                          const MgUpkeepFuncs *funcs, gpointer data, MgOpened *opened, GError **error) {
        for (guint i = 0; i < page->len; i++) {
                const Kept *kept = &g_array_index(page, Kept, i);
                g_autoptr(GError) fault = NULL;
                const MgProgress progress = {"open", opened->opened + opened->other_key, 0};

                if (g_hash_table_contains(skip, kept->receipt))
                        continue;
                if (!open_one(asker, opener, kept, opened, &fault, error))
                        return FALSE;
                if (fault != NULL) {
                        opened->damaged++;
                        report_damaged(kept, fault, funcs, data);
                }
                if (i % 100 == 0)
                        funcs->progress(&progress, data);
        }
        return TRUE;
}

gboolean mg_verify_open(const MgAsker *asker, const MgOpener *opener, GHashTable *skip, const MgUpkeepFuncs *funcs,
                        gpointer data, MgOpened *opened, GError **error) {
        g_autoptr(GArray) page = g_array_new(FALSE, FALSE, sizeof(Kept));
        g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        Listing listing = {.page = page, .seen = seen};
        gint64 until = 0;

        do {
                if (!list(asker, until, &listing, error) ||
                    !open_page(asker, opener, page, skip, funcs, data, opened, error))
                        return FALSE;
                /* A second with more rows than a page has is passed over as a whole. */
                until = page->len > 0 ? listing.oldest + 1 : listing.oldest;
        } while (listing.rows >= PAGE);
        return TRUE;
}
