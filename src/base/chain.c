/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries, chain and anchors as values. Keeps and fetches nothing.
 */
#include "base/chain.h"

#include <string.h>

#include "base/digest.h"
#include "base/text.h"

#define ANCHOR_WORD "audit-anchor "

MgEntry *mg_entry_new(gint64 number, GBytes *line, GBytes *hash) {
        MgEntry *entry = g_new(MgEntry, 1);

        *entry = (MgEntry){number, line, hash};
        return entry;
}

void mg_entry_free(MgEntry *entry) {
        if (!entry)
                return;
        g_bytes_unref(entry->line);
        g_bytes_unref(entry->hash);
        g_free(entry);
}

void mg_entry_facts_clear(MgEntryFacts *facts) {
        g_free(facts->act);
        g_free(facts->actor);
        g_clear_pointer(&facts->words, g_ptr_array_unref);
        *facts = (MgEntryFacts){0};
}

/* A place in a line; past its end nothing is found. */
typedef struct Cursor {
        const char *at;
        const char *end;
} Cursor;

static gboolean take(Cursor *cursor, const char *literal) {
        gsize n = strlen(literal);

        if ((gsize)(cursor->end - cursor->at) < n || memcmp(cursor->at, literal, n) != 0)
                return FALSE;
        cursor->at += n;
        return TRUE;
}

/* Eighteen digits are within 64 bits. */
static gboolean take_number(Cursor *cursor, gint64 *value) {
        gboolean negative = take(cursor, "-");
        guint digits = 0;

        for (*value = 0; cursor->at < cursor->end && g_ascii_isdigit(*cursor->at) && digits < 18; digits++)
                *value = *value * 10 + (*cursor->at++ - '0');
        if (negative)
                *value = -*value;
        return digits > 0;
}

/* "token"; NULL where there is none. */
static char *take_token(Cursor *cursor) {
        const char *begin = cursor->at + 1, *close;

        if (!take(cursor, "\""))
                return NULL;
        close = memchr(begin, '"', (gsize)(cursor->end - begin));
        if (!close || !mg_text_is(begin, (gsize)(close - begin), MG_CLASS_TOKEN))
                return NULL;
        cursor->at = close + 1;
        return g_strndup(begin, (gsize)(close - begin));
}

static gboolean take_word(Cursor *cursor, GPtrArray *words) {
        char *text = take_token(cursor);

        if (text)
                g_ptr_array_add(words, text);
        return text != NULL;
}

gboolean mg_entry_read(const MgEntry *entry, MgEntryFacts *facts) {
        gsize n;
        const char *line = g_bytes_get_data(entry->line, &n);
        Cursor cursor = {line, line + n};

        *facts = (MgEntryFacts){.words = g_ptr_array_new_with_free_func(g_free)};
        if (!take(&cursor, "{\"number\":") || !take_number(&cursor, &facts->number) || !take(&cursor, ",\"time\":") ||
            !take_number(&cursor, &facts->time) || !take(&cursor, ",\"act\":") || !(facts->act = take_token(&cursor)) ||
            !take(&cursor, ",\"actor\":") || !(facts->actor = take_token(&cursor)))
                return FALSE;
        while (take(&cursor, ","))
                if (!take_word(&cursor, facts->words) || !take(&cursor, ":") || !take_word(&cursor, facts->words))
                        return FALSE;
        return take(&cursor, "}") && cursor.at == cursor.end;
}

char *mg_entry_export(const MgEntry *entry) {
        gsize n, hash_n;
        const char *line = g_bytes_get_data(entry->line, &n);
        const guint8 *hash = g_bytes_get_data(entry->hash, &hash_n);
        g_autofree char *hex = mg_text_hex(hash, hash_n);

        return g_strdup_printf("%.*s,\"hash\":\"%s\"}", (int)(n > 0 ? n - 1 : 0), line, hex);
}

void mg_chain_hash(const guint8 before[MG_CHAIN_HASH], gconstpointer line, gsize n, guint8 hash[MG_CHAIN_HASH]) {
        g_autoptr(GByteArray) bytes = g_byte_array_new();

        g_byte_array_append(bytes, before, MG_CHAIN_HASH);
        g_byte_array_append(bytes, line, (guint)n);
        mg_digest(bytes->data, bytes->len, hash);
}

const char *mg_break_name(MgBreak kind) {
        static const char *const names[] = {
#define BREAK_WORD(name, word) [MG_BREAK_##name] = (word),
                MG_BREAKS(BREAK_WORD)
#undef BREAK_WORD
        };

        return names[kind];
}

/* Whether what the line says agrees with its place; the words of an act are free. */
static gboolean is_entry(const MgEntry *entry) {
        g_auto(MgEntryFacts) facts = {0};

        return mg_entry_read(entry, &facts) && facts.number == entry->number;
}

MgBreak mg_chain_follow(MgChain *chain, const MgEntry *entry) {
        gsize n, hash_n;
        gconstpointer line = g_bytes_get_data(entry->line, &n);
        gconstpointer kept = g_bytes_get_data(entry->hash, &hash_n);
        guint8 hash[MG_CHAIN_HASH];

        if (entry->number <= chain->number)
                return MG_BREAK_INSERTED;
        if (entry->number > chain->number + 1)
                return MG_BREAK_MISSING;
        mg_chain_hash(chain->hash, line, n, hash);
        if (hash_n != sizeof hash || memcmp(hash, kept, sizeof hash) != 0 || !is_entry(entry))
                return MG_BREAK_ALTERED;
        chain->number = entry->number;
        memcpy(chain->hash, hash, sizeof hash);
        return MG_BREAK_NONE;
}

char *mg_anchor_line(const MgAnchor *anchor) {
        g_autofree char *hex = mg_text_hex(anchor->head.hash, MG_CHAIN_HASH);

        return g_strdup_printf(ANCHOR_WORD "%" G_GINT64_FORMAT " %s %" G_GINT64_FORMAT, anchor->head.number, hex,
                               anchor->time);
}

static gboolean take_hash(Cursor *cursor, guint8 hash[MG_CHAIN_HASH]) {
        for (guint i = 0; i < MG_CHAIN_HASH; i++, cursor->at += 2) {
                if (cursor->end - cursor->at < 2 || !g_ascii_isxdigit(cursor->at[0]) ||
                    !g_ascii_isxdigit(cursor->at[1]))
                        return FALSE;
                hash[i] = (guint8)(g_ascii_xdigit_value(cursor->at[0]) << 4 | g_ascii_xdigit_value(cursor->at[1]));
        }
        return TRUE;
}

gboolean mg_anchor_find(const char *line, MgAnchor *anchor) {
        const char *word = strstr(line, ANCHOR_WORD);
        Cursor cursor = {word ? word + strlen(ANCHOR_WORD) : NULL, line + strlen(line)};

        return word && take_number(&cursor, &anchor->head.number) && take(&cursor, " ") &&
               take_hash(&cursor, anchor->head.hash) && take(&cursor, " ") && take_number(&cursor, &anchor->time);
}
