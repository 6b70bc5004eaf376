/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walk along a trail. Fetches no entry.
 */
#include "base/audit_check.h"

#include <string.h>

#include "mugai/act.h"

static gint by_number(gconstpointer a, gconstpointer b) {
        const MgAnchor *one = a, *other = b;

        return one->head.number < other->head.number ? -1 : one->head.number > other->head.number;
}

void mg_audit_check_init(MgAuditCheck *check, GArray *anchors) {
        *check = (MgAuditCheck){.anchors = anchors ? anchors : g_array_new(FALSE, FALSE, sizeof(MgAnchor))};
        g_array_sort(check->anchors, by_number);
}

void mg_audit_check_clear(MgAuditCheck *check) {
        g_clear_pointer(&check->anchors, g_array_unref);
        g_free(check->ja);
        g_free(check->en);
}

static char *time_text(gint64 time) {
        g_autoptr(GDateTime) value = g_date_time_new_from_unix_local(time);

        return value ? g_date_time_format(value, "%Y-%m-%d %H:%M:%S") : g_strdup("?");
}

static gboolean fail(MgAuditCheck *check, MgBreak fault, gint64 number, char *ja, char *en) {
        check->fault = fault;
        check->number = number;
        check->ja = ja;
        check->en = en;
        return FALSE;
}

static gboolean fail_entry(MgAuditCheck *check, MgBreak fault, const MgEntry *entry) {
        const gint64 before = check->chain.number, number = entry->number;
        g_autofree char *time = time_text(check->time);

        if (fault == MG_BREAK_MISSING)
                return fail(check, fault, before + 1,
                            g_strdup_printf("記録 %" G_GINT64_FORMAT " がありません: %" G_GINT64_FORMAT
                                            " (%s) の次が %" G_GINT64_FORMAT " です。",
                                            before + 1, before, time, number),
                            g_strdup_printf("entry %" G_GINT64_FORMAT " is missing: entry %" G_GINT64_FORMAT
                                            " comes after entry %" G_GINT64_FORMAT " (%s).",
                                            before + 1, number, before, time));
        if (fault == MG_BREAK_INSERTED)
                return fail(check, fault, number,
                            g_strdup_printf("記録 %" G_GINT64_FORMAT " は本来ない記録です: %" G_GINT64_FORMAT
                                            " (%s) の次にあります。",
                                            number, before, time),
                            g_strdup_printf("entry %" G_GINT64_FORMAT " does not belong: it comes after entry "
                                            "%" G_GINT64_FORMAT " (%s), and numbers begin at 1 and rise by 1.",
                                            number, before, time));
        return fail(check, fault, number,
                    g_strdup_printf("記録 %" G_GINT64_FORMAT " は改変されています: %" G_GINT64_FORMAT
                                    " (%s) に続く内容とハッシュが合いません。",
                                    number, before, time),
                    g_strdup_printf("entry %" G_GINT64_FORMAT " was altered: its hash does not follow from entry "
                                    "%" G_GINT64_FORMAT " (%s) and from what it says.",
                                    number, before, time));
}

/* The entry is well in itself, but another one stood there. It is any of those since the anchor before. */
static gboolean fail_anchor(MgAuditCheck *check, const MgAnchor *anchor) {
        const gint64 first =
                check->agreed > 0 ? g_array_index(check->anchors, MgAnchor, check->agreed - 1).head.number + 1 : 1;
        g_autofree char *time = time_text(anchor->time);

        return fail(check, MG_BREAK_ALTERED, first,
                    g_strdup_printf("記録 %" G_GINT64_FORMAT " から %" G_GINT64_FORMAT
                                    " のどれかが改変され、以降が作り直されています: %s "
                                    "に控えた記録 %" G_GINT64_FORMAT " のハッシュと合いません。",
                                    first, anchor->head.number, time, anchor->head.number),
                    g_strdup_printf("an entry from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT
                                    " was altered and those behind it were chained anew: entry %" G_GINT64_FORMAT
                                    " is not the one that was anchored at %s.",
                                    first, anchor->head.number, anchor->head.number, time));
}

static gboolean fail_cut(MgAuditCheck *check, const MgAnchor *anchor) {
        const gint64 last = check->chain.number;
        g_autofree char *time = time_text(anchor->time);

        return fail(check, MG_BREAK_MISSING, last + 1,
                    g_strdup_printf("記録 %" G_GINT64_FORMAT " 以降がありません: %s に記録 %" G_GINT64_FORMAT
                                    " まであったことが控えられています。",
                                    last + 1, time, anchor->head.number),
                    g_strdup_printf("entry %" G_GINT64_FORMAT " is missing and all behind it: entry %" G_GINT64_FORMAT
                                    " was anchored at %s.",
                                    last + 1, anchor->head.number, time));
}

/* All anchors that name the entry that the chain is at. */
static gboolean meet_anchors(MgAuditCheck *check) {
        for (; check->agreed < check->anchors->len; check->agreed++) {
                const MgAnchor *anchor = &g_array_index(check->anchors, MgAnchor, check->agreed);

                if (anchor->head.number > check->chain.number)
                        break;
                if (memcmp(anchor->head.hash, check->chain.hash, MG_CHAIN_HASH) != 0)
                        return fail_anchor(check, anchor);
        }
        return TRUE;
}

/*
 * A store that was restored from a backup has other entries from there on than it had before. Anchors of those that
 * are lost say nothing of these; how many there were is said.
 */
static void forget_lost(MgAuditCheck *check, const MgEntryFacts *facts) {
        if (!g_str_equal(facts->act, mg_act_name(MG_ACT_RESTORED)))
                return;
        for (guint i = check->agreed; i < check->anchors->len;) {
                const MgAnchor *anchor = &g_array_index(check->anchors, MgAnchor, i);

                if (anchor->head.number < facts->number || anchor->time > facts->time) {
                        i++;
                        continue;
                }
                g_array_remove_index(check->anchors, i);
                check->lost++;
        }
}

gboolean mg_audit_check_entry(MgAuditCheck *check, const MgEntry *entry) {
        g_auto(MgEntryFacts) facts = {0};
        MgBreak fault;

        if (check->fault == MG_BREAK_NONE && !meet_anchors(check))
                return FALSE;
        fault = check->fault == MG_BREAK_NONE ? mg_chain_follow(&check->chain, entry) : MG_BREAK_NONE;
        if (fault != MG_BREAK_NONE)
                return fail_entry(check, fault, entry);
        if (mg_entry_read(entry, &facts)) {
                check->time = facts.time;
                forget_lost(check, &facts);
        }
        return check->fault == MG_BREAK_NONE;
}

gboolean mg_audit_check_end(MgAuditCheck *check) {
        if (check->fault != MG_BREAK_NONE || !meet_anchors(check))
                return FALSE;
        return check->agreed == check->anchors->len ||
               fail_cut(check, &g_array_index(check->anchors, MgAnchor, check->agreed));
}

GArray *mg_audit_anchors(const char *text) {
        GArray *anchors = g_array_new(FALSE, FALSE, sizeof(MgAnchor));
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

        for (char **line = lines; *line; line++) {
                MgAnchor anchor;

                if (mg_anchor_find(*line, &anchor))
                        g_array_append_val(anchors, anchor);
        }
        return anchors;
}
