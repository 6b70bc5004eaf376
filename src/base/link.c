/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link: what mail clients would make clickable in plain text, made inert, and looked for
 *
 * mg_link_defang() walks forward once and rewrites; mg_link_find_live() looks at separators one after the other and
 * judges each by its surroundings. They share the tables and nothing else, so that a slip in one shows in the other.
 * Knows no list of top-level domains in ASCII: any word of letters after a dot could be one tomorrow, so it is taken
 * for one unless it is a well-known file extension. Those in other scripts are a table, for Japanese has words after
 * dots without a blank between. Does not read percent-encoding, resolves nothing, and does not say whether a link is
 * good.
 *
 * Where a dot is live:
 * - in a URL's authority (after "://", up to / ? # \ a blank or what no authority has): before more of the authority;
 * - after "www" or "ftp" that begin a word: before a letter or digit;
 * - elsewhere: after a letter, digit, - _ or non-ASCII character, before two or more ASCII letters with no digit after
 *   them (clients stop at the top-level domain in foo.com-bar) that are no file extension, before xn--, or before a
 *   top-level domain of another script, whatever follows that; not within a mail address, whose domain must have a dot
 *   and a top-level domain of its own: in evil.com@x clients see a host.
 */
#include "base/link.h"

#include <stdlib.h>
#include <string.h>

#include "base/link_private.h"

/*
 * File extensions that are no top-level domain of the root zone. Left out because they are one: zip, mov, dot, ott,
 * one, pub, app, py, sh, md, rs, do, pl, ps, so, cc, ai, and whatever else of two letters is a country.
 */
static const char *const extensions[] = {
        "asp",  "aspx", "avi",  "bak",  "bat",  "bin",  "bmp",  "cer",  "cfg", "chm", "class", "conf", "cpl",  "css",
        "csv",  "dat",  "dic",  "dll",  "doc",  "docm", "docx", "dotx", "dwg", "dxf", "eml",   "emf",  "eps",  "exe",
        "gif",  "gz",   "hta",  "htm",  "html", "ics",  "ini",  "iso",  "jar", "jaw", "jbw",   "jpeg", "jpg",  "js",
        "json", "jsp",  "jtd",  "jtdc", "jtt",  "jww",  "key",  "lnk",  "log", "lzh", "mdb",   "mht",  "mpg",  "msg",
        "msi",  "odp",  "ods",  "odt",  "oft",  "ots",  "pdf",  "php",  "png", "ppa", "pps",   "ppsx", "ppt",  "pptm",
        "pptx", "pst",  "rar",  "rtf",  "scr",  "sfc",  "svg",  "swf",  "sxw", "tar", "tgz",   "tif",  "tiff", "tmp",
        "tsv",  "txt",  "vbs",  "vcf",  "vsd",  "vsdx", "wav",  "wma",  "wmf", "wmv", "wsf",   "xbd",  "xdw",  "xla",
        "xls",  "xlsb", "xlsm", "xlsx", "xlt",  "xltx", "xml",  "xps",  "xsd", "xsl", "yaml",  "yml",
};

/*
 * The top-level domains of the root zone that are not written in ASCII (as of February 2023), in lower case, in the
 * order of their octets. Those that begin with another one are left out, for beginnings are compared. Of those that
 * begin with ASCII letters each has two of them before the first other one, and is live without a row.
 */
static const char *const idn_top_level[] = {
        "ελ",      "ευ",           "бг",        "бел",      "дети",     "ею",       "католик",  "ком",      "мкд",
        "мон",     "москва",       "онлайн",    "орг",      "рус",      "рф",       "сайт",     "срб",      "укр",
        "қаз",     "հայ",          "ישראל",     "קום",      "ابوظبي",   "اتصالات",  "ارامكو",   "الاردن",   "البحرين",
        "الجزائر", "السعودية",     "السعوديه",  "السعودیة", "السعودیۃ", "العليان",  "المغرب",   "اليمن",    "امارات",
        "ايران",   "ایران",        "بارت",      "بازار",    "بيتك",     "بھارت",    "تونس",     "سودان",    "سوريا",
        "سورية",   "شبكة",         "عراق",      "عرب",      "عمان",     "فلسطين",   "قطر",      "كاثوليك",  "كوم",
        "مصر",     "مليسيا",       "موريتانيا", "موقع",     "همراه",    "پاكستان",  "پاکستان",  "ڀارت",     "कॉम",
        "नेट",      "भारत",         "भारोत",     "संगठन",     "বাংলা",    "ভারত",     "ভাৰত",     "ਭਾਰਤ",     "ભારત",
        "ଭାରତ",    "இந்தியா",       "இலங்கை",     "சிங்கப்பூர்", "భారత్",      "ಭಾರತ",     "ഭാരതം",    "ලංකා",     "คอม",
        "ไทย",     "ລາວ",          "გე",        "みんな",   "アマゾン", "クラウド", "グーグル", "コム",     "ストア",
        "セール",  "ファッション", "ポイント",  "世界",     "中信",     "中国",     "中國",     "中文网",   "亚马逊",
        "企业",    "佛山",         "信息",      "健康",     "八卦",     "公司",     "公益",     "台湾",     "台灣",
        "商城",    "商店",         "商标",      "嘉里",     "在线",     "大拿",     "天主教",   "娱乐",     "家電",
        "广东",    "微博",         "慈善",      "我爱你",   "手机",     "招聘",     "政务",     "政府",     "新加坡",
        "新闻",    "时尚",         "書籍",      "机构",     "淡马锡",   "游戏",     "澳門",     "澳门",     "点看",
        "移动",    "组织机构",     "网址",      "网店",     "网站",     "网络",     "联通",     "臺灣",     "谷歌",
        "购物",    "通販",         "集团",      "電訊盈科", "飞利浦",   "食品",     "餐厅",     "香格里拉", "香港",
        "닷넷",    "닷컴",         "삼성",      "한국",
};

static gboolean is_word(guint8 c) {
        return g_ascii_isalnum(c) || c == '-' || c == '_';
}

static gboolean is_scheme_char(guint8 c) {
        return g_ascii_isalnum(c) || c == '+' || c == '.' || c == '-';
}

static gboolean is_extension(const guint8 *s, gsize n) {
        for (gsize i = 0; i < G_N_ELEMENTS(extensions); i++)
                if (strlen(extensions[i]) == n && g_ascii_strncasecmp(extensions[i], (const char *)s, n) == 0)
                        return TRUE;
        return FALSE;
}

/* How long a full-width dot at s is: 。(U+3002) ．(U+FF0E) ｡(U+FF61), or 0. */
static gsize wide_dot(const guint8 *s, gsize n) {
        if (n < 3 || (s[0] != 0xE3 && s[0] != 0xEF))
                return 0;
        return memcmp(s, "。", 3) == 0 || memcmp(s, "．", 3) == 0 || memcmp(s, "｡", 3) == 0 ? 3 : 0;
}

/* A full stop that ends a sentence, not a label: 。 or ｡ with no ASCII letter or digit after it. */
static gboolean is_full_stop(const guint8 *s, gsize n) {
        return wide_dot(s, n) > 0 && memcmp(s, "．", 3) != 0 && (n == 3 || !g_ascii_isalnum(s[3]));
}

/* Whether an authority goes on at s. */
gboolean mg_link_in_authority(const guint8 *s, gsize n) {
        if (n > 0 && g_ascii_isalnum(s[0]))
                return TRUE;
        return !mg_link_is_blank(s, n) && !strchr("/?#\\<>\"{}|^`", s[0]) && s[0] != 0x7F && !is_full_stop(s, n);
}

static gsize run_of_backslashes(const guint8 *s, gsize n) {
        gsize i = 0;

        while (i < n && s[i] == '\\')
                i++;
        return i;
}

/* A run of two or more backslashes of this length at s and something after it that could be a host. */
static gboolean is_unc(const guint8 *s, gsize n, gsize run) {
        return run >= 2 && !mg_link_is_blank(s + run, n - run) && s[run] != ']';
}

/* --- the rewriting: one walk forward ------------------------------------------------------------------------------ */

typedef struct Walk {
        const guint8 *s;
        gsize n;
        gsize at;
        GString *out;
        gsize scheme;       /* where the run of scheme characters that ends here began */
        gsize word;         /* the same for letters, digits and hyphens */
        gsize mail_end;     /* end of the mail address that we are in, or 0 */
        gsize mail_looked;  /* up to here no further look for a mail address is due */
        gboolean authority; /* we are in one */
} Walk;

static gboolean is_mail_char(guint8 c) {
        return g_ascii_isalnum(c) || c == '.' || c == '_' || c == '%' || c == '+' || c == '-';
}

/* Whether "www" or "ftp" as a word of its own ends before dot. */
static gboolean after_www(const guint8 *s, gsize dot) {
        return dot >= 3 &&
               (g_ascii_strncasecmp((const char *)s + dot - 3, "www", 3) == 0 ||
                g_ascii_strncasecmp((const char *)s + dot - 3, "ftp", 3) == 0) &&
               (dot == 3 || !g_ascii_isalnum(s[dot - 4]));
}

/* A dot after "www" with a name after it: live even where it stands in what looks like a mail address. */
static gboolean is_www_dot(const guint8 *s, gsize n, gsize dot) {
        return after_www(s, dot) && dot + 1 < n &&
               (g_ascii_isalnum(s[dot + 1]) || (s[dot + 1] >= 0x80 && !mg_link_is_blank(s + dot + 1, n - dot - 1)));
}

static int compare_names(const void *a, const void *b) {
        return strcmp(a, *(const char *const *)b);
}

/* Whether [s, s+n) begins with a top-level domain of another script: looks up beginnings, one character longer each. */
static gboolean begins_idn(const guint8 *s, gsize n) {
        char name[64];
        gsize length = 0;

        while (n > 0 && *s >= 0x80 && length + 8 < sizeof name) {
                gunichar c = g_utf8_get_char_validated((const char *)s, (gssize)n);

                if (c >= (gunichar)-2)
                        return FALSE;
                length += (gsize)g_unichar_to_utf8(g_unichar_tolower(c), name + length);
                name[length] = '\0';
                if (bsearch(name, idn_top_level, G_N_ELEMENTS(idn_top_level), sizeof *idn_top_level, compare_names))
                        return TRUE;
                s += g_unichar_to_utf8(c, NULL);
                n -= (gsize)g_unichar_to_utf8(c, NULL);
        }
        return FALSE;
}

/* Whether what follows a dot could be a top-level domain. */
static gboolean is_top_level(const guint8 *s, gsize n) {
        gsize i = 0;

        if (n > 4 && g_ascii_strncasecmp((const char *)s, "xn--", 4) == 0)
                return TRUE;
        while (i < n && g_ascii_isalpha(s[i]))
                i++;
        if (i == 0)
                return begins_idn(s, n);
        return i >= 2 && (i == n || !g_ascii_isdigit(s[i])) && !is_extension(s, i);
}

/*
 * How much of [s, s+n), letters, digits, dots and hyphens, is the domain of a mail address: all but dots at the end,
 * where its labels begin and end with a letter or digit and the last of at least two is a top-level domain; else 0.
 */
static gsize mail_domain(const guint8 *s, gsize n) {
        gsize label = 0;

        while (n > 0 && s[n - 1] == '.')
                n--;
        for (gsize i = 0; i < n; i++) {
                gboolean edge = i == label || i + 1 == n || s[i + 1] == '.';

                if (s[i] == '.' ? i == label : edge && s[i] == '-')
                        return 0;
                if (s[i] == '.')
                        label = i + 1;
        }
        if (label == 0 || !is_top_level(s + label, n - label))
                return 0;
        for (gsize i = label; i < n; i++)
                if (s[i] == '-' && g_ascii_strncasecmp((const char *)s + label, "xn--", 4) != 0)
                        return 0;
        return n;
}

/* At the beginning of a run of mail characters: is it a mail address that can stand? Remembers how far it looked. */
static void look_for_mail(Walk *walk) {
        const guint8 *s = walk->s;
        gsize start = walk->at, at = start, end;

        while (at < walk->n && is_mail_char(s[at]))
                at++;
        walk->mail_looked = at;
        walk->mail_end = 0;
        if (at == start || at == walk->n || s[at] != '@')
                return;
        if (start > 0 && (s[start - 1] == '/' || s[start - 1] == '\\' || s[start - 1] == '@'))
                return;
        end = at + 1;
        while (end < walk->n && (g_ascii_isalnum(s[end]) || s[end] == '.' || s[end] == '-'))
                end++;
        if ((end < walk->n && strchr("_%+@/:\\", s[end]) && s[end] != '\0') || memchr(s + start, '%', at - start))
                return;
        walk->mail_looked = end;
        end = at + 1 + mail_domain(s + at + 1, end - at - 1);
        if (end == at + 1)
                return;
        for (gsize i = start; i < end; i++)
                if (s[i] == '.' && is_www_dot(s, walk->n, i))
                        return;
        walk->mail_end = end;
}

static gboolean dot_is_live(const Walk *walk) {
        const guint8 *s = walk->s, *next = s + walk->at + 1;
        gsize left = walk->n - walk->at - 1;

        if (is_www_dot(s, walk->n, walk->at))
                return TRUE;
        if (walk->authority)
                return mg_link_in_authority(next, left) && next[0] != '.' && next[0] != '[' && next[0] != ']';
        if (walk->at < walk->mail_end || walk->at == 0)
                return FALSE;
        if (!is_word(s[walk->at - 1]) && s[walk->at - 1] < 0x80)
                return FALSE;
        return is_top_level(next, left);
}

static void walk_dot(Walk *walk) {
        g_string_append(walk->out, dot_is_live(walk) ? "[.]" : ".");
        walk->at++;
}

/*
 * A full-width dot: in an authority it parts labels as "." does. A variation selector after it would be left without
 * its base.
 */
static void walk_wide_dot(Walk *walk) {
        const guint8 *s = walk->s + walk->at;
        gsize left = walk->n - walk->at;

        walk->at += 3;
        if (!(walk->authority && mg_link_in_authority(s + 3, left - 3) && s[3] != '[') &&
            !(after_www(walk->s, walk->at - 3) && left > 3 && g_ascii_isalnum(s[3]))) {
                g_string_append_len(walk->out, (const char *)s, 3);
                return;
        }
        g_string_append(walk->out, "[.]");
        if (left >= 6 && s[3] == 0xEF && s[4] == 0xB8 && s[5] >= 0x80 && s[5] <= 0x8F)
                walk->at += 3;
}

/* http -> hxxp, https -> hxxps, ftp -> fxp: what was written last is the scheme. FALSE where it is another one. */
static gboolean rename_scheme(Walk *walk) {
        const char *scheme = (const char *)walk->s + walk->scheme;
        gsize n = walk->at - walk->scheme;
        char *written = walk->out->str + walk->out->len - n;

        if ((n == 4 || (n == 5 && (scheme[4] | 0x20) == 's')) && g_ascii_strncasecmp(scheme, "http", 4) == 0) {
                written[1] = written[2] = written[1] == 'T' ? 'X' : 'x';
                return TRUE;
        }
        if (n == 3 && g_ascii_strncasecmp(scheme, "ftp", 3) == 0) {
                written[1] = written[1] == 'T' ? 'X' : 'x';
                return TRUE;
        }
        return (n == 4 && g_ascii_strncasecmp(scheme, "hxxp", 4) == 0) ||
               (n == 5 && g_ascii_strncasecmp(scheme, "hxxps", 5) == 0) ||
               (n == 3 && g_ascii_strncasecmp(scheme, "fxp", 3) == 0);
}

static gboolean has_letter(const guint8 *s, gsize n) {
        for (gsize i = 0; i < n; i++)
                if (g_ascii_isalpha(s[i]))
                        return TRUE;
        return FALSE;
}

static void walk_colon(Walk *walk) {
        const guint8 *s = walk->s + walk->at;
        gsize left = walk->n - walk->at;
        gboolean slashes = left >= 3 && s[1] == '/' && s[2] == '/';

        if (slashes && has_letter(walk->s + walk->scheme, walk->at - walk->scheme)) {
                g_string_append(walk->out, rename_scheme(walk) ? "://" : "[:]//");
                walk->at += 3;
                walk->authority = TRUE;
                return;
        }
        switch (mg_link_scheme_before(walk->s, walk->n, walk->word, walk->at)) {
        case STYLE_BRACKET:
                g_string_append(walk->out, "[:]");
                break;
        case STYLE_BLANK:
                g_string_append(walk->out, ": ");
                break;
        case STYLE_NONE:
                g_string_append_c(walk->out, ':');
                break;
        }
        walk->at++;
}

static void walk_backslashes(Walk *walk) {
        const guint8 *s = walk->s + walk->at;
        gsize run = run_of_backslashes(s, walk->n - walk->at);
        gboolean unc = is_unc(s, walk->n - walk->at, run);

        if (unc)
                g_string_append_c(walk->out, '[');
        g_string_append_len(walk->out, (const char *)s, run);
        if (unc)
                g_string_append_c(walk->out, ']');
        walk->at += run;
}

/*
 * How many octets from here on are copied as they are and leave the Walk as the first of them does: the rest of a word
 * in which no mail address is looked for any more, or a text of another script outside of an authority.
 */
static gsize same_run(const Walk *walk) {
        const guint8 *s = walk->s;
        gsize at = walk->at;
        gboolean word = g_ascii_isalnum(s[at]);
        gsize end = word ? walk->mail_looked : walk->authority ? at : walk->n;

        while (at < end && (word ? g_ascii_isalnum(s[at]) : s[at] >= 0x80 && wide_dot(s + at, walk->n - at) == 0))
                at++;
        return at - walk->at;
}

/* One step; whatever is no separator is copied. */
static void walk_step(Walk *walk) {
        const guint8 *s = walk->s + walk->at;
        gsize left = walk->n - walk->at, run;

        if (walk->authority && !mg_link_in_authority(s, left))
                walk->authority = FALSE;
        if (walk->at >= walk->mail_looked && is_mail_char(s[0]))
                look_for_mail(walk);
        if (s[0] == '.') {
                walk_dot(walk);
        } else if (s[0] == ':') {
                walk_colon(walk);
        } else if (s[0] == '\\') {
                walk_backslashes(walk);
        } else if (wide_dot(s, left) > 0) {
                walk_wide_dot(walk);
        } else {
                run = MAX(1, same_run(walk));
                g_string_append_len(walk->out, (const char *)s, (gssize)run);
                walk->at += run;
        }
        /* A run goes on as long as its characters are copied one to one. */
        if (!is_scheme_char(s[0]) || walk->out->str[walk->out->len - 1] == ']')
                walk->scheme = walk->at;
        if (!g_ascii_isalnum(s[0]) && s[0] != '-')
                walk->word = walk->at;
}

/* Whether the Walk could change anything. A full-width dot alone parts nothing but after "www" or "ftp". */
static gboolean may_have_link(const char *s, gsize n) {
        for (const char *c = ":.\\wWpP"; n > 0 && *c; c++)
                if (memchr(s, *c, n))
                        return TRUE;
        return FALSE;
}

char *mg_link_defang(const char *s, gsize n) {
        if (!may_have_link(s, n))
                return g_string_free(g_string_new_len(s, (gssize)n), FALSE); /* with what NULs it has */
        Walk walk = {.s = (const guint8 *)s, .n = n, .out = g_string_sized_new(n + n / 16 + 16)};

        while (walk.at < n)
                walk_step(&walk);
        return g_string_free(walk.out, FALSE);
}

/* --- the looking: each separator by its surroundings -------------------------------------------------------------- */

/*
 * What is known of the text around the separator that is looked at; each part is computed once and used until its
 * end.
 */
typedef struct Look {
        const guint8 *s;
        gsize n;
        gsize authority_end;  /* of the last authority seen */
        gsize atom, atom_end; /* the run of mail characters and "@" around it */
        gsize mail_end;       /* where the address ends that the atom is, or 0 */
} Look;

static gboolean is_atom_char(guint8 c) {
        return c == '@' || is_mail_char(c);
}

/* A top-level domain as the last label of a mail address: nothing after it. */
static gboolean ends_domain(const char *label) {
        if (g_ascii_strncasecmp(label, "xn--", 4) == 0)
                return label[4] != '\0';
        return strlen(label) >= 2 &&
               strspn(label, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == strlen(label) &&
               !is_extension((const guint8 *)label, strlen(label));
}

static gboolean is_mail_domain(const char *domain) {
        g_auto(GStrv) labels = g_strsplit(domain, ".", -1);
        guint n = g_strv_length(labels);

        for (guint i = 0; i < n; i++)
                if (!*labels[i] || *labels[i] == '-' || g_str_has_suffix(labels[i], "-") || strpbrk(labels[i], "_%+"))
                        return FALSE;
        return n >= 2 && ends_domain(labels[n - 1]);
}

/*
 * Where the mail address ends that the atom is, with nothing around it that makes it part of something else; 0 where
 * it is none.
 */
static gsize judge_atom(const Look *look) {
        const guint8 *first = look->s + look->atom, *end = look->s + look->atom_end;
        const guint8 *at = memchr(first, '@', end - first);
        g_autofree char *domain = NULL;

        if (!at || at == first || memchr(at + 1, '@', end - at - 1) || memchr(first, '%', at - first))
                return 0;
        if (look->atom > 0 && (first[-1] == '/' || first[-1] == '\\'))
                return 0;
        if (look->atom_end < look->n && (*end == '/' || *end == '\\' || *end == ':'))
                return 0;
        while (end[-1] == '.')
                end--;
        if (end <= at)
                return 0;
        domain = g_strndup((const char *)at + 1, end - at - 1);
        return is_mail_domain(domain) ? (gsize)(end - look->s) : 0;
}

static void find_atom(Look *look, gsize i) {
        if (i >= look->atom && i < look->atom_end)
                return;
        /* Separators come in order, so that an atom that holds i begins after the one before. */
        look->atom = i;
        while (look->atom > look->atom_end && is_atom_char(look->s[look->atom - 1]))
                look->atom--;
        look->atom_end = i;
        while (look->atom_end < look->n && is_atom_char(look->s[look->atom_end]))
                look->atom_end++;
        look->mail_end = judge_atom(look);
}

/* Backwards from i: how many characters of the kind stand there, at most max. */
static gsize count_back(const guint8 *s, gsize i, gsize max, gboolean (*kind)(guint8)) {
        gsize count = 0;

        while (count < max && count < i && kind(s[i - count - 1]))
                count++;
        return count;
}

static gboolean is_plain_word(guint8 c) {
        return g_ascii_isalnum(c) || c == '-';
}

/* Whether [s, s+n) in any case is one of the three schemes that open nothing. */
static gboolean is_inert_scheme(const guint8 *s, gsize n) {
        g_autofree char *name = g_ascii_strdown((const char *)s, n);

        return g_str_equal(name, "hxxp") || g_str_equal(name, "hxxps") || g_str_equal(name, "fxp");
}

static void find_authority_end(Look *look, gsize i) {
        while (i < look->n && mg_link_in_authority(look->s + i, look->n - i))
                i++;
        look->authority_end = i;
}

static gboolean colon_lives(Look *look, gsize i) {
        const guint8 *s = look->s;

        if (look->n - i >= 3 && s[i + 1] == '/' && s[i + 2] == '/') {
                /* Runs before different "://" cannot overlap: all together are linear. */
                gsize run = count_back(s, i, i, is_scheme_char), letters = 0;

                for (gsize k = i - run; k < i; k++)
                        letters += g_ascii_isalpha(s[k]) ? 1 : 0;
                if (letters > 0) {
                        find_authority_end(look, i + 3);
                        return !is_inert_scheme(s + i - run, MIN(run, 6));
                }
        }
        gsize word = count_back(s, i, MG_LINK_SCHEME_MAX + 1, is_plain_word);
        return mg_link_scheme_before(s, look->n, i - word, i) != STYLE_NONE;
}

/* Whether one of the table stands at the beginning of text: each row is compared, character by character. */
static gboolean idn_lives(const guint8 *text, gsize left) {
        gunichar c0 = g_utf8_get_char_validated((const char *)text, (gssize)left);
        char first[8] = "";

        if (c0 < (gunichar)-2)
                g_unichar_to_utf8(g_unichar_tolower(c0), first);
        for (gsize i = 0; *first && i < G_N_ELEMENTS(idn_top_level); i++) {
                const char *row = idn_top_level[i];
                gsize at = 0;

                if (strncmp(row, first, strlen(first)) != 0)
                        continue;
                while (*row && at < left) {
                        gunichar c = g_utf8_get_char_validated((const char *)text + at, (gssize)(left - at));

                        if (c >= (gunichar)-2 || g_unichar_tolower(c) != g_utf8_get_char(row))
                                break;
                        at += g_unichar_to_utf8(c, NULL);
                        row = g_utf8_next_char(row);
                }
                if (!*row)
                        return TRUE;
        }
        return FALSE;
}

/* The label after a dot: could a resolver's list of top-level domains have it, or its beginning? */
static gboolean label_lives(const guint8 *label, gsize left) {
        gsize letters = 0;

        if (left > 0 && label[0] >= 0x80)
                return idn_lives(label, left);
        if (left > 4 && g_ascii_strncasecmp((const char *)label, "xn--", 4) == 0)
                return TRUE;
        while (letters < left && g_ascii_isalpha(label[letters]))
                letters++;
        if (letters < 2 || is_extension(label, letters))
                return FALSE;
        return letters == left || label[letters] < '0' || label[letters] > '9';
}

static gboolean dot_lives(Look *look, gsize i) {
        const guint8 *s = look->s;
        gsize left = look->n - i - 1;

        if (i >= 3 && left > 0 &&
            (g_ascii_isalnum(s[i + 1]) || (s[i + 1] >= 0x80 && !mg_link_is_blank(s + i + 1, left)))) {
                g_autofree char *before = g_ascii_strdown((const char *)s + i - 3, 3);

                if ((g_str_equal(before, "www") || g_str_equal(before, "ftp")) &&
                    (i == 3 || !g_ascii_isalnum(s[i - 4])))
                        return TRUE;
        }
        if (i < look->authority_end)
                return i + 1 < look->authority_end && !strchr(".[]", s[i + 1]);
        if (i == 0 || (s[i - 1] < 0x80 && !is_word(s[i - 1])))
                return FALSE;
        find_atom(look, i);
        return i >= look->mail_end && label_lives(s + i + 1, left);
}

static gboolean wide_dot_lives(Look *look, gsize i) {
        const guint8 *s = look->s;

        if (i < look->authority_end)
                return i + 3 < look->authority_end && s[i + 3] != '[';
        return i >= 3 && look->n - i > 3 && g_ascii_isalnum(s[i + 3]) && after_www(s, i);
}

gssize mg_link_find_live(const char *text, gsize n) {
        /* What a separator begins with; 0xE3 and 0xEF are of the full-width dots. */
        static const guint8 may_part[256] = {[':'] = 1, ['.'] = 1, ['\\'] = 1, [0xE3] = 1, [0xEF] = 1};
        Look look = {.s = (const guint8 *)text, .n = n};

        for (gsize i = 0; i < n; i++) {
                const guint8 *at = look.s + i;
                gboolean live = FALSE;

                if (!may_part[*at])
                        continue;
                if (*at == ':')
                        live = colon_lives(&look, i);
                else if (*at == '.')
                        live = dot_lives(&look, i);
                else if (*at == '\\' && (i == 0 || at[-1] != '\\'))
                        live = is_unc(at, n - i, run_of_backslashes(at, n - i));
                else if (wide_dot(at, n - i) > 0)
                        live = wide_dot_lives(&look, i);
                if (live)
                        return (gssize)i;
        }
        return -1;
}
