/* SPDX-License-Identifier: Apache-2.0 */
/*
 * address: mailboxes out of From, To and their like
 *
 * One pass without recursion: a phrase grows until ',' or ';' ends it, '<' opens an address, ':' makes what stood
 * before it the name of a group, which is forgotten (trap 2). An address that does not fit the class ADDRESS is never
 * mended into another one: it is shown as text. A domain that has letters beyond ASCII leaves as A-labels, with the
 * letters in the display name (A15). Whether name or letters deceive (A12) is asked of name.c.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "sanitize/charset.h"
#include "sanitize/header.h"
#include "sanitize/idn.h"
#include "sanitize/name.h"
#include "sanitize/scan.h"
#include "sanitize/word.h"

#define ADDRESS_OCTETS 320 /* 64 + 1 + 255, RFC 5321 */

typedef struct Box {
        GString *phrase;  /* what stands outside angle brackets, unquoted */
        GString *bare;    /* the same with its quotes kept: the address where there are no brackets */
        GString *comment; /* of the first comment */
        GString *angle;   /* what stands in the last angle brackets */
        gboolean has_angle;
        gboolean literal; /* inside [ ] */
        gboolean any;
} Box;

typedef struct Reader {
        MgFieldScan scan;
        Box box;
        MgFieldId id;
        gboolean pictographs;
        const MgLimits *limits;
        MgReading *reading;
        guint64 most; /* how many are wanted */
        guint64 found;
        guint64 colons;
        gboolean no_close; /* no '>' is left */
} Reader;

static void box_reset(Box *box) {
        g_string_truncate(box->phrase, 0);
        g_string_truncate(box->bare, 0);
        g_string_truncate(box->comment, 0);
        g_string_truncate(box->angle, 0);
        box->has_angle = box->literal = box->any = FALSE;
}

static char *clean_line(const MgLimits *limits, const char *s, gsize n) {
        return g_strstrip(mg_text_clean(s, n, MG_CLASS_LINE, limits->text_chars, NULL));
}

static char *decoded_text(Reader *reader, const GString *raw) {
        g_autoptr(GString) text = g_string_new(NULL);
        mg_word_decode(raw->str, raw->len, text, &reader->reading->replaced, &reader->reading->guessed);
        if (reader->id <= MG_FIELD_REPLY_TO && mg_name_hides(text->str, text->len))
                reader->reading->marks |= MG_MARK_NAME_HIDDEN;
        g_autoptr(GString) settled =
                mg_charset_settle_private(text->str, text->len, reader->pictographs, &reader->reading->replaced);
        const GString *known = settled != NULL ? settled : text;
        return clean_line(reader->limits, known->str, known->len);
}

/* The address with its domain in A-labels, or NULL. */
static char *idn_address(const char *address) {
        const char *at = strrchr(address, '@');
        if (at == NULL || strlen(address) > ADDRESS_OCTETS)
                return NULL;
        g_autofree char *local = g_strndup(address, (gsize)(at - address));
        char *ascii = g_str_is_ascii(local) ? mg_idn_ascii(at + 1) : NULL;
        if (ascii == NULL)
                return NULL;
        char *result = g_strconcat(local, "@", ascii, NULL);
        free(ascii);
        return result;
}

/*
 * A blank or comment in an address: nothing beside '@' and '.' and at both ends, otherwise it stays and the address is
 * none.
 */
static void end_gap(GString *out, gboolean *gap, char next) {
        if (*gap && out->len > 0 && strchr("@.", out->str[out->len - 1]) == NULL && next != '@' && next != '.')
                g_string_append_c(out, ' ');
        *gap = FALSE;
}

/* Without comments and the quotes of its local part: what an addr-spec means. */
static GString *plain_address(const MgFieldScan *scan, const GString *raw) {
        GString *out = g_string_sized_new(raw->len);
        MgFieldScan inner;
        mg_field_scan_init(&inner, raw);
        inner.legacy = scan->legacy;
        gboolean gap = FALSE;
        while (inner.at < inner.end) {
                gsize quoted = *inner.at == '"' ? mg_field_scan_quoted(&inner) : 0;
                gsize comment = *inner.at == '(' ? mg_field_scan_comment(&inner) : 0;
                gsize unit = mg_field_scan_unit(&inner);
                if (comment > 0 || *inner.at == ' ') {
                        gap = TRUE;
                        inner.at += comment > 0 ? comment : 1;
                        continue;
                }
                end_gap(out, &gap, *inner.at);
                if (quoted > 0)
                        mg_field_scan_unquote(&inner, inner.at + 1, quoted - 2, out);
                else
                        g_string_append_len(out, inner.at, (gssize)unit);
                inner.at += quoted > 0 ? quoted : unit;
        }
        /* "@relay,@relay:user@domain" of RFC 822, and links that someone pasted. */
        const char *colon = out->str[0] == '@' ? strrchr(out->str, ':') : NULL;
        if (colon == NULL && g_ascii_strncasecmp(out->str, "mailto:", 7) == 0)
                colon = out->str + 6;
        if (colon != NULL)
                g_string_erase(out, 0, colon + 1 - out->str);
        return out;
}

/* The address of class ADDRESS, or "". */
static char *read_address(Reader *reader, const GString *raw) {
        g_autoptr(GString) plain = plain_address(&reader->scan, raw);
        if (plain->len == 0 || plain->len > ADDRESS_OCTETS)
                return g_strdup("");
        if (mg_text_is(plain->str, plain->len, MG_CLASS_ADDRESS))
                return g_strdup(plain->str);
        if (g_str_is_ascii(plain->str))
                return g_strdup("");
        g_auto(MgDecoded) decoded = {0};
        mg_charset_decode(plain->str, plain->len, NULL, NULL, &decoded);
        g_autofree char *ascii =
                decoded.replaced == 0 && strlen(decoded.text) == decoded.n ? idn_address(decoded.text) : NULL;
        gsize n = ascii != NULL ? strlen(ascii) : 0;
        if (n == 0 || n > ADDRESS_OCTETS || !mg_text_is(ascii, n, MG_CLASS_ADDRESS))
                return g_strdup("");
        return g_steal_pointer(&ascii);
}

/*
 * The letters of a domain in A-labels, or NULL where it has none, they are not of class LINE, or there is no room to
 * show them whole: the first half of a domain names another host.
 */
static char *letters_of(const Reader *reader, const char *address) {
        const char *at = strrchr(address, '@');
        char *letters = at != NULL ? mg_idn_unicode(at + 1) : NULL;
        if (letters == NULL)
                return NULL;
        gsize n = strlen(letters), whole = strlen(address) + n + strlen(" ()");
        gboolean fits = n <= ADDRESS_OCTETS && whole <= reader->limits->text_chars;
        char *result = fits && mg_text_is(letters, n, MG_CLASS_LINE) ? g_strndup(letters, n) : NULL;
        free(letters);
        return result;
}

/* The name and behind it the letters of the domain, or the address in letters where there is no name. */
static char *name_with_letters(const Reader *reader, const char *name, const char *address, const char *letters) {
        const guint64 room = reader->limits->text_chars - strlen(letters) - strlen(" ()");
        g_autofree char *text = NULL;
        if (*name == '\0') {
                text = g_strdup_printf("%.*s@%s", (int)(strrchr(address, '@') - address), address, letters);
        } else {
                g_autofree char *cut = mg_text_clean(name, strlen(name), MG_CLASS_LINE, room, NULL);
                text = g_strdup_printf("%s (%s)", cut, letters);
        }
        return clean_line(reader->limits, text, strlen(text));
}

static void add_box(Reader *reader, const char *name, const char *address) {
        if ((*name == '\0' && *address == '\0') || reader->found++ >= reader->most)
                return;
        g_autofree char *letters = letters_of(reader, address);
        g_autofree char *both = letters != NULL ? name_with_letters(reader, name, address, letters) : NULL;
        mg_reading_add_value(reader->reading, reader->id, both != NULL ? both : name, address);
        if (reader->id <= MG_FIELD_REPLY_TO)
                reader->reading->marks |= mg_name_marks(name, address, letters);
}

/* A mailbox with angle brackets. */
static void end_angle(Reader *reader) {
        Box *box = &reader->box;
        g_autofree char *address = read_address(reader, box->angle);
        g_autofree char *name = decoded_text(reader, box->phrase);
        if (*name == '\0') {
                g_free(name);
                name = decoded_text(reader, box->comment);
        }
        if (*address == '\0') {
                g_autofree char *raw = decoded_text(reader, box->angle);
                g_autofree char *both = *name != '\0' && *raw != '\0' ? g_strdup_printf("%s <%s>", name, raw)
                                                                      : g_strconcat(name, raw, NULL);
                g_free(name);
                name = clean_line(reader->limits, both, strlen(both));
        }
        add_box(reader, name, address);
}

/*
 * A mailbox without brackets that is one address, or several with only blanks between them. FALSE where it is
 * something else.
 */
static gboolean end_bare(Reader *reader) {
        Box *box = &reader->box;
        g_autofree char *address = read_address(reader, box->bare);
        if (*address == '\0')
                return FALSE;
        g_autofree char *name = decoded_text(reader, box->comment);
        add_box(reader, name, address);
        return TRUE;
}

/* What stands in quotes is no address: with quotes in a mailbox only its first or last word can be one. */
static gboolean may_be_address(const char *word, gboolean edge, gboolean quotes) {
        gsize n = strlen(word);
        return strchr(word, '@') != NULL && (edge || !quotes) && n <= ADDRESS_OCTETS &&
               mg_text_is(word, n, MG_CLASS_ADDRESS);
}

/*
 * Words with blanks between them: "taro taro@example.jp" is a name and an address, "a@x b@x" two addresses, anything
 * else is text.
 */
static void end_words(Reader *reader) {
        Box *box = &reader->box;
        gboolean quotes = strchr(box->bare->str, '"') != NULL;
        g_auto(GStrv) words = g_strsplit(box->bare->str, " ", (gint)MIN(reader->limits->addresses, 1000) + 1);
        g_autoptr(GString) rest = g_string_new(NULL);
        g_autoptr(GPtrArray) addresses = g_ptr_array_new();
        for (guint i = 0; words[i] != NULL; i++) {
                if (may_be_address(words[i], i == 0 || words[i + 1] == NULL, quotes))
                        g_ptr_array_add(addresses, words[i]);
                else
                        g_string_append_printf(rest, "%s%s", rest->len > 0 ? " " : "", words[i]);
        }
        gboolean clear = memchr(box->bare->str, 0, box->bare->len) == NULL &&
                         (addresses->len == 1 || (addresses->len > 1 && rest->len == 0));
        if (!clear) {
                /* "root (System)" */
                if (box->phrase->len > 0 && box->comment->len > 0)
                        g_string_append_printf(box->phrase, "(%s)", box->comment->str);
                g_autofree char *whole = decoded_text(reader, box->phrase->len > 0 ? box->phrase : box->comment);
                add_box(reader, whole, "");
                return;
        }
        g_autoptr(GString) name = g_string_new(NULL);
        for (const char *p = rest->str; *p != '\0'; p++)
                if (*p != '"')
                        g_string_append_c(name, *p);
        g_autofree char *text = decoded_text(reader, name->len > 0 ? name : box->comment);
        for (guint i = 0; i < addresses->len; i++)
                add_box(reader, addresses->len == 1 ? text : "", g_ptr_array_index(addresses, i));
}

static void box_end(Reader *reader) {
        Box *box = &reader->box;
        if (reader->found >= reader->most && box->any)
                reader->found++; /* counted, not read */
        else if (box->has_angle)
                end_angle(reader);
        else if (box->any && !end_bare(reader))
                end_words(reader);
        box_reset(box);
}

static void phrase_add(Box *box, const char *p, gsize n) {
        g_string_append_len(box->phrase, p, (gssize)n);
        g_string_append_len(box->bare, p, (gssize)n);
        box->any = TRUE;
}

/* On '<'. The address is what follows the last '<' before '>'; where no '>' closes it, it ends at ',' or ';'. */
static void read_angle(Reader *reader) {
        MgFieldScan *scan = &reader->scan;
        const char *begin = ++scan->at, *close = NULL;
        if (!reader->no_close)
                close = memchr(begin, '>', (gsize)(scan->end - begin));
        reader->no_close = close == NULL;
        const char *stop = close != NULL ? close : scan->end;
        MgFieldScan inner = *scan;
        while (inner.at < stop && !(close == NULL && strchr(",;", *inner.at) != NULL)) {
                gsize quoted = *inner.at == '"' ? mg_field_scan_quoted(&inner) : 0;
                inner.at += quoted > 0 ? quoted : mg_field_scan_unit(&inner);
                if (inner.at[-1] == '<')
                        begin = inner.at;
        }
        /* A '>' inside quotes is not the end: go on to the one behind them. */
        if (close != NULL && inner.at > close) {
                close = memchr(inner.at, '>', (gsize)(scan->end - inner.at));
                reader->no_close = close == NULL;
                inner.at = close != NULL ? close : inner.at;
        }
        scan->bare_quote = inner.bare_quote;
        g_string_truncate(reader->box.angle, 0);
        g_string_append_len(reader->box.angle, begin, inner.at - begin);
        reader->box.has_angle = reader->box.any = TRUE;
        scan->at = inner.at;
        while (scan->at < scan->end && *scan->at == '>')
                scan->at++;
}

/* A comment is a name only where there is no other. */
static void read_comment(Reader *reader, gsize n) {
        MgFieldScan *scan = &reader->scan;
        GString *comment = reader->box.comment;
        if (comment->len == 0)
                mg_field_scan_unquote(scan, scan->at + 1, n - 2, comment);
        GString *phrase = reader->box.phrase;
        if (phrase->len > 0 && phrase->str[phrase->len - 1] != ' ')
                g_string_append_c(phrase, ' ');
        reader->box.any = TRUE;
        scan->at += n;
}

static void read_quoted(Reader *reader, gsize n) {
        Box *box = &reader->box;
        mg_field_scan_unquote(&reader->scan, reader->scan.at + 1, n - 2, box->phrase);
        g_string_append_len(box->bare, reader->scan.at, (gssize)n);
        box->any = TRUE;
        reader->scan.at += n;
}

/* ':' ends the name of a group, but in "[IPv6:...]" and in a route. */
static void read_colon(Reader *reader) {
        Box *box = &reader->box;
        if (box->literal || box->has_angle)
                phrase_add(box, ":", 1);
        else
                box_reset(box);
        reader->scan.at++;
        reader->colons++;
}

/* An octet that is no syntax, or a unit that only looks like it. */
static void read_plain(Reader *reader) {
        MgFieldScan *scan = &reader->scan;
        gsize left = (gsize)(scan->end - scan->at);
        gsize n = *scan->at == '=' ? mg_word_length(scan->at, left) : 0;
        n = n > 0 ? n : mg_field_scan_unit(scan);
        if (*scan->at == '[' || *scan->at == ']')
                reader->box.literal = *scan->at == '[';
        if (*scan->at != ' ' || reader->box.phrase->len > 0)
                phrase_add(&reader->box, scan->at, n);
        scan->at += n;
}

static void read_octet(Reader *reader) {
        MgFieldScan *scan = &reader->scan;
        gsize n = 0;
        switch (*scan->at) {
        case ',':
        case ';':
                box_end(reader);
                scan->at++;
                return;
        case ':':
                read_colon(reader);
                return;
        case '<':
                read_angle(reader);
                return;
        case '(':
                n = mg_field_scan_comment(scan);
                if (n > 0)
                        read_comment(reader, n);
                break;
        case '"':
                n = mg_field_scan_quoted(scan);
                if (n > 0)
                        read_quoted(reader, n);
                break;
        default:
                break;
        }
        if (n == 0)
                read_plain(reader);
}

guint mg_header_addresses(const char *value, gsize n, MgFieldId id, gboolean pictographs, const MgLimits *limits,
                          MgReading *reading) {
        g_autoptr(GString) text = mg_field_scan_unfold(value, n, limits->field_bytes);
        g_autoptr(GString) phrase = g_string_new(NULL);
        g_autoptr(GString) bare = g_string_new(NULL);
        g_autoptr(GString) comment = g_string_new(NULL);
        g_autoptr(GString) angle = g_string_new(NULL);
        Reader reader = {.id = id, .pictographs = pictographs, .limits = limits, .reading = reading};
        reader.most = id == MG_FIELD_SENDER ? 1 : limits->addresses;
        reader.box = (Box){.phrase = phrase, .bare = bare, .comment = comment, .angle = angle};
        mg_field_scan_init(&reader.scan, text);
        while (reader.scan.at < reader.scan.end && reader.colons <= limits->group_depth)
                read_octet(&reader);
        box_end(&reader);
        return reader.found > reader.most ? (guint)(reader.found - reader.most) : 0;
}
