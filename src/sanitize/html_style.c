/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From declarations to the look of an element. Not a style engine: no boxes are laid out, lengths are judged as they
 * stand (a pixel or less is nothing, hundreds of pixels to the left are outside of the page). mso-hide hides nothing:
 * only Outlook obeys it, and every button that is drawn twice for Outlook's sake carries it.
 */
#include "sanitize/html_style.h"

#include <string.h>

/* Browsers' default size of letters, thousandths of a pixel. */
static const gint32 font_normal = 16000;

/*
 * --- values
 * ------------------------------------------------------------------------------------------------------------
 */

typedef struct Length {
        gboolean known;
        double n;          /* pixels, or parts of the parent's size */
        gboolean relative; /* em, ex, % */
} Length;

static const struct {
        const char *unit;
        double pixels; /* 0: relative, by parts */
        double parts;
} units[] = {
        {"px", 1, 0},    {"pt", 4.0 / 3, 0}, {"em", 0, 1},   {"%", 0, 0.01},  {"rem", 16, 0}, {"in", 96, 0},
        {"cm", 37.8, 0}, {"mm", 3.78, 0},    {"pc", 16, 0},  {"ex", 0, 0.5},  {"ch", 0, 0.5}, {"vw", 8, 0},
        {"vh", 6, 0},    {"vmin", 6, 0},     {"vmax", 8, 0}, {"q", 0.945, 0},
};

/* A number at the beginning; *used octets. */
static double read_number(MgPiece value, gsize *used) {
        char copy[32];
        gsize n = 0;
        while (n < value.n && n + 1 < sizeof copy &&
               (g_ascii_isdigit(value.s[n]) || value.s[n] == '.' || (n == 0 && strchr("+-", value.s[n]) != NULL)))
                copy[n] = value.s[n], n++;
        copy[n] = '\0';
        char *end;
        double number = g_ascii_strtod(copy, &end);
        *used = end - copy;
        return number;
}

static Length read_length(MgPiece value) {
        gsize used;
        Length length = {.n = read_number(value, &used)};
        MgPiece unit = mg_piece_trim((MgPiece){value.s + used, value.n - used});
        if (used == 0)
                return length;
        if (unit.n == 0) {
                length.known = TRUE;
                return length;
        }
        for (gsize i = 0; i < G_N_ELEMENTS(units); i++) {
                if (!mg_piece_is(unit, units[i].unit))
                        continue;
                length.known = TRUE;
                length.relative = units[i].pixels == 0;
                length.n *= length.relative ? units[i].parts : units[i].pixels;
                return length;
        }
        return length;
}

static gboolean has(MgPiece value, const char *part) {
        gsize n = strlen(part);
        for (gsize i = 0; i + n <= value.n; i++)
                if (g_ascii_strncasecmp(value.s + i, part, n) == 0)
                        return TRUE;
        return FALSE;
}

/* The next word of a value; what is in parentheses belongs to its word. */
static MgPiece next_word(MgPiece *rest) {
        *rest = mg_piece_trim(*rest);
        guint depth = 0;
        gsize n = 0;
        for (; n < rest->n && (depth > 0 || !g_ascii_isspace(rest->s[n])); n++) {
                depth += rest->s[n] == '(';
                depth -= rest->s[n] == ')' && depth > 0;
        }
        MgPiece word = {rest->s, n};
        rest->s += n;
        rest->n -= n;
        return word;
}

/* The numbers of a function as pixels, at most max. */
static guint read_lengths(MgPiece value, double *out, guint max) {
        guint count = 0;
        while (value.n > 0 && count < max) {
                gsize used;
                double number = read_number(value, &used);
                if (used > 0)
                        out[count++] = number;
                used = MAX(used, 1);
                value.s += used;
                value.n -= used;
        }
        return count;
}

/*
 * --- properties
 * --------------------------------------------------------------------------------------------------------
 */

typedef struct Word {
        const char *word;
        gint32 value;
} Word;

static const Word displays[] = {
        {"none", MG_DISPLAY_NONE},
        {"inline", MG_DISPLAY_INLINE},
        {"block", MG_DISPLAY_BLOCK},
        {"inline-block", MG_DISPLAY_CELL},
        {"table", MG_DISPLAY_OWN},
        {"table-cell", MG_DISPLAY_OWN},
        {"table-row", MG_DISPLAY_OWN},
        {"flex", MG_DISPLAY_BLOCK},
        {"grid", MG_DISPLAY_BLOCK},
        {"list-item", MG_DISPLAY_BLOCK},
        {"inline-table", MG_DISPLAY_CELL},
        {"inline-flex", MG_DISPLAY_CELL},
        {"flow-root", MG_DISPLAY_BLOCK},
        {"contents", MG_DISPLAY_INLINE},
        {"table-row-group", MG_DISPLAY_OWN},
        {"table-caption", MG_DISPLAY_OWN},
        {"table-header-group", MG_DISPLAY_OWN},
        {"inline-grid", MG_DISPLAY_CELL},
        {"table-footer-group", MG_DISPLAY_OWN},
        {NULL, 0},
};
static const Word visibilities[] = {{"visible", 0}, {"hidden", 1}, {"collapse", 1}, {NULL, 0}};
static const Word overflows[] = {{"visible", 0}, {"hidden", 1}, {"clip", 1}, {"scroll", 1}, {"auto", 1}, {NULL, 0}};
static const Word positions[] = {{"static", MG_POSITION_STATIC},   {"relative", MG_POSITION_RELATIVE},
                                 {"sticky", MG_POSITION_RELATIVE}, {"absolute", MG_POSITION_ABSOLUTE},
                                 {"fixed", MG_POSITION_ABSOLUTE},  {NULL, 0}};
static const Word floats[] = {{"none", 0}, {"left", 1}, {"right", 1}, {NULL, 0}};
static const Word spaces[] = {{"normal", MG_SPACE_NORMAL},
                              {"nowrap", MG_SPACE_NORMAL},
                              {"pre", MG_SPACE_PRE},
                              {"pre-wrap", MG_SPACE_PRE},
                              {"break-spaces", MG_SPACE_PRE},
                              {"pre-line", MG_SPACE_LINES},
                              {NULL, 0}};
static const Word letters[] = {{"none", MG_LETTERS_NONE},
                               {"uppercase", MG_LETTERS_UPPER},
                               {"lowercase", MG_LETTERS_LOWER},
                               {"capitalize", MG_LETTERS_CAPITAL},
                               {NULL, 0}};
static const Word markers[] = {{"none", MG_MARKER_NONE},
                               {"disc", MG_MARKER_DISC},
                               {"circle", MG_MARKER_DISC},
                               {"square", MG_MARKER_DISC},
                               {"decimal", MG_MARKER_DECIMAL},
                               {"decimal-leading-zero", MG_MARKER_DECIMAL},
                               {"cjk-decimal", MG_MARKER_DECIMAL},
                               {"lower-alpha", MG_MARKER_LOWER},
                               {"lower-latin", MG_MARKER_LOWER},
                               {"upper-alpha", MG_MARKER_UPPER},
                               {"upper-latin", MG_MARKER_UPPER},
                               {"lower-roman", MG_MARKER_ROMAN},
                               {"upper-roman", MG_MARKER_ROMAN_UPPER},
                               {NULL, 0}};
/* CSS Fonts 4, section 2.5, at 16 pixels. */
static const Word sizes[] = {
        {"xx-small", 9000}, {"x-small", 10000},  {"small", 13000},     {"medium", 16000}, {"large", 18000},
        {"x-large", 24000}, {"xx-large", 32000}, {"xxx-large", 48000}, {"smaller", -833}, {"larger", -1200},
        {NULL, 0}};

static gboolean find_word(const Word *words, MgPiece value, gint32 *found) {
        for (; words->word != NULL; words++)
                if (mg_piece_is(value, words->word)) {
                        *found = words->value;
                        return TRUE;
                }
        return FALSE;
}

typedef struct Reader Reader;
struct Reader {
        GArray *out;
        gboolean important;
};

static void emit(const Reader *reader, MgProperty property, gint32 value) {
        MgDeclaration declaration = {property, reader->important, value};
        g_array_append_val(reader->out, declaration);
}

static void read_opacity(const Reader *reader, MgProperty property, MgPiece value) {
        Length length = read_length(value);
        if (length.known)
                emit(reader, property, length.n < 0.02);
}

static void read_filter(const Reader *reader, MgProperty property, MgPiece value) {
        if (value.n > 8 && g_ascii_strncasecmp(value.s, "opacity(", 8) == 0) {
                double n[1];
                if (read_lengths((MgPiece){value.s + 8, value.n - 8}, n, 1) == 1)
                        emit(reader, property, n[0] < 0.02);
        }
}

static gboolean font_size(MgPiece value, gint32 *size) {
        if (find_word(sizes, value, size))
                return TRUE;
        Length length = read_length(value);
        if (!length.known || length.n < 0)
                return FALSE;
        double n = MIN(length.n, 10000);
        *size = length.relative && n > 0 ? -(gint32)MAX(n * 1000, 1) : (gint32)(n * 1000);
        return TRUE;
}

static void read_size(const Reader *reader, MgProperty property, MgPiece value) {
        gint32 size;
        if (font_size(value, &size))
                emit(reader, property, size);
}

/* font: [weight, style...] size[/line-height] family */
static void read_font(const Reader *reader, MgProperty property, MgPiece value) {
        while (value.n > 0) {
                MgPiece word = next_word(&value);
                const char *slash = memchr(word.s, '/', word.n);
                gint32 size;
                gsize used;
                MgPiece first = {word.s, slash != NULL ? (gsize)(slash - word.s) : word.n};
                gboolean weight = slash == NULL && read_number(first, &used) >= 1 && used == first.n;
                if (!weight && font_size(first, &size)) {
                        emit(reader, property, size);
                        return;
                }
        }
}

static void read_colour(const Reader *reader, MgProperty property, MgPiece value) {
        emit(reader, property, mg_style_colour(value.s, value.n));
}

static gboolean is_picture(MgPiece value) {
        return has(value, "url(") || has(value, "gradient(") || has(value, "image(") || has(value, "image-set(");
}

static void read_image(const Reader *reader, MgProperty property, MgPiece value) {
        emit(reader, property, is_picture(value));
}

/* CSS Color 4, sections 6.2 and 9, appendix A: colours that the system or the text has. */
static const Word systems[] = {{"accentcolor", 0},
                               {"accentcolortext", 0},
                               {"activeborder", 0},
                               {"activecaption", 0},
                               {"activetext", 0},
                               {"appworkspace", 0},
                               {"background", 0},
                               {"buttonborder", 0},
                               {"buttonface", 0},
                               {"buttonhighlight", 0},
                               {"buttonshadow", 0},
                               {"buttontext", 0},
                               {"canvas", 0},
                               {"canvastext", 0},
                               {"captiontext", 0},
                               {"currentcolor", 0},
                               {"field", 0},
                               {"fieldtext", 0},
                               {"graytext", 0},
                               {"highlight", 0},
                               {"highlighttext", 0},
                               {"inactiveborder", 0},
                               {"inactivecaption", 0},
                               {"inactivecaptiontext", 0},
                               {"infobackground", 0},
                               {"infotext", 0},
                               {"linktext", 0},
                               {"mark", 0},
                               {"marktext", 0},
                               {"menu", 0},
                               {"menutext", 0},
                               {"scrollbar", 0},
                               {"selecteditem", 0},
                               {"selecteditemtext", 0},
                               {"threeddarkshadow", 0},
                               {"threedface", 0},
                               {"threedhighlight", 0},
                               {"threedlightshadow", 0},
                               {"threedshadow", 0},
                               {"visitedtext", 0},
                               {"window", 0},
                               {"windowframe", 0},
                               {"windowtext", 0},
                               {NULL, 0}};

/* Functions that are sizes, and one that is a picture which is_picture() does not know. */
static const Word measures[] = {{"calc", 0}, {"min", 0}, {"max", 0}, {"clamp", 0}, {"element", 0}, {NULL, 0}};

/* Whether a word of a background that is no known colour may be a colour. */
static gboolean may_be_colour(MgPiece word) {
        gint32 found;
        const char *open = memchr(word.s, '(', word.n);
        if (open == NULL)
                return find_word(systems, word, &found);
        const char *name = open;
        while (name > word.s && (g_ascii_isalnum(name[-1]) || name[-1] == '-'))
                name--;
        return !find_word(measures, (MgPiece){name, open - name}, &found) && !is_picture(word);
}

static void read_background(const Reader *reader, MgProperty property, MgPiece value) {
        gint32 colour = MG_COLOUR_UNKNOWN;
        gboolean unread = FALSE;
        emit(reader, MG_PROPERTY_IMAGE, is_picture(value));
        while (value.n > 0) {
                MgPiece word = next_word(&value);
                gint32 found = word.n > 0 ? mg_style_colour(word.s, word.n) : MG_COLOUR_UNKNOWN;
                if (found != MG_COLOUR_UNKNOWN)
                        colour = found;
                else
                        unread |= word.n > 0 && may_be_colour(word);
        }
        emit(reader, property, colour != MG_COLOUR_UNKNOWN || unread ? colour : MG_COLOUR_TRANSPARENT);
}

/* A pixel or less is no room for text. */
static void read_extent(const Reader *reader, MgProperty property, MgPiece value) {
        Length length = read_length(value);
        emit(reader, property, length.known && (length.n == 0 || (!length.relative && length.n <= 1)));
}

/* Room that a box has however small it is said to be; sizes that are not understood give some. */
static void read_least(const Reader *reader, MgProperty property, MgPiece value) {
        Length length = read_length(value);
        gboolean room = length.known ? length.n > (length.relative ? 0 : 1) : has(value, "(") || has(value, "-content");
        emit(reader, property, room);
}

/* Far to the left or right of any page. */
static void read_far(const Reader *reader, MgProperty property, MgPiece value) {
        Length length = read_length(value);
        double n = length.relative ? length.n * 16 : length.n;
        emit(reader, property, length.known && (n <= -500 || n >= 2000));
}

static void read_far_up(const Reader *reader, MgProperty property, MgPiece value) {
        Length length = read_length(value);
        if (length.known && (length.relative ? length.n * 16 : length.n) <= -500)
                emit(reader, property, 1);
}

/* margin: top [right [bottom [left]]] */
static void read_margin(const Reader *reader, MgProperty property, MgPiece value) {
        MgPiece words[4];
        guint count = 0;
        while (value.n > 0 && count < 4)
                words[count++] = next_word(&value);
        if (count == 0)
                return;
        read_far(reader, property, words[count == 4 ? 3 : count > 1 ? 1 : 0]);
        Length above = read_length(words[0]), below = read_length(words[count > 2 ? 2 : 0]);
        emit(reader, MG_PROPERTY_TIGHT, above.known && above.n <= 0 && below.known && below.n <= 0);
}

static void read_tight(const Reader *reader, MgProperty property, MgPiece value) {
        Length length = read_length(value);
        emit(reader, property, length.known && length.n <= 0);
}

static void read_clip(const Reader *reader, MgProperty property, MgPiece value) {
        double n[4];
        gboolean rect = has(value, "rect(") && !has(value, "auto");
        gboolean empty = rect && read_lengths(value, n, 4) == 4 && (n[2] - n[0] <= 1 || n[1] - n[3] <= 1);
        emit(reader, property, empty);
}

static void read_clip_path(const Reader *reader, MgProperty property, MgPiece value) {
        double n[1];
        gboolean one = read_lengths(value, n, 1) == 1;
        emit(reader, property,
             one && ((has(value, "inset(") && n[0] >= 50 && has(value, "%")) || (has(value, "circle(") && n[0] == 0)));
}

static void read_transform(const Reader *reader, MgProperty property, MgPiece value) {
        double n[2];
        guint count = read_lengths(value, n, 2);
        gboolean gone = count > 0 && has(value, "scale") && n[0] == 0;
        gone |= count > 0 && has(value, "translate") && has(value, "px") && n[0] <= -500;
        emit(reader, property, gone);
}

static void read_marker(const Reader *reader, MgProperty property, MgPiece value) {
        gint32 marker;
        while (value.n > 0)
                if (find_word(markers, next_word(&value), &marker)) {
                        emit(reader, property, marker);
                        return;
                }
}

static const struct {
        const char *name;
        MgProperty property;
        const Word *words; /* the values, or NULL: read does it */
        void (*read)(const Reader *reader, MgProperty property, MgPiece value);
} properties[] = {
        {"display", MG_PROPERTY_DISPLAY, displays, NULL},
        {"color", MG_PROPERTY_COLOUR, NULL, read_colour},
        {"font-size", MG_PROPERTY_FONT_SIZE, NULL, read_size},
        {"font", MG_PROPERTY_FONT_SIZE, NULL, read_font},
        {"background-color", MG_PROPERTY_BACKGROUND, NULL, read_colour},
        {"background", MG_PROPERTY_BACKGROUND, NULL, read_background},
        {"background-image", MG_PROPERTY_IMAGE, NULL, read_image},
        {"visibility", MG_PROPERTY_VISIBILITY, visibilities, NULL},
        {"opacity", MG_PROPERTY_OPACITY, NULL, read_opacity},
        {"filter", MG_PROPERTY_OPACITY, NULL, read_filter},
        {"overflow", MG_PROPERTY_OVERFLOW, overflows, NULL},
        {"overflow-x", MG_PROPERTY_OVERFLOW, overflows, NULL},
        {"overflow-y", MG_PROPERTY_OVERFLOW, overflows, NULL},
        {"height", MG_PROPERTY_HEIGHT, NULL, read_extent},
        {"max-height", MG_PROPERTY_MAX_HEIGHT, NULL, read_extent},
        {"width", MG_PROPERTY_WIDTH, NULL, read_extent},
        {"max-width", MG_PROPERTY_MAX_WIDTH, NULL, read_extent},
        {"min-height", MG_PROPERTY_MIN_HEIGHT, NULL, read_least},
        {"min-width", MG_PROPERTY_MIN_WIDTH, NULL, read_least},
        {"text-indent", MG_PROPERTY_INDENT, NULL, read_far},
        {"margin-left", MG_PROPERTY_MARGIN, NULL, read_far},
        {"margin", MG_PROPERTY_MARGIN, NULL, read_margin},
        {"margin-bottom", MG_PROPERTY_TIGHT, NULL, read_tight},
        {"left", MG_PROPERTY_OFFSET, NULL, read_far},
        {"right", MG_PROPERTY_OFFSET, NULL, read_far},
        {"top", MG_PROPERTY_OFFSET, NULL, read_far_up},
        {"position", MG_PROPERTY_POSITION, positions, NULL},
        {"float", MG_PROPERTY_FLOAT, floats, NULL},
        {"clip", MG_PROPERTY_CLIP, NULL, read_clip},
        {"clip-path", MG_PROPERTY_CLIP_PATH, NULL, read_clip_path},
        {"transform", MG_PROPERTY_TRANSFORM, NULL, read_transform},
        {"white-space", MG_PROPERTY_SPACE, spaces, NULL},
        {"text-transform", MG_PROPERTY_LETTERS, letters, NULL},
        {"list-style-type", MG_PROPERTY_MARKER, markers, NULL},
        {"list-style", MG_PROPERTY_MARKER, NULL, read_marker},
};

/*
 * --- declarations
 * ------------------------------------------------------------------------------------------------------
 */

gboolean mg_piece_is(MgPiece piece, const char *word) {
        return strlen(word) == piece.n && g_ascii_strncasecmp(piece.s, word, piece.n) == 0;
}

MgPiece mg_piece_trim(MgPiece piece) {
        while (piece.n > 0 && g_ascii_isspace(*piece.s))
                piece.s++, piece.n--;
        while (piece.n > 0 && g_ascii_isspace(piece.s[piece.n - 1]))
                piece.n--;
        return piece;
}

static void read_declaration(Reader *reader, MgPiece name, MgPiece value) {
        const char *mark = memchr(value.s, '!', value.n);
        reader->important = mark != NULL && has((MgPiece){mark, value.n - (mark - value.s)}, "important");
        if (mark != NULL)
                value.n = mark - value.s;
        value = mg_piece_trim(value);
        name = mg_piece_trim(name);
        if (value.n == 0 || name.n < 3)
                return;
        for (gsize i = 0; i < G_N_ELEMENTS(properties); i++) {
                if ((name.s[0] | 0x20) != properties[i].name[0] || !mg_piece_is(name, properties[i].name))
                        continue;
                gint32 found;
                MgProperty property = properties[i].property;
                if (mg_piece_is(value, "inherit"))
                        emit(reader, property, MG_VALUE_INHERIT);
                else if (mg_piece_is(value, "initial") || mg_piece_is(value, "unset") || mg_piece_is(value, "revert"))
                        emit(reader, property, MG_VALUE_INITIAL);
                else if (properties[i].words == NULL)
                        properties[i].read(reader, property, value);
                else if (find_word(properties[i].words, value, &found))
                        emit(reader, property, found);
                return;
        }
}

GString *mg_style_plain(const char *css, gsize n) {
        GString *out = g_string_sized_new(n);
        const char *end = css + n;
        while (css < end) {
                const char *odd = css;
                while (odd < end && *odd != '\\' && !(*odd == '/' && odd + 1 < end && odd[1] == '*'))
                        odd++;
                g_string_append_len(out, css, odd - css);
                if (odd == end)
                        break;
                if (*odd == '/') {
                        const char *close = memmem(odd + 2, end - odd - 2, "*/", 2);
                        css = close != NULL ? close + 2 : end;
                        continue;
                }
                guint32 code = 0;
                gsize digits = 0;
                while (digits < 6 && odd + 1 + digits < end && g_ascii_isxdigit(odd[1 + digits]))
                        code = code << 4 | (guint32)g_ascii_xdigit_value(odd[1 + digits++]);
                css = odd + 1 + digits;
                if (digits > 0 && css < end && g_ascii_isspace(*css))
                        css++;
                if (digits == 0 && css < end)
                        code = (guint8)*css++;
                if (code < 0x80 && (g_ascii_isalnum(code) || code == '-' || code == '_'))
                        g_string_append_c(out, (char)code);
                else
                        g_string_append_c(out, '?');
        }
        return out;
}

/* Where the declaration that begins at s ends: ";" outside of strings and parentheses. */
static const char *end_of_declaration(const char *s, const char *end) {
        guint depth = 0;
        for (; s < end; s++) {
                if (*s == '"' || *s == '\'') {
                        const char quote = *s;
                        while (s + 1 < end && s[1] != quote && s[1] != '\n')
                                s++;
                        s += s + 1 < end;
                } else if (*s == '(') {
                        depth++;
                } else if (*s == ')') {
                        depth -= depth > 0;
                } else if (*s == ';' && depth == 0) {
                        return s;
                }
        }
        return end;
}

static void parse_plain(const char *css, gsize n, GArray *out) {
        const char *end = css + n;
        Reader reader = {.out = out};
        while (css < end) {
                const char *stop = end_of_declaration(css, end);
                const char *colon = memchr(css, ':', stop - css);
                if (colon != NULL)
                        read_declaration(&reader, (MgPiece){css, colon - css}, (MgPiece){colon + 1, stop - colon - 1});
                css = stop < end ? stop + 1 : end;
        }
}

void mg_style_parse(const char *css, gsize n, GArray *out) {
        if (memchr(css, '\\', n) == NULL && memmem(css, n, "/*", 2) == NULL) {
                parse_plain(css, n, out);
                return;
        }
        g_autoptr(GString) plain = mg_style_plain(css, n);
        parse_plain(plain->str, plain->len, out);
}

/*
 * --- looks
 * -------------------------------------------------------------------------------------------------------------
 */

void mg_style_put(MgStyle *style, const MgDeclaration *declaration, guint64 weight) {
        guint property = declaration->property;
        weight |= declaration->important ? MG_WEIGHT_IMPORTANT : 0;
        if (weight < style->weights[property])
                return;
        style->weights[property] = weight;
        style->values[property] = declaration->value;
}

/* The value, or fallback where nothing says it. */
static gint32 value_of(const MgStyle *style, MgProperty property, gint32 inherited, gint32 initial) {
        if (style->weights[property] == 0)
                return inherited;
        gint32 value = style->values[property];
        return value == MG_VALUE_INHERIT ? inherited : value == MG_VALUE_INITIAL ? initial : value;
}

static gboolean is_set(const MgStyle *style, MgProperty property) {
        return value_of(style, property, 0, 0) == 1;
}

static void apply_font(const MgStyle *style, MgLook *look) {
        gint32 size = value_of(style, MG_PROPERTY_FONT_SIZE, look->font, font_normal);
        gint64 scaled = size < 0 ? (gint64)look->font * -size / 1000 : size;
        look->font = (gint32)MIN(scaled, 10000000);
}

static void apply_background(const MgStyle *style, MgLook *look, gboolean absolute) {
        gint32 colour = value_of(style, MG_PROPERTY_BACKGROUND, MG_COLOUR_TRANSPARENT, MG_COLOUR_TRANSPARENT);
        if (colour != MG_COLOUR_TRANSPARENT)
                look->background = colour;
        else if (absolute)
                look->background = MG_COLOUR_UNKNOWN; /* what lies under it is not known */
        if (is_set(style, MG_PROPERTY_IMAGE))
                look->background = MG_COLOUR_UNKNOWN;
}

/* Whether the box leaves its content no room, or stands where nobody sees it. */
static gboolean box_hides(const MgStyle *style, guint8 display, gint32 position) {
        gboolean absolute = position == MG_POSITION_ABSOLUTE;
        gboolean box = display == MG_DISPLAY_BLOCK || display == MG_DISPLAY_CELL || absolute ||
                       is_set(style, MG_PROPERTY_FLOAT);
        gboolean low = is_set(style, MG_PROPERTY_HEIGHT) || is_set(style, MG_PROPERTY_MAX_HEIGHT);
        gboolean narrow = is_set(style, MG_PROPERTY_WIDTH) || is_set(style, MG_PROPERTY_MAX_WIDTH);
        /* CSS 2.1, sections 10.4 and 10.7: the least size wins over the others. */
        low = low && !is_set(style, MG_PROPERTY_MIN_HEIGHT);
        narrow = narrow && !is_set(style, MG_PROPERTY_MIN_WIDTH);
        if (box && (low || narrow) && is_set(style, MG_PROPERTY_OVERFLOW))
                return TRUE;
        if (box && (is_set(style, MG_PROPERTY_INDENT) || is_set(style, MG_PROPERTY_MARGIN) ||
                    is_set(style, MG_PROPERTY_TRANSFORM)))
                return TRUE;
        if (position != MG_POSITION_STATIC && is_set(style, MG_PROPERTY_OFFSET))
                return TRUE;
        return (absolute && is_set(style, MG_PROPERTY_CLIP)) || is_set(style, MG_PROPERTY_CLIP_PATH) ||
               is_set(style, MG_PROPERTY_OPACITY);
}

void mg_style_apply(const MgStyle *style, MgLook *look) {
        gint32 display = value_of(style, MG_PROPERTY_DISPLAY, look->display, MG_DISPLAY_INLINE);
        gint32 position = value_of(style, MG_PROPERTY_POSITION, MG_POSITION_STATIC, MG_POSITION_STATIC);
        if (display == MG_DISPLAY_OWN)
                display = look->display;
        look->display = look->display == MG_DISPLAY_OWN && display != MG_DISPLAY_NONE ? MG_DISPLAY_OWN : display;
        look->invisible = value_of(style, MG_PROPERTY_VISIBILITY, look->invisible, 0);
        look->space = value_of(style, MG_PROPERTY_SPACE, look->space, MG_SPACE_NORMAL);
        look->letters = value_of(style, MG_PROPERTY_LETTERS, look->letters, MG_LETTERS_NONE);
        look->marker = value_of(style, MG_PROPERTY_MARKER, look->marker, MG_MARKER_DISC);
        look->tight = is_set(style, MG_PROPERTY_TIGHT);
        look->colour = value_of(style, MG_PROPERTY_COLOUR, look->colour, 0);
        apply_font(style, look);
        apply_background(style, look, position == MG_POSITION_ABSOLUTE);
        look->gone |= look->display == MG_DISPLAY_NONE || box_hides(style, look->display, position);
}

gboolean mg_look_hides(const MgLook *look) {
        if (look->gone || look->invisible || look->font < 1000 || look->colour == MG_COLOUR_TRANSPARENT)
                return TRUE;
        if (look->colour < 0 || look->background < 0)
                return FALSE;
        for (guint shift = 0; shift < 24; shift += 8) {
                int a = look->colour >> shift & 0xFF, b = look->background >> shift & 0xFF;
                if (ABS(a - b) > 8)
                        return FALSE;
        }
        return TRUE;
}
