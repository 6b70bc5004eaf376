/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * Character classes: the one place that says which characters may cross
 *
 * The worker cleans what it says with mg_text_clean(); the trusted side accepts it only if mg_text_is() holds, and the
 * output grammar asks mg_text_is() once more of what leaves. clean() output always satisfies is() for the same class.
 */
typedef enum MgClass {
        /* UTF-8 text of several lines: LF and TAB, no other C0, C1 or DEL; no bidi controls (U+061C 200E 200F
         * 202A-E 2066-9); no invisible formatting (U+00AD 180E 200B 2060-2064 FEFF FFF9-B, tags U+E0000-E007F)
         * but ZWJ/ZWNJ after scripts and pictographs that need them; one variation selector after a base that
         * takes it; at most 4 combining marks in a row; no private use (cleaned to 〓), no noncharacter, no
         * U+2028/2029. */
        MG_CLASS_TEXT,
        /* The same on one line: neither LF nor TAB. */
        MG_CLASS_LINE,
        /* ASCII letters, digits and -_.+:/ ; not empty. Charset names, methods, limit names, Precedence. */
        MG_CLASS_TOKEN,
        /* type/subtype, lower case, RFC 6838 characters, or empty. */
        MG_CLASS_MIME,
        /* Digits, dots and slashes, or empty: "1.2.1", "2/1". */
        MG_CLASS_PATH,
        /* local@domain in ASCII without blanks, quotes, angle or other brackets, backslash, comma, colon or
         * semicolon, or empty. The local part may have dots anywhere (carriers gave out such addresses); the
         * domain is labels of letters, digits, hyphens and underscores, or an address literal [..]. */
        MG_CLASS_ADDRESS,
        /* Printable ASCII without blanks, angle brackets, parentheses, quotes, backslash and comma: a message id;
         * not empty. */
        MG_CLASS_MSGID,
        /* ASCII letters, digits and .-_:[]/@+= , or empty: host names, queue ids, protocol words. */
        MG_CLASS_HOST,
        _MG_CLASS_N,
} MgClass;

/* Whether [s, s+n) is valid UTF-8 of the class. Linear. No length bound: the caller has one. */
gboolean mg_text_is(const char *s, gsize n, MgClass class);

/*
 * A copy of [s, s+n) that satisfies the class. Only for TEXT and LINE. Bytes that are not UTF-8 become U+FFFD, CR
 * LF and lone CR become LF (TEXT) or a blank (LINE), private use becomes 〓, what is not allowed is dropped. At
 * most max_chars characters (0: no bound); where it is cut the last one is U+2026. *lost, where given, is
 * increased by the characters replaced or dropped (line ends not counted).
 */
char *mg_text_clean(const char *s, gsize n, MgClass class, gsize max_chars, guint32 *lost);

/* For logs: quoted, ASCII controls and non-UTF-8 as \xHH, cut after max octets with "...". Never fails; caller
 * frees. */
char *mg_text_quote(const char *s, gsize max);

/* Columns on a terminal or in a monospaced font: East Asian wide and full-width characters count 2, combining ones
 * 0. */
guint mg_text_columns(const char *s);

/*
 * Columns of [s, s+n), valid UTF-8, at most, in a font of East Asia: what is ambiguous (━ … ① α; UAX 11) counts 2 as well,
 * a TAB 8.
 */
guint mg_text_columns_east(const char *s, gsize n);

/* Octets of the longest beginning of [s, s+n), valid UTF-8, that has at most max of them and ends between characters. */
gsize mg_text_whole(const char *s, gsize n, gsize max);

/* "1.5 MB", "13 KB", "512 B": for people; powers of 1024. Caller frees. */
char *mg_text_size(guint64 octets);

/* Lower-case hexadecimal. Caller frees. */
char *mg_text_hex(const guint8 *bytes, gsize n);
