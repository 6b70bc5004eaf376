/* SPDX-License-Identifier: Apache-2.0 */
/*
 * header_read: the header values that can cross, out of the raw fields
 *
 * One table says which field becomes which value and how. Everything that is added fits its class and the bounds of
 * base/reading.c; what does not fit is left out. Received is scanned for its words and not parsed: its grammar is
 * nobody's habit. Resent-* and trace fields other than Received are not read.
 */
#include <string.h>

#include "base/text.h"
#include "sanitize/charset.h"
#include "sanitize/header.h"
#include "sanitize/scan.h"
#include "sanitize/word.h"

#define SHORT_MAX 255 /* octets of a host or token, as base/reading.c bounds them */
#define MSGID_MAX 998 /* octets of a message id */

typedef struct FieldRow FieldRow;

/* What the header is read into, and what holds for all its fields. */
typedef struct Header {
        const MgLimits *limits;
        MgReading *reading;
        const char *label;    /* the charset that the mail's own Content-Type claims, or NULL */
        const char *asked;    /* the charset that is asked for instead, a name of ours, or NULL */
        gboolean pictographs; /* mg_header_has_pictographs() */
} Header;

typedef void (*ReadFunc)(const FieldRow *row, const char *value, gsize n, const Header *header);
struct FieldRow {
        const char *name;
        MgFieldId id;
        ReadFunc read;
};

static char *clean_line(const GString *text, const MgLimits *limits) {
        return g_strstrip(mg_text_clean(text->str, text->len, MG_CLASS_LINE, limits->text_chars, NULL));
}

static char *decoded_line(const char *p, gsize n, const Header *header) {
        MgReading *reading = header->reading;
        g_autoptr(GString) text = g_string_new(NULL);
        mg_word_decode(p, n, text, &reading->replaced, &reading->guessed);
        g_autoptr(GString) settled =
                mg_charset_settle_private(text->str, text->len, header->pictographs, &reading->replaced);
        return clean_line(settled != NULL ? settled : text, header->limits);
}

static void read_addresses(const FieldRow *row, const char *value, gsize n, const Header *header) {
        mg_header_addresses(value, n, row->id, header->pictographs, header->limits, header->reading);
}

static void read_text(const FieldRow *row, const char *value, gsize n, const Header *header) {
        g_autoptr(GString) raw = mg_field_scan_unfold(value, n, header->limits->field_bytes);
        g_autofree char *text = decoded_line(raw->str, raw->len, header);
        mg_reading_add_value(header->reading, row->id, text, NULL);
}

/* Adds [p, p+n) without blanks at its ends, if it is an id. */
static void add_id(GPtrArray *ids, const char *p, gsize n) {
        while (n > 0 && *p == ' ') {
                p++;
                n--;
        }
        while (n > 0 && p[n - 1] == ' ')
                n--;
        if (n > 0 && n <= MSGID_MAX && mg_text_is(p, n, MG_CLASS_MSGID))
                g_ptr_array_add(ids, g_strndup(p, n));
}

/*
 * Ids in angle brackets; where there are no brackets at all, the words that have an '@'. The last most of them are
 * kept.
 */
static void read_ids(const FieldRow *row, const char *value, gsize n, const Header *header) {
        const MgLimits *limits = header->limits;
        g_autoptr(GString) text = mg_field_scan_unfold(value, n, limits->field_bytes);
        g_autoptr(GPtrArray) ids = g_ptr_array_new_with_free_func(g_free);
        const char *p = text->str, *end = text->str + text->len;
        const char *open = memchr(p, '<', text->len);
        gboolean brackets = open != NULL;
        for (const char *close; open != NULL && (close = memchr(open, '>', (gsize)(end - open))) != NULL;) {
                const char *last = memrchr(open, '<', (gsize)(close - open));
                add_id(ids, last + 1, (gsize)(close - last - 1));
                open = memchr(close, '<', (gsize)(end - close));
        }
        while (!brackets && p < end) {
                const char *blank = memchr(p, ' ', (gsize)(end - p));
                const char *stop = blank != NULL ? blank : end;
                if (memchr(p, '@', (gsize)(stop - p)) != NULL)
                        add_id(ids, p, (gsize)(stop - p));
                p = stop + 1;
        }
        guint64 most = row->id == MG_FIELD_MESSAGE_ID ? 1 : limits->references;
        guint first = ids->len > most && row->id != MG_FIELD_MESSAGE_ID ? ids->len - (guint)most : 0;
        for (guint i = first; i < ids->len && i - first < most; i++)
                mg_reading_add_value(header->reading, row->id, g_ptr_array_index(ids, i), NULL);
}

/* The first word, up to a blank, ';' or comment. */
static void read_token(const FieldRow *row, const char *value, gsize n, const Header *header) {
        g_autoptr(GString) text = mg_field_scan_unfold(value, n, header->limits->field_bytes);
        gsize length = strcspn(text->str, " ;(");
        if (length == 0 || length > SHORT_MAX || !mg_text_is(text->str, length, MG_CLASS_TOKEN))
                return;
        g_autofree char *token = g_strndup(text->str, length);
        mg_reading_add_value(header->reading, row->id, token, NULL);
}

/* "phrase <id>"; some lists write the id without brackets. */
static void read_list_id(const FieldRow *row, const char *value, gsize n, const Header *header) {
        g_autoptr(GString) text = mg_field_scan_unfold(value, n, header->limits->field_bytes);
        g_autoptr(GString) phrase = g_string_new(NULL);
        const char *open = memrchr(text->str, '<', text->len);
        const char *end = text->str + text->len;
        const char *id = open != NULL ? open + 1 : text->str;
        const char *close = memchr(id, '>', (gsize)(end - id));
        gsize n_id = (gsize)((close != NULL ? close : end) - id);
        gboolean good = n_id > 0 && n_id <= SHORT_MAX && mg_text_is(id, n_id, MG_CLASS_HOST);
        MgFieldScan scan;
        mg_field_scan_init(&scan, text);
        const char *stop = open != NULL ? open : good ? text->str : end;
        while (scan.at < stop) {
                gsize quoted = *scan.at == '"' ? mg_field_scan_quoted(&scan) : 0;
                gsize unit = quoted > 0 ? quoted : mg_field_scan_unit(&scan);
                if (quoted > 0)
                        mg_field_scan_unquote(&scan, scan.at + 1, quoted - 2, phrase);
                else
                        g_string_append_len(phrase, scan.at, (gssize)unit);
                scan.at += unit;
        }
        g_autofree char *line = decoded_line(phrase->str, phrase->len, header);
        g_autofree char *address = g_strndup(id, good ? n_id : 0);
        if (*line != '\0' || *address != '\0')
                mg_reading_add_value(header->reading, row->id, line, address);
}

static const FieldRow field_rows[] = {
        {"From", MG_FIELD_FROM, read_addresses},
        {"Sender", MG_FIELD_SENDER, read_addresses},
        {"Reply-To", MG_FIELD_REPLY_TO, read_addresses},
        {"To", MG_FIELD_TO, read_addresses},
        {"Cc", MG_FIELD_CC, read_addresses},
        {"Subject", MG_FIELD_SUBJECT, read_text},
        {"Message-ID", MG_FIELD_MESSAGE_ID, read_ids},
        {"In-Reply-To", MG_FIELD_IN_REPLY_TO, read_ids},
        {"References", MG_FIELD_REFERENCES, read_ids},
        {"Auto-Submitted", MG_FIELD_AUTO_SUBMITTED, read_token},
        {"Precedence", MG_FIELD_PRECEDENCE, read_token},
        {"List-Id", MG_FIELD_LIST_ID, read_list_id},
};

/*
 * Sets *slot to the word if the slot is empty and the word is a HOST; brackets around it are dropped, what is longer
 * than allowed is cut.
 */
static void set_host(char **slot, const char *p, gsize n) {
        if (n >= 2 && *p == '<' && p[n - 1] == '>') {
                p++;
                n -= 2;
        }
        while (n > 0 && (p[n - 1] == ';' || p[n - 1] == ','))
                n--;
        n = MIN(n, SHORT_MAX);
        if (**slot != '\0' || n == 0 || !mg_text_is(p, n, MG_CLASS_HOST))
                return;
        g_free(*slot);
        *slot = g_strndup(p, n);
}

/* The next word of a Received field, comments skipped; 0 at the end. */
static gsize next_word(MgFieldScan *scan, const char **word) {
        while (scan->at < scan->end) {
                gsize comment = *scan->at == '(' ? mg_field_scan_comment(scan) : 0;
                if (comment > 0)
                        scan->at += comment;
                else if (*scan->at == ' ')
                        scan->at++;
                else
                        break;
        }
        *word = scan->at;
        while (scan->at < scan->end && *scan->at != ' ' && !(*scan->at == '(' && !scan->bare_paren))
                scan->at++;
        return (gsize)(scan->at - *word);
}

static void read_hop(const MgRawField *field, const MgLimits *limits, MgReading *reading) {
        g_autoptr(GString) text = mg_field_scan_unfold(field->value, field->value_n, limits->field_bytes);
        MgHop *hop = mg_hop_new();
        const struct {
                const char *word;
                char **slot;
        } slots[] = {{"from", &hop->from}, {"by", &hop->by}, {"with", &hop->with}, {"id", &hop->id}};
        const char *date = memrchr(text->str, ';', text->len);
        const char *stop = date != NULL ? date : text->str + text->len;
        gint32 zone;
        hop->time = MG_TIME_NONE;
        if (date != NULL && !mg_header_date(date + 1, (gsize)(text->str + text->len - date - 1), &hop->time, &zone))
                hop->time = MG_TIME_NONE;
        MgFieldScan scan;
        mg_field_scan_init(&scan, text);
        scan.end = stop;
        char **slot = NULL;
        const char *word;
        for (gsize n; (n = next_word(&scan, &word)) > 0;) {
                char **named = NULL;
                for (gsize i = 0; i < G_N_ELEMENTS(slots); i++)
                        if (strlen(slots[i].word) == n && g_ascii_strncasecmp(slots[i].word, word, n) == 0)
                                named = slots[i].slot;
                /* "from  by x": a keyword is not the value of another. */
                if (slot != NULL && named == NULL)
                        set_host(slot, word, n);
                slot = named;
        }
        g_ptr_array_add(reading->hops, hop);
}

static void read_hops(const GArray *fields, const MgLimits *limits, MgReading *reading) {
        static const char name[] = "Received";
        for (guint i = 0; i < fields->len && reading->hops->len < limits->hops; i++) {
                const MgRawField *field = &g_array_index(fields, MgRawField, i);
                if (field->name_n == strlen(name) && g_ascii_strncasecmp(field->name, name, field->name_n) == 0)
                        read_hop(field, limits, reading);
        }
}

static void read_date(const GArray *fields, MgReading *reading) {
        guint count;
        const MgRawField *date = mg_header_find(fields, "Date", &count);
        if (count > 1)
                reading->marks |= MG_MARK_AMBIGUOUS;
        if (date != NULL && mg_header_date(date->value, date->value_n, &reading->date, &reading->date_zone))
                return;
        reading->date = MG_TIME_NONE;
        reading->date_zone = 0;
        reading->marks |= MG_MARK_DATE_UNREADABLE;
}

/* Header.label. Caller frees. */
static char *label_of(const GArray *fields, const MgLimits *limits) {
        const MgRawField *field = mg_header_find(fields, "Content-Type", NULL);
        if (field == NULL)
                return NULL;
        g_autoptr(MgStructured) content = mg_structured_parse(field->value, field->value_n, limits);
        return g_strdup(mg_structured_get(content, "charset"));
}

/* The same in the charset that is asked for. In UTF-16 and 32 nobody writes a field. */
static char *asked_value(const char *value, gsize n, const Header *header) {
        if (g_str_has_prefix(header->asked, "utf-16") || g_str_has_prefix(header->asked, "utf-32"))
                return NULL;
        g_auto(MgDecoded) decoded = {0};
        mg_charset_decode_as(value, n, header->asked, &decoded);
        if (strlen(decoded.text) < decoded.n)
                return NULL;
        header->reading->guessed += decoded.guessed;
        header->reading->replaced += decoded.replaced;
        return g_steal_pointer(&decoded.text);
}

/*
 * A value with raw octets above 0x7F, which some mailers write in the charset of the text: as UTF-8 where the label
 * bears it out, before it is parsed, since second octets of kanji and hanzi may look like syntax. NULL where it is to
 * be read as it stands. Caller frees.
 */
static char *labelled_value(const MgRawField *field, const Header *header) {
        gsize n = MIN(field->value_n, header->limits->field_bytes), high = 0;
        while (high < n && (guint8)field->value[high] < 0x80)
                high++;
        if (high == n || memmem(field->value, n, "=?", 2) != NULL)
                return NULL;
        if (header->asked != NULL)
                return asked_value(field->value, n, header);
        if (header->label == NULL)
                return NULL;
        g_auto(MgDecoded) decoded = {0};
        mg_charset_decode(field->value, n, header->label, NULL, &decoded);
        gboolean borne_out = decoded.reason == MG_CHARSET_REASON_LABEL && decoded.replaced == 0;
        /* In UTF-16 and 32 nobody writes a field, and UTF-8 is read as it stands. */
        if (!borne_out || g_str_has_prefix(decoded.charset, "utf-") || strlen(decoded.text) < decoded.n)
                return NULL;
        header->reading->guessed += decoded.guessed;
        return g_steal_pointer(&decoded.text);
}

void mg_header_read_as(const GArray *fields, const MgLimits *limits, const char *charset, MgReading *reading) {
        g_autofree char *label = label_of(fields, limits);
        const Header header = {limits, reading, label, charset, mg_header_has_pictographs(fields)};
        for (gsize i = 0; i < G_N_ELEMENTS(field_rows); i++) {
                const FieldRow *row = &field_rows[i];
                guint count;
                const MgRawField *field = mg_header_find(fields, row->name, &count);
                if (count > 1)
                        reading->marks |= MG_MARK_AMBIGUOUS;
                if (field == NULL)
                        continue;
                g_autofree char *value = labelled_value(field, &header);
                row->read(row, value != NULL ? value : field->value, value != NULL ? strlen(value) : field->value_n,
                          &header);
        }
        const MgValue *from = mg_reading_value(reading, MG_FIELD_FROM);
        if (from == NULL || *from->address == '\0')
                reading->marks |= MG_MARK_FROM_UNREADABLE;
        read_date(fields, reading);
        read_hops(fields, limits, reading);
}

void mg_header_read(const GArray *fields, const MgLimits *limits, MgReading *reading) {
        mg_header_read_as(fields, limits, NULL, reading);
}
