/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who has which octets. Entities lie inside each other, and where a structure can be read in two ways they overlap: the
 * last one that claims an octet has it, inner ones after the one around them. One sweep from front to back over where
 * claims begin and end. Octets of messages that were encoded are those of the encoded part; what was cut from a text
 * that was encoded is part of that text.
 */
#include "sanitize/account.h"

typedef struct Claim {
        gsize begin;
        gsize end;
        MgRangeKind kind;
        guint32 part;
} Claim;

typedef struct Event {
        gsize at;
        guint claim;
        gboolean begins;
} Event;

typedef struct Account {
        const MgTree *tree;
        GHashTable *numbers; /* MgFacts -> its index + 1 */
        GArray *claims;      /* of Claim, the stronger ones later */
        GArray *events;      /* of Event */
} Account;

static guint32 number_of(const Account *account, const MgFacts *facts) {
        guint number = facts != NULL ? GPOINTER_TO_UINT(g_hash_table_lookup(account->numbers, facts)) : 0;
        return number > 0 ? number - 1 : MG_RANGE_NO_PART;
}

static void claim(Account *account, const char *begin, gsize n, MgRangeKind kind, guint32 part) {
        const char *mail = account->tree->mail;
        if (n == 0 || begin < mail || begin + n > mail + account->tree->n)
                return;
        Claim one = {begin - mail, begin - mail + n, kind, part};
        Event first = {one.begin, account->claims->len, TRUE}, last = {one.end, account->claims->len, FALSE};
        g_array_append_val(account->claims, one);
        g_array_append_val(account->events, first);
        g_array_append_val(account->events, last);
}

static void claim_entity(Account *account, const MgEntity *entity) {
        guint32 part = number_of(account, entity->facts);
        claim(account, entity->begin, entity->data - entity->begin, MG_RANGE_HEADER, MG_RANGE_NO_PART);
        claim(account, entity->data, entity->n, part != MG_RANGE_NO_PART ? entity->range : MG_RANGE_STRUCTURE, part);
}

static gint compare_events(gconstpointer a, gconstpointer b) {
        const Event *one = a, *other = b;
        return one->at < other->at ? -1 : one->at > other->at;
}

static gint compare_claims(gconstpointer a, gconstpointer b) {
        guint one = GPOINTER_TO_UINT(a), other = GPOINTER_TO_UINT(b);
        return one < other ? -1 : one > other;
}

/* Neighbours of one kind and part are one range; the last that there is room for takes all that follow. */
static void add_range(MgReading *reading, const MgLimits *limits, const Claim *owner, gsize n) {
        MgRange range = {n, owner->kind, owner->part, 1};
        GArray *ranges = reading->ranges;
        MgRange *last = ranges->len > 0 ? &g_array_index(ranges, MgRange, ranges->len - 1) : NULL;
        if (last != NULL && last->kind == range.kind && last->part == range.part) {
                last->length += n;
        } else if (last == NULL || ranges->len < limits->ranges) {
                g_array_append_val(ranges, range);
        } else {
                last->kind = MG_RANGE_FURTHER;
                last->part = MG_RANGE_NO_PART;
                last->length += n;
                last->count++;
        }
}

static void sweep(Account *account, const MgLimits *limits, MgReading *reading) {
        g_autoptr(GTree) open = g_tree_new(compare_claims);
        g_array_sort(account->events, compare_events);
        gsize at = 0;
        for (guint i = 0; i < account->events->len; i++) {
                const Event *event = &g_array_index(account->events, Event, i);
                if (event->at > at) {
                        GTreeNode *top = g_tree_node_last(open);
                        guint owner = GPOINTER_TO_UINT(g_tree_node_key(top));
                        add_range(reading, limits, &g_array_index(account->claims, Claim, owner), event->at - at);
                        at = event->at;
                }
                if (event->begins)
                        g_tree_insert(open, GUINT_TO_POINTER(event->claim), GUINT_TO_POINTER(1));
                else
                        g_tree_remove(open, GUINT_TO_POINTER(event->claim));
        }
}

void mg_account(const MgTree *tree, const GArray *cuts, const MgLimits *limits, MgReading *reading) {
        g_autoptr(GHashTable) numbers = g_hash_table_new(NULL, NULL);
        g_autoptr(GArray) claims = g_array_new(FALSE, FALSE, sizeof(Claim));
        g_autoptr(GArray) events = g_array_new(FALSE, FALSE, sizeof(Event));
        Account account = {tree, numbers, claims, events};
        for (guint i = 0; i < reading->parts->len; i++)
                g_hash_table_insert(numbers, reading->parts->pdata[i], GUINT_TO_POINTER(i + 1));
        /* Under all others, so that every octet has an owner. */
        claim(&account, tree->mail, tree->n, MG_RANGE_STRUCTURE, MG_RANGE_NO_PART);
        for (guint i = 0; i < tree->entities->len; i++)
                claim_entity(&account, mg_tree_get(tree, i));
        for (guint i = 0; i < cuts->len; i++) {
                const MgCut *cut = &g_array_index(cuts, MgCut, i);
                claim(&account, cut->begin, cut->n, MG_RANGE_CONTENT, number_of(&account, cut->facts));
        }
        sweep(&account, limits, reading);
}
