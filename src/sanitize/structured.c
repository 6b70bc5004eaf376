/* SPDX-License-Identifier: Apache-2.0 */
/*
 * structured: Content-Type and Content-Disposition as every reader might take them
 *
 * Reads RFC 2045 and 2231, and what mailers send instead: missing semicolons, unquoted blanks, encoded words in
 * values, raw kanji. Wherever two readers could come to different results, odd is set; the caller then takes every
 * reading. It judges no value: a name may still hold paths, controls or bidi characters.
 */
#include <string.h>

#include "sanitize/charset.h"
#include "sanitize/header.h"
#include "sanitize/scan.h"
#include "sanitize/word.h"

#define VALUE_MAX 255 /* of type/subtype: RFC 6838 has 127 for each half */
#define LABEL_MAX 64

/* One parameter as it was written. */
typedef struct Piece {
        char *name;        /* lower case, without *0 and * */
        int section;       /* n of *n, or -1 */
        gboolean extended; /* ends in *: percent-encoded, the first with charset and language */
        gboolean used;
        GString *raw;
} Piece;

static void piece_clear(gpointer data) {
        Piece *piece = data;
        g_free(piece->name);
        g_string_free(piece->raw, TRUE);
}

static void parameter_clear(gpointer data) {
        MgParameter *parameter = data;
        g_free(parameter->name);
        g_free(parameter->value);
}

typedef struct Parser {
        MgFieldScan scan;
        const MgLimits *limits;
        MgStructured *out;
        GArray *pieces; /* of Piece */
} Parser;

static gboolean is_blank(char c) {
        return c == ' ' || c == '\t';
}

/* Blanks and comments. A comment is something that readers who do not know comments see differently. */
static void skip_blanks(Parser *parser) {
        MgFieldScan *scan = &parser->scan;
        while (scan->at < scan->end) {
                gsize comment = *scan->at == '(' ? mg_field_scan_comment(scan) : 0;
                if (comment > 0)
                        scan->at += comment;
                else if (is_blank(*scan->at))
                        scan->at++;
                else
                        return;
        }
}

static gboolean is_token(char c) {
        guchar u = (guchar)c;
        return u > 0x20 && u < 0x7F && strchr("()<>@,;:\\\"/[]?=", c) == NULL;
}

/* "text/plain": lower case; "" where it is no token or two with a slash. */
static void read_value(Parser *parser) {
        MgFieldScan *scan = &parser->scan;
        g_autoptr(GString) value = g_string_new(NULL);
        skip_blanks(parser);
        if (scan->at < scan->end && *scan->at == '"') {
                parser->out->odd = TRUE;
                scan->at++;
        }
        while (scan->at < scan->end && (is_token(*scan->at) || *scan->at == '/')) {
                g_string_append_c(value, g_ascii_tolower(*scan->at++));
                if (scan->at < scan->end && (is_blank(*scan->at) || *scan->at == '(')) {
                        const char *before = scan->at;
                        skip_blanks(parser);
                        /* "text / plain": the slash may stand alone. */
                        gboolean slash =
                                scan->at < scan->end && (*scan->at == '/' || value->str[value->len - 1] == '/');
                        parser->out->odd |= slash;
                        if (!slash && before != scan->at)
                                break;
                }
        }
        if (scan->at < scan->end && *scan->at == '"')
                scan->at++;
        const char *slash = strchr(value->str, '/');
        gboolean good = value->len <= VALUE_MAX &&
                        (slash == NULL || (slash != value->str && slash[1] != '\0' && strchr(slash + 1, '/') == NULL));
        parser->out->odd |= !good || value->len == 0;
        parser->out->value = g_strdup(good ? value->str : "");
}

/* "filename*1*" -> name, section, extended. FALSE where the stars make no sense. */
static gboolean split_name(const char *p, gsize n, Piece *piece) {
        piece->section = -1;
        piece->extended = n > 1 && p[n - 1] == '*';
        n -= piece->extended ? 1 : 0;
        const char *star = memchr(p, '*', n);
        gsize n_name = star != NULL ? (gsize)(star - p) : n;
        piece->name = g_ascii_strdown(p, (gssize)n_name);
        if (star == NULL)
                return n_name > 0;
        gsize digits = n - n_name - 1;
        if (n_name == 0 || digits == 0 || digits > 4)
                return FALSE;
        piece->section = 0;
        for (gsize i = 1; i <= digits; i++) {
                if (!g_ascii_isdigit(star[i]))
                        return FALSE;
                piece->section = piece->section * 10 + (star[i] - '0');
        }
        /* "*01" is the section 1 to some readers and none to others. */
        return digits == 1 || star[1] != '0';
}

/* A value in quotes, at '"'. */
static void read_quoted(Parser *parser, GString *raw) {
        MgFieldScan *scan = &parser->scan;
        const char *inside = scan->at + 1;
        gsize n = mg_field_scan_quoted(scan);
        if (n == 0) {
                parser->out->odd = TRUE;
                mg_field_scan_unquote(scan, inside, (gsize)(scan->end - inside), raw);
                scan->at = scan->end;
                return;
        }
        mg_field_scan_unquote(scan, inside, n - 2, raw);
        /* A backslash that quotes nothing: some readers keep it (paths of Windows). */
        for (gsize i = 0; i + 3 < n && !parser->out->odd; i++)
                parser->out->odd |= inside[i] == '\\' && inside[i + 1] != '"' && inside[i + 1] != '\\' &&
                                    (i == 0 || inside[i - 1] != '\\') && !scan->legacy;
        scan->at += n;
}

/* Whether a parameter ("name=") begins at p. "=?" begins an encoded word. */
static gboolean parameter_at(const char *p, const char *end) {
        const char *name = p;
        while (p < end && is_token(*p))
                p++;
        return p > name && p < end && *p == '=' && !(p + 1 < end && p[1] == '?');
}

/*
 * A bare value: up to ';'. Blanks inside belong to it unless a parameter follows them: half of all readers do so.
 * Comments count as such only at the end ("report (1).pdf").
 */
static void read_bare(Parser *parser, GString *raw) {
        MgFieldScan *scan = &parser->scan;
        const char *known = scan->at; /* before this, no gap leads to the end of the value */
        while (scan->at < scan->end && *scan->at != ';') {
                const char *gap = scan->at;
                if (is_blank(*gap) && gap >= known) {
                        skip_blanks(parser);
                        if (scan->at == scan->end || *scan->at == ';')
                                return;
                        known = scan->at;
                        scan->at = gap;
                }
                if (is_blank(*gap)) {
                        while (is_blank(*scan->at))
                                scan->at++;
                        parser->out->odd = TRUE;
                        if (parameter_at(scan->at, scan->end))
                                return;
                        g_string_append_len(raw, gap, scan->at - gap);
                        continue;
                }
                gsize unit = mg_field_scan_unit(scan);
                parser->out->odd |= unit == 1 && (guchar)*scan->at < 0x80 && !is_token(*scan->at) &&
                                    strchr("/?=:@[]", *scan->at) == NULL;
                g_string_append_len(raw, scan->at, (gssize)unit);
                scan->at += unit;
        }
}

/* One parameter; scan stands on its first octet. */
static void read_parameter(Parser *parser) {
        MgFieldScan *scan = &parser->scan;
        const char *name = scan->at;
        while (scan->at < scan->end && strchr("=;\" \t(", *scan->at) == NULL)
                scan->at++;
        gsize n_name = (gsize)(scan->at - name);
        skip_blanks(parser);
        if (n_name == 0 || scan->at == scan->end || *scan->at != '=') {
                parser->out->odd = TRUE;
                /* Forward at least one octet, and not past the next parameter. */
                if (scan->at == name)
                        scan->at++;
                return;
        }
        scan->at++;
        skip_blanks(parser);
        Piece piece = {.raw = g_string_new(NULL)};
        if (scan->at < scan->end && *scan->at == '"')
                read_quoted(parser, piece.raw);
        else
                read_bare(parser, piece.raw);
        gboolean good = n_name <= parser->limits->parameter_name && split_name(name, n_name, &piece);
        parser->out->odd |= !good;
        for (gsize i = 0; i < n_name; i++)
                parser->out->odd |= !is_token(name[i]);
        if (good)
                g_array_append_val(parser->pieces, piece);
        else
                piece_clear(&piece);
}

static void read_parameters(Parser *parser) {
        MgFieldScan *scan = &parser->scan;
        gsize n = 0;
        gboolean separated = FALSE;
        while (TRUE) {
                skip_blanks(parser);
                if (scan->at == scan->end)
                        return;
                if (*scan->at == ';') {
                        separated = TRUE;
                        scan->at++;
                        continue;
                }
                parser->out->odd |= !separated;
                separated = FALSE;
                if (++n > parser->limits->parameters) {
                        parser->out->odd = TRUE;
                        return;
                }
                read_parameter(parser);
        }
}

/* Octets of an extended value: %XX. What is no code stands for itself. */
static void append_percent(GString *out, const char *p, gsize n, gboolean *odd) {
        for (gsize i = 0; i < n; i++) {
                int high = p[i] == '%' && i + 2 < n ? g_ascii_xdigit_value(p[i + 1]) : -1;
                int low = high >= 0 ? g_ascii_xdigit_value(p[i + 2]) : -1;
                if (low >= 0) {
                        g_string_append_c(out, (char)(high << 4 | low));
                        i += 2;
                        continue;
                }
                *odd |= p[i] == '%';
                g_string_append_c(out, p[i]);
        }
}

/* Takes charset'language' off the front of an extended value; label is "" where there is none. */
static const char *take_label(const GString *raw, char label[LABEL_MAX], gboolean *odd) {
        label[0] = '\0';
        const char *first = memchr(raw->str, '\'', raw->len);
        const char *second = first != NULL ? memchr(first + 1, '\'', (gsize)(raw->str + raw->len - first - 1)) : NULL;
        if (second == NULL) {
                *odd = TRUE;
                return raw->str;
        }
        if (first - raw->str < LABEL_MAX) {
                memcpy(label, raw->str, (gsize)(first - raw->str));
                label[first - raw->str] = '\0';
        }
        return second + 1;
}

/* The value as UTF-8 without NUL: a C string that ends where the value ends (C3). */
static MgParameter extended_value(const char *bytes, gsize n, const char *label) {
        g_auto(MgDecoded) decoded = {0};
        mg_charset_decode(bytes, n, label, NULL, &decoded);
        MgParameter parameter = {.replaced = decoded.replaced, .guessed = decoded.guessed};
        GString *out = g_string_sized_new(decoded.n);
        for (gsize i = 0; i < decoded.n; i++) {
                if (decoded.text[i] == '\0') {
                        g_string_append(out, "\xEF\xBF\xBD");
                        parameter.replaced++;
                } else {
                        g_string_append_c(out, decoded.text[i]);
                }
        }
        parameter.value = g_string_free(out, FALSE);
        return parameter;
}

static MgParameter plain_value(const GString *raw) {
        MgParameter parameter = {0};
        GString *out = g_string_new(NULL);
        mg_word_decode(raw->str, raw->len, out, &parameter.replaced, &parameter.guessed);
        parameter.value = g_string_free(out, FALSE);
        return parameter;
}

/* The piece of that name and section, not used yet; further ones are marked as used and odd. */
static Piece *find_section(Parser *parser, const char *name, int section) {
        Piece *found = NULL;
        for (guint i = 0; i < parser->pieces->len; i++) {
                Piece *piece = &g_array_index(parser->pieces, Piece, i);
                if (piece->used || piece->section != section || strcmp(piece->name, name) != 0)
                        continue;
                piece->used = TRUE;
                parser->out->odd |= found != NULL;
                found = found != NULL ? found : piece;
        }
        return found;
}

/* RFC 2231: the sections *0, *1, ... of a name, joined before they are decoded. */
static MgParameter join_sections(Parser *parser, const char *name) {
        g_autoptr(GString) bytes = g_string_new(NULL);
        char label[LABEL_MAX] = "";
        gboolean words = TRUE;
        for (int section = 0; section <= (int)parser->pieces->len; section++) {
                Piece *piece = find_section(parser, name, section);
                if (piece == NULL)
                        break;
                const char *p = piece->raw->str;
                if (piece->extended && section == 0)
                        p = take_label(piece->raw, label, &parser->out->odd);
                gsize n = piece->raw->len - (gsize)(p - piece->raw->str);
                words &= !piece->extended;
                if (piece->extended)
                        append_percent(bytes, p, n, &parser->out->odd);
                else
                        g_string_append_len(bytes, p, (gssize)n);
        }
        /* What a gap cut off: some readers go on behind it. */
        for (guint i = 0; i < parser->pieces->len; i++) {
                Piece *piece = &g_array_index(parser->pieces, Piece, i);
                gboolean rest = !piece->used && piece->section >= 0 && strcmp(piece->name, name) == 0;
                parser->out->odd |= rest;
                piece->used |= rest;
        }
        return words ? plain_value(bytes) : extended_value(bytes->str, bytes->len, label);
}

/* Takes the parameter, which has a value and no name yet. */
static void add_parameter(Parser *parser, const char *name, MgParameter parameter) {
        const char *before = mg_structured_get(parser->out, name);
        parameter.name = g_strdup(name);
        parameter.again = before != NULL;
        parser->out->odd |= before != NULL && strcmp(before, parameter.value) != 0;
        g_array_append_val(parser->out->parameters, parameter);
}

/* The forms of one name: RFC 2231 stands before the plain one, as most readers prefer it. */
static void add_name(Parser *parser, const char *name) {
        guint first = parser->out->parameters->len;
        gboolean sections = FALSE;
        for (guint i = 0; i < parser->pieces->len; i++) {
                Piece *piece = &g_array_index(parser->pieces, Piece, i);
                if (piece->used || strcmp(piece->name, name) != 0)
                        continue;
                sections |= piece->section >= 0;
                if (piece->section >= 0 || !piece->extended)
                        continue;
                char label[LABEL_MAX];
                const char *p = take_label(piece->raw, label, &parser->out->odd);
                g_autoptr(GString) bytes = g_string_new(NULL);
                append_percent(bytes, p, piece->raw->len - (gsize)(p - piece->raw->str), &parser->out->odd);
                piece->used = TRUE;
                add_parameter(parser, name, extended_value(bytes->str, bytes->len, label));
        }
        if (sections)
                add_parameter(parser, name, join_sections(parser, name));
        guint plain = 0;
        for (guint i = 0; i < parser->pieces->len; i++) {
                Piece *piece = &g_array_index(parser->pieces, Piece, i);
                if (piece->used || strcmp(piece->name, name) != 0)
                        continue;
                piece->used = TRUE;
                plain++;
                add_parameter(parser, name, plain_value(piece->raw));
        }
        /* The same form twice is odd whatever it says; a plain form beside RFC 2231 only where they differ. */
        guint n = parser->out->parameters->len - first;
        parser->out->odd |= plain > 1 || n - plain > 1;
}

MgStructured *mg_structured_parse(const char *value, gsize n, const MgLimits *limits) {
        MgStructured *out = g_new0(MgStructured, 1);
        out->parameters = g_array_new(FALSE, FALSE, sizeof(MgParameter));
        g_array_set_clear_func(out->parameters, parameter_clear);
        out->odd = n > limits->field_bytes;
        g_autoptr(GString) text = mg_field_scan_unfold(value, n, limits->field_bytes);
        g_autoptr(GArray) pieces = g_array_new(FALSE, FALSE, sizeof(Piece));
        g_array_set_clear_func(pieces, piece_clear);
        out->odd |= memchr(text->str, 0, text->len) != NULL;

        Parser parser = {.limits = limits, .out = out, .pieces = pieces};
        mg_field_scan_init(&parser.scan, text);
        read_value(&parser);
        read_parameters(&parser);
        for (guint i = 0; i < pieces->len; i++) {
                Piece *piece = &g_array_index(pieces, Piece, i);
                if (!piece->used)
                        add_name(&parser, piece->name);
        }
        return out;
}

void mg_structured_free(MgStructured *structured) {
        if (structured == NULL)
                return;
        g_free(structured->value);
        g_array_unref(structured->parameters);
        g_free(structured);
}

const char *mg_structured_get(const MgStructured *structured, const char *name) {
        for (guint i = 0; i < structured->parameters->len; i++) {
                const MgParameter *parameter = &g_array_index(structured->parameters, MgParameter, i);
                if (g_ascii_strcasecmp(parameter->name, name) == 0)
                        return parameter->value;
        }
        return NULL;
}
