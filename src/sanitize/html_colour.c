/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Colours of CSS and of HTML attributes. Not: colour spaces other than sRGB, system colours, currentcolor.
 */
#include <string.h>

#include "sanitize/html_style.h"

/* CSS Color 4, section 6.1. */
static const struct {
        const char *name;
        gint32 colour;
} colours[] = {
        {"aliceblue", 0xF0F8FF},
        {"antiquewhite", 0xFAEBD7},
        {"aqua", 0x00FFFF},
        {"aquamarine", 0x7FFFD4},
        {"azure", 0xF0FFFF},
        {"beige", 0xF5F5DC},
        {"bisque", 0xFFE4C4},
        {"black", 0x000000},
        {"blanchedalmond", 0xFFEBCD},
        {"blue", 0x0000FF},
        {"blueviolet", 0x8A2BE2},
        {"brown", 0xA52A2A},
        {"burlywood", 0xDEB887},
        {"cadetblue", 0x5F9EA0},
        {"chartreuse", 0x7FFF00},
        {"chocolate", 0xD2691E},
        {"coral", 0xFF7F50},
        {"cornflowerblue", 0x6495ED},
        {"cornsilk", 0xFFF8DC},
        {"crimson", 0xDC143C},
        {"cyan", 0x00FFFF},
        {"darkblue", 0x00008B},
        {"darkcyan", 0x008B8B},
        {"darkgoldenrod", 0xB8860B},
        {"darkgray", 0xA9A9A9},
        {"darkgreen", 0x006400},
        {"darkgrey", 0xA9A9A9},
        {"darkkhaki", 0xBDB76B},
        {"darkmagenta", 0x8B008B},
        {"darkolivegreen", 0x556B2F},
        {"darkorange", 0xFF8C00},
        {"darkorchid", 0x9932CC},
        {"darkred", 0x8B0000},
        {"darksalmon", 0xE9967A},
        {"darkseagreen", 0x8FBC8F},
        {"darkslateblue", 0x483D8B},
        {"darkslategray", 0x2F4F4F},
        {"darkslategrey", 0x2F4F4F},
        {"darkturquoise", 0x00CED1},
        {"darkviolet", 0x9400D3},
        {"deeppink", 0xFF1493},
        {"deepskyblue", 0x00BFFF},
        {"dimgray", 0x696969},
        {"dimgrey", 0x696969},
        {"dodgerblue", 0x1E90FF},
        {"firebrick", 0xB22222},
        {"floralwhite", 0xFFFAF0},
        {"forestgreen", 0x228B22},
        {"fuchsia", 0xFF00FF},
        {"gainsboro", 0xDCDCDC},
        {"ghostwhite", 0xF8F8FF},
        {"gold", 0xFFD700},
        {"goldenrod", 0xDAA520},
        {"gray", 0x808080},
        {"green", 0x008000},
        {"greenyellow", 0xADFF2F},
        {"grey", 0x808080},
        {"honeydew", 0xF0FFF0},
        {"hotpink", 0xFF69B4},
        {"indianred", 0xCD5C5C},
        {"indigo", 0x4B0082},
        {"ivory", 0xFFFFF0},
        {"khaki", 0xF0E68C},
        {"lavender", 0xE6E6FA},
        {"lavenderblush", 0xFFF0F5},
        {"lawngreen", 0x7CFC00},
        {"lemonchiffon", 0xFFFACD},
        {"lightblue", 0xADD8E6},
        {"lightcoral", 0xF08080},
        {"lightcyan", 0xE0FFFF},
        {"lightgoldenrodyellow", 0xFAFAD2},
        {"lightgray", 0xD3D3D3},
        {"lightgreen", 0x90EE90},
        {"lightgrey", 0xD3D3D3},
        {"lightpink", 0xFFB6C1},
        {"lightsalmon", 0xFFA07A},
        {"lightseagreen", 0x20B2AA},
        {"lightskyblue", 0x87CEFA},
        {"lightslategray", 0x778899},
        {"lightslategrey", 0x778899},
        {"lightsteelblue", 0xB0C4DE},
        {"lightyellow", 0xFFFFE0},
        {"lime", 0x00FF00},
        {"limegreen", 0x32CD32},
        {"linen", 0xFAF0E6},
        {"magenta", 0xFF00FF},
        {"maroon", 0x800000},
        {"mediumaquamarine", 0x66CDAA},
        {"mediumblue", 0x0000CD},
        {"mediumorchid", 0xBA55D3},
        {"mediumpurple", 0x9370DB},
        {"mediumseagreen", 0x3CB371},
        {"mediumslateblue", 0x7B68EE},
        {"mediumspringgreen", 0x00FA9A},
        {"mediumturquoise", 0x48D1CC},
        {"mediumvioletred", 0xC71585},
        {"midnightblue", 0x191970},
        {"mintcream", 0xF5FFFA},
        {"mistyrose", 0xFFE4E1},
        {"moccasin", 0xFFE4B5},
        {"navajowhite", 0xFFDEAD},
        {"navy", 0x000080},
        {"oldlace", 0xFDF5E6},
        {"olive", 0x808000},
        {"olivedrab", 0x6B8E23},
        {"orange", 0xFFA500},
        {"orangered", 0xFF4500},
        {"orchid", 0xDA70D6},
        {"palegoldenrod", 0xEEE8AA},
        {"palegreen", 0x98FB98},
        {"paleturquoise", 0xAFEEEE},
        {"palevioletred", 0xDB7093},
        {"papayawhip", 0xFFEFD5},
        {"peachpuff", 0xFFDAB9},
        {"peru", 0xCD853F},
        {"pink", 0xFFC0CB},
        {"plum", 0xDDA0DD},
        {"powderblue", 0xB0E0E6},
        {"purple", 0x800080},
        {"rebeccapurple", 0x663399},
        {"red", 0xFF0000},
        {"rosybrown", 0xBC8F8F},
        {"royalblue", 0x4169E1},
        {"saddlebrown", 0x8B4513},
        {"salmon", 0xFA8072},
        {"sandybrown", 0xF4A460},
        {"seagreen", 0x2E8B57},
        {"seashell", 0xFFF5EE},
        {"sienna", 0xA0522D},
        {"silver", 0xC0C0C0},
        {"skyblue", 0x87CEEB},
        {"slateblue", 0x6A5ACD},
        {"slategray", 0x708090},
        {"slategrey", 0x708090},
        {"snow", 0xFFFAFA},
        {"springgreen", 0x00FF7F},
        {"steelblue", 0x4682B4},
        {"tan", 0xD2B48C},
        {"teal", 0x008080},
        {"thistle", 0xD8BFD8},
        {"tomato", 0xFF6347},
        {"transparent", MG_COLOUR_TRANSPARENT},
        {"turquoise", 0x40E0D0},
        {"violet", 0xEE82EE},
        {"wheat", 0xF5DEB3},
        {"white", 0xFFFFFF},
        {"whitesmoke", 0xF5F5F5},
        {"yellow", 0xFFFF00},
        {"yellowgreen", 0x9ACD32},
};

/* Three or six digits; with four or eight the last are the alpha channel. */
static gint32 hex_colour(const char *s, gsize n) {
        guint32 digits[8];
        if (n != 3 && n != 4 && n != 6 && n != 8)
                return MG_COLOUR_UNKNOWN;
        for (gsize i = 0; i < n; i++) {
                int digit = g_ascii_xdigit_value(s[i]);
                if (digit < 0)
                        return MG_COLOUR_UNKNOWN;
                digits[i] = digit;
        }
        if ((n == 4 && digits[3] == 0) || (n == 8 && digits[6] == 0))
                return MG_COLOUR_TRANSPARENT;
        if (n <= 4)
                return (gint32)(digits[0] * 0x110000 + digits[1] * 0x1100 + digits[2] * 0x11);
        gint32 value = 0;
        for (gsize i = 0; i < 6; i++)
                value = value << 4 | (gint32)digits[i];
        return value;
}

/* The numbers of a function, percents of full as such; at most max. */
static guint read_numbers(const char *s, gsize n, double full, double *out, guint max) {
        guint count = 0;
        for (gsize i = 0; i < n && count < max;) {
                if (!g_ascii_isdigit(s[i]) && s[i] != '.') {
                        i++;
                        continue;
                }
                char number[24];
                gsize length = 0;
                while (i + length < n && length + 1 < sizeof number &&
                       (g_ascii_isdigit(s[i + length]) || s[i + length] == '.'))
                        length++;
                memcpy(number, s + i, length);
                number[length] = '\0';
                i += length;
                out[count] = g_ascii_strtod(number, NULL);
                if (i < n && s[i] == '%')
                        out[count] *= (count == 3 ? 1 : full) / 100;
                count++;
        }
        return count;
}

static gint32 rgb_colour(const char *s, gsize n) {
        double v[4] = {0, 0, 0, 1};
        if (read_numbers(s, n, 255, v, 4) < 3)
                return MG_COLOUR_UNKNOWN;
        if (v[3] < 0.02)
                return MG_COLOUR_TRANSPARENT;
        return (gint32)CLAMP(v[0], 0, 255) << 16 | (gint32)CLAMP(v[1], 0, 255) << 8 | (gint32)CLAMP(v[2], 0, 255);
}

/* Only black, white and grey: the others are taken as seen. */
static gint32 hsl_colour(const char *s, gsize n) {
        double v[4] = {0, 0, 0, 1};
        if (read_numbers(s, n, 1, v, 4) < 3)
                return MG_COLOUR_UNKNOWN;
        if (v[3] < 0.02)
                return MG_COLOUR_TRANSPARENT;
        gint32 grey = (gint32)CLAMP(v[2] * 255, 0, 255);
        return v[1] < 0.01 || grey == 0 || grey == 255 ? grey * 0x010101 : MG_COLOUR_UNKNOWN;
}

gint32 mg_style_colour(const char *s, gsize n) {
        MgPiece piece = mg_piece_trim((MgPiece){s, n});
        s = piece.s;
        n = piece.n;
        if (n > 1 && *s == '#')
                return hex_colour(s + 1, n - 1);
        if (n > 4 && g_ascii_strncasecmp(s, "rgb", 3) == 0)
                return rgb_colour(s + 3, n - 3);
        if (n > 4 && g_ascii_strncasecmp(s, "hsl", 3) == 0)
                return hsl_colour(s + 3, n - 3);
        for (gsize i = 0; i < G_N_ELEMENTS(colours) && n > 2; i++)
                if ((s[0] | 0x20) == colours[i].name[0] && mg_piece_is(piece, colours[i].name))
                        return colours[i].colour;
        return n == 3 || n == 6 ? hex_colour(s, n) : MG_COLOUR_UNKNOWN;
}
