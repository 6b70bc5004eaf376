/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Acts about many mails. An entry has a bound, hence several.
 */
#include "store/act_receipts.h"

#include "store/audit.h"

static gboolean add_entry(sqlite3 *db, const MgAct *act, const GPtrArray *receipts, guint from, guint n,
                          GError **error) {
        g_autofree char *number = g_strdup_printf("%u", n);
        g_autoptr(GString) list = g_string_new(NULL);
        MgAct entry = *act;
        guint at = 0;

        for (guint i = from; i < from + n; i++)
                g_string_append_printf(list, "%s%s", i > from ? "+" : "", (char *)g_ptr_array_index(receipts, i));
        while (entry.words[at].name)
                at++;
        entry.words[at].name = "mails";
        entry.words[at].value = number;
        entry.words[at + 1].name = "receipts";
        entry.words[at + 1].value = list->str;
        return mg_audit_add(db, &entry, error);
}

gboolean mg_act_receipts(sqlite3 *db, const MgAct *act, const GPtrArray *receipts, GError **error) {
        for (guint from = 0; from < receipts->len; from += MG_ACT_RECEIPTS)
                if (!add_entry(db, act, receipts, from, MIN(receipts->len - from, MG_ACT_RECEIPTS), error))
                        return FALSE;
        return TRUE;
}
