/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signature: first octets of Japanese drawings and documents
 *
 * Asked only where libmagic says too little. Where each row comes from:
 *   JWW    "JwwData.", the eight octets that readers of the format ask for.
 *   JWC    "jw_cad(c)data.", Wikidata Q105857364.
 *   XDW    60 0E 82 01, first octets of DocuWorks 7 and 10 files. XBD has the same head: a binder is named a document.
 *   DXF    AutoCAD's DXF reference: group 0 "SECTION" after comments of group 999; its binary form has a sentinel.
 *   SXF    the SXF specification (SCADEC): an ISO 10303-21 file whose FILE_DESCRIPTION names AP202_mode (P21) or
 *          feature_mode, with features in comments that begin with "/" "*SXF" (SFC); schema ASSOCIATIVE_DRAUGHTING.
 *   LZH    the method "-lh?-" or "-lz?-" at octet 2, header level 0 to 3 at octet 20.
 *   JTD    Ichitaro 8 and later: a compound file with the streams DocumentText and 04 "JSRV_SegmentInformation"; the
 *          compressed JTDC and JTTC have the stream JSCompDocument. Templates (JTT) are built as documents are.
 * Compound files are read after [MS-CFB]; only the part of their sector table that the header lists is followed.
 */
#include "sanitize/signature.h"

#include <string.h>

/* Octets of a text that are searched: the header section of an SXF file, and comments before the first section. */
#define TEXT_OCTETS 4096

/* Entries of a compound file's directory that are looked at: Ichitaro's first streams are among the first. */
#define DIRECTORY_ENTRIES 512

#define ENTRY_OCTETS 128
#define TABLE_SECTORS 109 /* sectors of the sector table that the header has room for */

typedef struct Signature {
        const char *octets;
        gsize n;
        const char *type;
} Signature;

#define ROW(octets, type)                                                                                              \
        { octets, sizeof(octets) - 1, type }

static const Signature first[] = {
        ROW("JwwData.", "application/x-jww"),
        ROW("jw_cad(c)data.", "application/x-jwc"),
        ROW("\x60\x0E\x82\x01", "application/vnd.fujixerox.docuworks"),
        ROW("AutoCAD Binary DXF\r\n\x1A", "image/vnd.dxf"),
};

static gboolean begins(const guint8 *data, gsize n, const char *octets, gsize wanted) {
        return n >= wanted && memcmp(data, octets, wanted) == 0;
}

static gboolean is_lzh(const guint8 *data, gsize n) {
        return n > 20 && (memcmp(data + 2, "-lh", 3) == 0 || memcmp(data + 2, "-lz", 3) == 0) &&
               g_ascii_isalnum((char)data[5]) && data[6] == '-' && data[20] <= 3;
}

/*
 * ---------------------------------------------------------------------------------------------------------------
 * Texts
 * ---------------------------------------------------------------------------------------------------------------
 */

/* The next line without its end and the blanks around it; *line is NULL at the end of the text. */
static gsize next_line(const char **at, const char *end, const char **line) {
        const char *begin = *at, *stop = begin < end ? memchr(begin, '\n', (gsize)(end - begin)) : NULL;
        *line = stop != NULL ? begin : NULL;
        if (stop == NULL)
                return 0;
        *at = stop + 1;
        while (begin < stop && (*begin == ' ' || *begin == '\t'))
                begin++;
        while (begin < stop && g_ascii_isspace(stop[-1]))
                stop--;
        *line = begin;
        return (gsize)(stop - begin);
}

static gboolean is_dxf(const char *text, gsize n) {
        const char *at = text, *end = text + MIN(n, (gsize)TEXT_OCTETS), *code, *value;
        for (;;) {
                gsize wide = next_line(&at, end, &code);
                gsize long_ = next_line(&at, end, &value);
                if (code == NULL || value == NULL)
                        return FALSE;
                if (wide == 3 && memcmp(code, "999", 3) == 0)
                        continue;
                return wide == 1 && *code == '0' && long_ == 7 && memcmp(value, "SECTION", 7) == 0;
        }
}

/* An ISO 10303-21 file, or NULL. */
static const char *exchange_type(const char *text, gsize n) {
        static const char head[] = "ISO-10303-21;";
        gssize most = (gssize)MIN(n, (gsize)TEXT_OCTETS);
        if (!begins((const guint8 *)text, n, head, sizeof head - 1))
                return NULL;
        gboolean is_sxf = g_strstr_len(text, most, "SCADEC level") != NULL;
        if (is_sxf && (g_strstr_len(text, most, " feature_mode'") != NULL || g_strstr_len(text, most, "/*SXF") != NULL))
                return "application/x-sfc";
        if (is_sxf || g_strstr_len(text, most, "ASSOCIATIVE_DRAUGHTING") != NULL)
                return "application/p21";
        return "model/step";
}

/*
 * ---------------------------------------------------------------------------------------------------------------
 * Compound files
 * ---------------------------------------------------------------------------------------------------------------
 */

typedef struct Compound {
        const guint8 *data;
        gsize n;
        guint shift; /* of the size of a sector */
} Compound;

/* 32 bits at offset, or the end of a chain where the file is cut. */
static guint32 number_at(const Compound *file, gsize offset) {
        if (offset > file->n || file->n - offset < 4)
                return G_MAXUINT32;
        const guint8 *p = file->data + offset;
        return (guint32)p[0] | (guint32)p[1] << 8 | (guint32)p[2] << 16 | (guint32)p[3] << 24;
}

static gsize sector_at(const Compound *file, guint32 sector) {
        return ((gsize)sector + 1) << file->shift;
}

static guint32 sector_after(const Compound *file, guint32 sector) {
        guint32 row = sector >> (file->shift - 2);
        guint32 table = row < TABLE_SECTORS ? number_at(file, 76 + 4 * (gsize)row) : G_MAXUINT32;
        guint32 column = sector & ((1U << (file->shift - 2)) - 1);
        return table != G_MAXUINT32 ? number_at(file, sector_at(file, table) + 4 * (gsize)column) : G_MAXUINT32;
}

/* Whether a directory entry is a stream of this name, which is ASCII. */
static gboolean is_stream(const guint8 *entry, const char *name) {
        gsize n = strlen(name);
        if (entry[66] != 2 || entry[64] != 2 * (n + 1) || entry[65] != 0)
                return FALSE;
        for (gsize i = 0; i < n; i++)
                if (entry[2 * i] != (guint8)name[i] || entry[2 * i + 1] != 0)
                        return FALSE;
        return TRUE;
}

/* Looks at no more than DIRECTORY_ENTRIES, so that a chain that turns in a circle ends. */
static gboolean is_ichitaro(const guint8 *data, gsize n) {
        static const char head[] = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";
        if (n < 512 || !begins(data, n, head, sizeof head - 1) || (data[30] != 9 && data[30] != 12) || data[31] != 0)
                return FALSE;
        Compound file = {data, n, data[30]};
        gboolean text = FALSE, segments = FALSE;
        gsize size = (gsize)1 << file.shift, seen = 0;
        for (guint32 sector = number_at(&file, 48); seen < DIRECTORY_ENTRIES; sector = sector_after(&file, sector)) {
                gsize at = sector_at(&file, sector);
                if (at > n || n - at < size)
                        return FALSE;
                for (gsize i = 0; i < size; i += ENTRY_OCTETS, seen++) {
                        if (is_stream(data + at + i, "JSCompDocument"))
                                return TRUE;
                        text |= is_stream(data + at + i, "DocumentText");
                        segments |= is_stream(data + at + i, "\x04JSRV_SegmentInformation");
                }
                if (text && segments)
                        return TRUE;
        }
        return FALSE;
}

const char *mg_signature_type(const void *data, gsize n) {
        for (gsize i = 0; i < G_N_ELEMENTS(first); i++)
                if (begins(data, n, first[i].octets, first[i].n))
                        return first[i].type;
        if (is_lzh(data, n))
                return "application/x-lzh-compressed";
        if (is_ichitaro(data, n))
                return "application/x-js-taro";
        if (is_dxf(data, n))
                return "image/vnd.dxf";
        return exchange_type(data, n);
}
