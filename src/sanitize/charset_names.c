/* SPDX-License-Identifier: Apache-2.0 */
/*
 * charset_names: the one table of character sets, and the labels that mail gives them
 *
 * Rows follow the Encoding Standard in reading labels as what mailers mean by them (iso-8859-1 as windows-1252, gb2312
 * as GB18030), with the spellings that mail adds. Not here, and so never decoded: UTF-7, ISO-2022-CN, ISO-2022-KR, HZ,
 * EBCDIC and every name that is not in the table (E1, E8, E10).
 */
#include "sanitize/charset_table.h"

static const MgCharsetRow rows[] = {
        {"us-ascii", "usascii", NULL, MG_KIND_ASCII, 0, TRUE},
        {"utf-8", "utf8", NULL, MG_KIND_UTF_8, 0, FALSE},
        {"utf-16", "utf16", NULL, MG_KIND_UTF_16, MG_ENDIAN_UNKNOWN, FALSE},
        {"utf-16be", "utf16be", NULL, MG_KIND_UTF_16, MG_ENDIAN_BIG, FALSE},
        {"utf-16le", "utf16le", NULL, MG_KIND_UTF_16, MG_ENDIAN_LITTLE, FALSE},
        {"utf-32", "utf32", NULL, MG_KIND_UTF_32, MG_ENDIAN_UNKNOWN, FALSE},
        {"utf-32be", "utf32be", NULL, MG_KIND_UTF_32, MG_ENDIAN_BIG, FALSE},
        {"utf-32le", "utf32le", NULL, MG_KIND_UTF_32, MG_ENDIAN_LITTLE, FALSE},
        {"iso-2022-jp", "iso2022jp", NULL, MG_KIND_JIS, 0, FALSE},
        {"euc-jp", "eucjp", NULL, MG_KIND_EUC_JP, 0, FALSE},
        {"shift_jis", "shiftjis", "CP932", MG_KIND_DOUBLE, 0, FALSE},
        {"gb18030", "gb18030", "GB18030", MG_KIND_DOUBLE, 0, FALSE},
        {"big5", "big5", "BIG5-HKSCS", MG_KIND_DOUBLE, 0, FALSE},
        {"euc-kr", "euckr", "CP949", MG_KIND_DOUBLE, 0, FALSE},
        {"iso-8859-1", "iso88591", "CP1252", MG_KIND_SINGLE, 0, TRUE},
        {"windows-1252", "windows1252", "CP1252", MG_KIND_SINGLE, 0, TRUE},
        {"iso-8859-2", "iso88592", "ISO-8859-2", MG_KIND_SINGLE, 0, FALSE},
        {"iso-8859-3", "iso88593", "ISO-8859-3", MG_KIND_SINGLE, 0, FALSE},
        {"iso-8859-4", "iso88594", "ISO-8859-4", MG_KIND_SINGLE, 0, FALSE},
        {"iso-8859-5", "iso88595", "ISO-8859-5", MG_KIND_SINGLE, 0, FALSE},
        {"iso-8859-6", "iso88596", "ISO-8859-6", MG_KIND_SINGLE, 0, FALSE},
        {"iso-8859-7", "iso88597", "ISO-8859-7", MG_KIND_SINGLE, 0, FALSE},
        {"iso-8859-8", "iso88598", "ISO-8859-8", MG_KIND_SINGLE, 0, FALSE},
        {"iso-8859-9", "iso88599", "CP1254", MG_KIND_SINGLE, 0, FALSE},
        {"iso-8859-10", "iso885910", "ISO-8859-10", MG_KIND_SINGLE, 0, FALSE},
        {"iso-8859-11", "iso885911", "CP874", MG_KIND_SINGLE, 0, FALSE},
        {"iso-8859-13", "iso885913", "ISO-8859-13", MG_KIND_SINGLE, 0, FALSE},
        {"iso-8859-14", "iso885914", "ISO-8859-14", MG_KIND_SINGLE, 0, FALSE},
        {"iso-8859-15", "iso885915", "ISO-8859-15", MG_KIND_SINGLE, 0, FALSE},
        {"iso-8859-16", "iso885916", "ISO-8859-16", MG_KIND_SINGLE, 0, FALSE},
        {"tis-620", "tis620", "CP874", MG_KIND_SINGLE, 0, FALSE},
        {"windows-874", "windows874", "CP874", MG_KIND_SINGLE, 0, FALSE},
        {"windows-1250", "windows1250", "CP1250", MG_KIND_SINGLE, 0, FALSE},
        {"windows-1251", "windows1251", "CP1251", MG_KIND_SINGLE, 0, FALSE},
        {"windows-1253", "windows1253", "CP1253", MG_KIND_SINGLE, 0, FALSE},
        {"windows-1254", "windows1254", "CP1254", MG_KIND_SINGLE, 0, FALSE},
        {"windows-1255", "windows1255", "CP1255", MG_KIND_SINGLE, 0, FALSE},
        {"windows-1256", "windows1256", "CP1256", MG_KIND_SINGLE, 0, FALSE},
        {"windows-1257", "windows1257", "CP1257", MG_KIND_SINGLE, 0, FALSE},
        {"windows-1258", "windows1258", "CP1258", MG_KIND_SINGLE, 0, FALSE},
        {"koi8-r", "koi8r", "KOI8-R", MG_KIND_SINGLE, 0, FALSE},
        {"koi8-u", "koi8u", "KOI8-U", MG_KIND_SINGLE, 0, FALSE},
        {"ibm850", "ibm850", "IBM850", MG_KIND_SINGLE, 0, FALSE, TRUE},
        {"ibm866", "ibm866", "IBM866", MG_KIND_SINGLE, 0, FALSE, TRUE},
        {"macintosh", "macintosh", "MACINTOSH", MG_KIND_SINGLE, 0, FALSE, TRUE},
        {"x-mac-cyrillic", "xmaccyrillic", "MAC-CYRILLIC", MG_KIND_SINGLE, 0, FALSE, TRUE},
};

/* Labels beside the canonical names. Labels are compared by their letters, digits and $ alone, in lower case. */
typedef struct Alias {
        const char *label;
        const char *name;
} Alias;

static const Alias aliases[] = {
        {"ascii", "us-ascii"},
        {"ansix341968", "us-ascii"},
        {"iso646us", "us-ascii"},
        {"cp367", "us-ascii"},
        {"ibm367", "us-ascii"},
        {"unicode11utf8", "utf-8"},
        {"uft8", "utf-8"},
        {"cp65001", "utf-8"},
        {"utf8mb4", "utf-8"},
        {"ucs2", "utf-16"},
        {"iso10646ucs2", "utf-16"},
        {"unicode", "utf-16"},
        {"csunicode", "utf-16"},
        {"ucs4", "utf-32"},
        {"iso10646ucs4", "utf-32"},
        {"csiso2022jp", "iso-2022-jp"},
        {"iso2022jp1", "iso-2022-jp"},
        {"iso2022jp2", "iso-2022-jp"},
        {"csiso2022jp2", "iso-2022-jp"},
        {"iso2022jp3", "iso-2022-jp"},
        {"iso2022jp2004", "iso-2022-jp"},
        {"iso2022jpms", "iso-2022-jp"},
        {"iso2022jp$esc", "iso-2022-jp"},
        {"cp50220", "iso-2022-jp"},
        {"cp50221", "iso-2022-jp"},
        {"cp50222", "iso-2022-jp"},
        {"jis", "iso-2022-jp"},
        {"jis7", "iso-2022-jp"},
        {"eucjp", "euc-jp"},
        {"xeucjp", "euc-jp"},
        {"xeuc", "euc-jp"},
        {"eucjpms", "euc-jp"},
        {"eucjpwin", "euc-jp"},
        {"ujis", "euc-jp"},
        {"cp51932", "euc-jp"},
        {"cseucpkdfmtjapanese", "euc-jp"},
        {"extendedunixcodepackedformatforjapanese", "euc-jp"},
        {"sjis", "shift_jis"},
        {"xsjis", "shift_jis"},
        {"mskanji", "shift_jis"},
        {"csshiftjis", "shift_jis"},
        {"xshiftjis", "shift_jis"},
        {"windows31j", "shift_jis"},
        {"cswindows31j", "shift_jis"},
        {"cp932", "shift_jis"},
        {"ms932", "shift_jis"},
        {"xmscp932", "shift_jis"},
        {"ibm943", "shift_jis"},
        {"cp943", "shift_jis"},
        {"gb2312", "gb18030"},
        {"csgb2312", "gb18030"},
        {"gb231280", "gb18030"},
        {"csiso58gb231280", "gb18030"},
        {"isoir58", "gb18030"},
        {"euccn", "gb18030"},
        {"gbk", "gb18030"},
        {"xgbk", "gb18030"},
        {"cp936", "gb18030"},
        {"ms936", "gb18030"},
        {"windows936", "gb18030"},
        {"chinese", "gb18030"},
        {"gb", "gb18030"},
        {"big5hkscs", "big5"},
        {"cnbig5", "big5"},
        {"csbig5", "big5"},
        {"xxbig5", "big5"},
        {"xbig5", "big5"},
        {"big5eten", "big5"},
        {"cp950", "big5"},
        {"windows950", "big5"},
        {"ksc56011987", "euc-kr"},
        {"ksc56011989", "euc-kr"},
        {"ksc5601", "euc-kr"},
        {"csksc56011987", "euc-kr"},
        {"cseuckr", "euc-kr"},
        {"isoir149", "euc-kr"},
        {"korean", "euc-kr"},
        {"cp949", "euc-kr"},
        {"ms949", "euc-kr"},
        {"uhc", "euc-kr"},
        {"windows949", "euc-kr"},
        {"xwindows949", "euc-kr"},
        {"latin1", "iso-8859-1"},
        {"l1", "iso-8859-1"},
        {"isoir100", "iso-8859-1"},
        {"csisolatin1", "iso-8859-1"},
        {"iso885911987", "iso-8859-1"},
        {"cp819", "iso-8859-1"},
        {"ibm819", "iso-8859-1"},
        {"88591", "iso-8859-1"},
        {"cp1252", "windows-1252"},
        {"xcp1252", "windows-1252"},
        {"ansi", "windows-1252"},
        {"latin2", "iso-8859-2"},
        {"l2", "iso-8859-2"},
        {"csisolatin2", "iso-8859-2"},
        {"iso885921987", "iso-8859-2"},
        {"latin3", "iso-8859-3"},
        {"latin4", "iso-8859-4"},
        {"cyrillic", "iso-8859-5"},
        {"csisolatincyrillic", "iso-8859-5"},
        {"iso885951988", "iso-8859-5"},
        {"arabic", "iso-8859-6"},
        {"iso88596e", "iso-8859-6"},
        {"iso88596i", "iso-8859-6"},
        {"iso885961987", "iso-8859-6"},
        {"greek", "iso-8859-7"},
        {"greek8", "iso-8859-7"},
        {"elot928", "iso-8859-7"},
        {"iso885971987", "iso-8859-7"},
        {"hebrew", "iso-8859-8"},
        {"iso88598e", "iso-8859-8"},
        {"iso88598i", "iso-8859-8"},
        {"iso885981988", "iso-8859-8"},
        {"logical", "iso-8859-8"},
        {"visual", "iso-8859-8"},
        {"latin5", "iso-8859-9"},
        {"csisolatin5", "iso-8859-9"},
        {"iso885991989", "iso-8859-9"},
        {"latin6", "iso-8859-10"},
        {"latin7", "iso-8859-13"},
        {"latin8", "iso-8859-14"},
        {"latin9", "iso-8859-15"},
        {"latin10", "iso-8859-16"},
        {"dos874", "windows-874"},
        {"cp874", "windows-874"},
        {"tis6202533", "tis-620"},
        {"tis62025291", "tis-620"},
        {"cp1250", "windows-1250"},
        {"xcp1250", "windows-1250"},
        {"cp1251", "windows-1251"},
        {"xcp1251", "windows-1251"},
        {"win1251", "windows-1251"},
        {"unicode20utf8", "utf-8"},
        {"xunicode20utf8", "utf-8"},
        {"isoir101", "iso-8859-2"},
        {"csisolatin3", "iso-8859-3"},
        {"isoir109", "iso-8859-3"},
        {"iso885931988", "iso-8859-3"},
        {"l3", "iso-8859-3"},
        {"csisolatin4", "iso-8859-4"},
        {"isoir110", "iso-8859-4"},
        {"iso885941988", "iso-8859-4"},
        {"l4", "iso-8859-4"},
        {"isoir144", "iso-8859-5"},
        {"asmo708", "iso-8859-6"},
        {"csiso88596e", "iso-8859-6"},
        {"csiso88596i", "iso-8859-6"},
        {"csisolatinarabic", "iso-8859-6"},
        {"ecma114", "iso-8859-6"},
        {"isoir127", "iso-8859-6"},
        {"csisolatingreek", "iso-8859-7"},
        {"ecma118", "iso-8859-7"},
        {"isoir126", "iso-8859-7"},
        {"suneugreek", "iso-8859-7"},
        {"csiso88598e", "iso-8859-8"},
        {"csisolatinhebrew", "iso-8859-8"},
        {"isoir138", "iso-8859-8"},
        {"csiso88598i", "iso-8859-8"},
        {"csisolatin6", "iso-8859-10"},
        {"isoir157", "iso-8859-10"},
        {"l6", "iso-8859-10"},
        {"csisolatin9", "iso-8859-15"},
        {"l9", "iso-8859-15"},
        {"xcp1253", "windows-1253"},
        {"xcp1254", "windows-1254"},
        {"isoir148", "iso-8859-9"},
        {"l5", "iso-8859-9"},
        {"xcp1255", "windows-1255"},
        {"xcp1256", "windows-1256"},
        {"xcp1257", "windows-1257"},
        {"xcp1258", "windows-1258"},
        {"xmacukrainian", "x-mac-cyrillic"},
        {"unicodefffe", "utf-16be"},
        {"unicodefeff", "utf-16le"},
        {"cp1253", "windows-1253"},
        {"cp1254", "windows-1254"},
        {"cp1255", "windows-1255"},
        {"cp1256", "windows-1256"},
        {"cp1257", "windows-1257"},
        {"cp1258", "windows-1258"},
        {"koi", "koi8-r"},
        {"koi8", "koi8-r"},
        {"cskoi8r", "koi8-r"},
        {"koi8ru", "koi8-u"},
        {"850", "ibm850"},
        {"cp850", "ibm850"},
        {"866", "ibm866"},
        {"cp866", "ibm866"},
        {"csibm866", "ibm866"},
        {"mac", "macintosh"},
        {"macroman", "macintosh"},
        {"xmacroman", "macintosh"},
        {"csmacintosh", "macintosh"},
};

#define LABEL_MAX 48 /* longer than any label of the table */

/*
 * Letters and digits of a label in lower case, up to what cannot belong to a name ("utf-8;foo"). FALSE where it is too
 * long or empty.
 */
static gboolean squeeze(const char *label, char out[LABEL_MAX]) {
        gsize n = 0;
        while (*label == ' ' || *label == '\t' || *label == '"' || *label == '\'' || *label == '\\')
                label++;
        if (g_ascii_strncasecmp(label, "charset=", 8) == 0) /* written twice: charset="charset=utf-8" */
                label += 8;
        for (; *label != '\0' && strchr(";,\"'\\\r\n\t<>", *label) == NULL; label++) {
                if (!g_ascii_isalnum(*label) && *label != '$')
                        continue;
                if (n + 1 >= LABEL_MAX)
                        return FALSE;
                out[n++] = g_ascii_tolower(*label);
        }
        out[n] = '\0';
        return n > 0;
}

const MgCharsetRow *mg_charset_rows(gsize *n) {
        *n = G_N_ELEMENTS(rows);
        return rows;
}

const MgCharsetRow *mg_charset_row(const char *label) {
        char key[LABEL_MAX];
        const char *name = NULL;
        if (label == NULL || !squeeze(label, key))
                return NULL;
        for (gsize i = 0; i < G_N_ELEMENTS(aliases) && name == NULL; i++)
                if (strcmp(aliases[i].label, key) == 0)
                        name = aliases[i].name;
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                if (name != NULL ? strcmp(rows[i].name, name) == 0 : strcmp(rows[i].key, key) == 0)
                        return &rows[i];
        return NULL;
}
