/* SPDX-License-Identifier: Apache-2.0 */
/*
 * File types by content. Says what libmagic says, or a signature of Japanese files where that is too little, and
 * nothing of what the mail claims; has no opinion on which types are safe. Unpacks nothing.
 */
#include "sanitize/identify.h"

#include <magic.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "sanitize/signature.h"
#include "sanitize/spelling.h"

/* Octets that libmagic looks at. Its signatures lie near the beginning; text detection reads all it is given. */
static const gsize looked_at = 262144;

/*
 * Octets that a regular expression of its database looks at. libmagic's own bound is 8192, and its expressions for text
 * are quadratic in blank lines: a part of 16 KB of them then takes 200 ms, and a mail can have a thousand.
 */
static const gsize expression_octets = 1024;

/*
 * Octets that it looks at to tell text from other data. For each it takes four of fresh memory, for each part anew:
 * with its own bound, 64 KB, these were a tenth of all pages that a worker touched. What follows up to that bound is
 * looked at here.
 */
static const gsize encoding_octets = 16384, text_octets = 65536;

/* Octets of a text in which it looks for markup, and for documents that begin further on. */
static const gsize sign_octets = 4096;

/* The cookie: opened before confinement since it reads files, inherited by every worker. */
static magic_t cookie;

gboolean mg_identify_warm(GError **error) {
        if (cookie != NULL)
                return TRUE;
        cookie = magic_open(MAGIC_MIME_TYPE | MAGIC_NO_CHECK_COMPRESS);
        if (cookie != NULL && magic_setparam(cookie, MAGIC_PARAM_REGEX_MAX, &expression_octets) == 0 &&
            magic_setparam(cookie, MAGIC_PARAM_ENCODING_MAX, &encoding_octets) == 0 && magic_load(cookie, NULL) == 0) {
                /* Once through, so that what libmagic builds at first use is shared by all workers. */
                g_free(mg_identify("text", 4));
                return TRUE;
        }
        g_set_error(error, MG_ERROR, MG_ERROR_SYSTEM, "cannot load the magic database: %s",
                    cookie != NULL ? magic_error(cookie) : "out of memory");
        g_clear_pointer(&cookie, magic_close);
        return FALSE;
}

/* Whether libmagic has found no more than what a file is made of. */
static gboolean says_little(const char *type) {
        static const char *const little[] = {
                "application/octet-stream",  "text/plain",        "application/x-ole-storage", "application/cdfv2",
                "application/cdfv2-corrupt", "application/x-cdf", "application/vnd.ms-office", NULL};
        return g_strv_contains(little, type);
}

/*
 * Whether a text begins with a word as sentences do. Not what begins with a field of a header, the line between the
 * mails of a folder or that of a file; and not the languages that have signs there.
 */
static gboolean begins_as_prose(const char *s, gsize n) {
        static const char *const others[] = {"From ", "begin "};
        gsize word = 0;

        for (gsize i = 0; i < G_N_ELEMENTS(others); i++)
                if (n >= strlen(others[i]) && memcmp(s, others[i], strlen(others[i])) == 0)
                        return FALSE;
        while (word < n && g_ascii_isdigit(s[word]))
                word++;
        /* "11月25日": a date, or a number of something. */
        if (word > 0)
                return word < n && ((guint8)s[word] >= 0x80 || s[word] == '\033');
        while (word < n && g_ascii_isalpha(s[word]))
                word++;
        return word > 0 && word < n && memchr(" ,.!?'\r\n", s[word], 8) != NULL;
}

/* Whether "<" begins markup, of which libmagic knows some by their first elements. Not an address or a link in
 * brackets, and not the octets of ISO-2022-JP, where "<" and most other signs are halves of characters. */
static gboolean is_tag(const char *s, gsize n) {
        static const char *const names[] = {"!--",  "!doctype", "% ",   "%@",    "?=",   "?php",  "?xml", "a ",
                                            "body", "br>",      "div",  "embed", "font", "form",  "h1",   "head",
                                            "hta:", "html",     "img ", "job",   "link", "meta",  "obje", "p>",
                                            "pack", "script",   "span", "style", "svg",  "table", "title"};

        for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
                if (n > strlen(names[i]) && g_ascii_strncasecmp(s + 1, names[i], strlen(names[i])) == 0)
                        return TRUE;
        return FALSE;
}

/* Whether libmagic could find something that stands further on. */
static gboolean has_signs(const char *s, gsize n) {
        const char *end = s + MIN(n, sign_octets);

        for (const char *at = s; at < end && (at = memchr(at, '<', (gsize)(end - at))) != NULL; at++)
                if (is_tag(at, (gsize)(end - at)))
                        return TRUE;
        return memmem(s, (gsize)(end - s), "%PDF-", 5) != NULL;
}

/* Whether a text is as letters are: it begins in Japanese or with a word, and goes on without markup. */
static gboolean begins_as_letter(const char *s, gsize n) {
        gboolean japanese = n >= 2 && ((guint8)s[0] >= 0x80 || (s[0] == '\033' && s[1] == '$'));

        return (japanese || begins_as_prose(s, n)) && !has_signs(s, n);
}

/* Whether a text begins with a field of a header, RFC 5322 section 2.2, by such a name as fields have. */
static gboolean begins_as_field(const char *s, gsize n) {
        gsize name = 0;

        while (name < n && (g_ascii_isalnum(s[name]) || s[name] == '-'))
                name++;
        return name > 0 && name < n && s[name] == ':';
}

/* Whether there are no control characters but those of texts; *ascii becomes FALSE where there is something else. */
static gboolean has_text_controls(const char *s, gsize n, gboolean *ascii) {
        static const guint32 allowed = 1U << '\t' | 1U << '\n' | 1U << '\r' | 1U << '\f' | 1U << '\033';
        const guint64 ones = G_MAXUINT64 / 255, tops = ones << 7;
        guint64 seen = 0;
        gsize i = 0;

        while (i < n) {
                guint64 eight = 0;
                gsize end = MIN(i + sizeof eight, n);

                memcpy(&eight, s + i, end - i);
                seen |= eight;
                /* Eight at once that are no controls: none of them is less than a blank. */
                if (end - i == sizeof eight && ((eight - ones * ' ') & ~eight & tops) == 0)
                        i = end;
                for (; i < end; i++)
                        if ((guint8)s[i] < ' ' && (allowed >> s[i] & 1) == 0)
                                return FALSE;
        }
        *ascii = (seen & tops) == 0;
        return TRUE;
}

/* What the texts of nearly all mail are claimed to be ("" is nothing), how they begin then, and what they are. */
static const struct {
        const char *claimed;
        gboolean (*begins)(const char *s, gsize n);
        const char *type;
} claims[] = {
        {"", begins_as_letter, "text/plain"},
        {"text/plain", begins_as_letter, "text/plain"},
        {"message/rfc822", begins_as_field, "message/rfc822"},
        {"message/delivery-status", begins_as_field, "text/plain"},
};

/*
 * What libmagic says of the texts of nearly all mail, or NULL. It takes a millisecond to find that Japanese text is
 * text, half of all that reading such a mail costs: it compiles an expression for each language of programs.
 */
static const char *common_text(const char *s, gsize n, const char *claimed) {
        static const char *const pages[] = {"<!doctype html", "<html"};
        const char *end;

        gboolean ascii = TRUE;
        if (!has_text_controls(s, n, &ascii))
                return NULL;
        /* A character may be cut at the end of what is looked at. */
        if (!ascii && !g_utf8_validate_len(s, n, &end) && (gsize)(end - s) + 4 <= n)
                return NULL;
        if (n >= 3 && memcmp(s, "\xEF\xBB\xBF", 3) == 0) {
                s += 3;
                n -= 3;
        }
        for (; n > 0 && g_ascii_isspace(*s); n--)
                s++;
        for (gsize i = 0; i < G_N_ELEMENTS(pages); i++)
                if (n >= strlen(pages[i]) && g_ascii_strncasecmp(s, pages[i], strlen(pages[i])) == 0)
                        return "text/html";
        for (gsize i = 0; i < G_N_ELEMENTS(claims); i++)
                if (strcmp(claimed, claims[i].claimed) == 0 && claims[i].begins(s, n))
                        return claims[i].type;
        return NULL;
}

char *mg_identify_text(const void *data, gsize n, const char *claimed) {
        const char *type = common_text(data, MIN(n, looked_at), claimed);

        return type != NULL ? g_strdup(type) : mg_identify(data, n);
}

/* Whether libmagic would find text here if it looked: no control character but those of texts and terminals. */
static gboolean goes_on_as_text(const char *s, gsize n) {
        for (gsize i = 0; i < n; i++)
                if (((guint8)s[i] < ' ' && (s[i] < '\a' || s[i] > '\r') && s[i] != '\033') || s[i] == 0x7F)
                        return FALSE;
        return TRUE;
}

/* The same for UTF-16 and UTF-32, whose characters are not octets: known by their first two or four. */
static gboolean has_wide_mark(const char *s, gsize n) {
        return n >= 4 &&
               (memcmp(s, "\xFF\xFE", 2) == 0 || memcmp(s, "\xFE\xFF", 2) == 0 || memcmp(s, "\0\0\xFE\xFF", 4) == 0);
}

/* Whether a type of text is wrong, by what stands where libmagic did not look. */
static gboolean is_no_text(const char *type, const char *data, gsize n) {
        return strcmp(type, "text/plain") == 0 && n > encoding_octets && !has_wide_mark(data, n) &&
               !goes_on_as_text(data + encoding_octets, MIN(n, text_octets) - encoding_octets);
}

/* libmagic's own word, in lower case. */
static char *ask(const char *data, gsize n) {
        const char *found = cookie != NULL ? magic_buffer(cookie, data, n) : NULL;
        g_autofree char *type = g_ascii_strdown(found != NULL ? found : "", -1);

        if (is_no_text(type, data, n))
                return g_strdup("application/octet-stream");
        return type[0] != '\0' && mg_text_is(type, strlen(type), MG_CLASS_MIME) ? g_steal_pointer(&type)
                                                                                : g_strdup("application/octet-stream");
}

/* The same behind a letter, so that nothing is found by where it begins. */
static char *ask_behind_letter(const char *data, gsize n) {
        g_autoptr(GByteArray) behind = g_byte_array_sized_new((guint)n + 1);

        g_byte_array_append(behind, (const guint8 *)"x", 1);
        g_byte_array_append(behind, (const guint8 *)data, (guint)n);
        return ask((const char *)behind->data, behind->len);
}

char *mg_identify(const void *data, gsize n) {
        gsize seen = MIN(n, looked_at);
        g_autofree char *type = ask(data, seen);

        if (mg_spelling_is_doubtful(type, data, seen)) {
                g_free(type);
                type = ask_behind_letter(data, seen);
        }
        const char *word = mg_spelling_of(type, data, seen);
        /* Of what other versions have a word for, and is a text here. */
        if (is_no_text(word, data, seen))
                word = "application/octet-stream";
        const char *better = says_little(word) ? mg_signature_type(data, n) : NULL;
        return g_strdup(better != NULL ? better : word);
}
