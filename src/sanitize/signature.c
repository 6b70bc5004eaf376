/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signature: first octets of Japanese drawings and documents, and of S/MIME
 *
 * Asked only where libmagic says too little. Where each row comes from:
 *   JWW    "JwwData.", the eight octets that readers of the format ask for.
 *   JWC    "jw_cad(c)data.", Wikidata Q105857364.
 *   XDW    60 0E 82 01, first octets of DocuWorks 7 and 10 files. XBD has the same head: a binder is named a document.
 *   DXF    AutoCAD's DXF reference: group 0 "SECTION" after comments of group 999; its binary form has a sentinel.
 *   SXF    the SXF specification (SCADEC): an ISO 10303-21 file whose FILE_DESCRIPTION names AP202_mode (P21) or
 *          feature_mode, with features in comments that begin with "/" "*SXF" (SFC); schema ASSOCIATIVE_DRAUGHTING.
 *   WMF    [MS-WMF] 2.3.2.3 and 2.3.2.2: the placeable head, and the head of one in memory of version 3.
 *   LZH    the method "-lh?-" or "-lz?-" at octet 2, header level 0 to 3 at octet 20.
 *   JTD    Ichitaro 8 and later: a compound file with the streams DocumentText and 04 "JSRV_SegmentInformation"; the
 *          compressed JTDC and JTTC have the stream JSCompDocument. Templates (JTT) are built as documents are.
 *   OLE2   the streams that [MS-DOC], [MS-XLS], [MS-PPT], [MS-OXMSG], [MS-OFFCRYPTO] and [MS-OVBA] name.
 *   CMS    RFC 5652; cms.h.
 * Compound files are read after [MS-CFB]; only the part of their sector table that the header lists is followed.
 */
#include "sanitize/signature.h"

#include <string.h>

#include "sanitize/cms.h"

/* Octets of a text that are searched: the header section of an SXF file, and comments before the first section. */
#define TEXT_OCTETS 4096

/* Entries of a compound file's directory that are looked at: Ichitaro's first streams are among the first. */
#define DIRECTORY_ENTRIES 512

#define ENTRY_OCTETS 128
/* Octets of a workbook that are read: its sheets are named in front. */
#define WORKBOOK_OCTETS 16384
#define TABLE_SECTORS 109 /* sectors of the sector table that the header has room for */

typedef struct Signature {
        const char *octets;
        gsize n;
        const char *type;
} Signature;

#define ROW(octets, type) octets, sizeof(octets) - 1, type

static const Signature first[] = {
        {ROW("JwwData.", "application/x-jww")},
        {ROW("jw_cad(c)data.", "application/x-jwc")},
        {ROW("\x60\x0E\x82\x01", "application/vnd.fujixerox.docuworks")},
        {ROW("AutoCAD Binary DXF\r\n\x1A", "image/vnd.dxf")},
        {ROW("\xD7\xCD\xC6\x9A\0\0", "image/wmf")},
        {ROW("\1\0\t\0\0\3", "image/wmf")},
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

/* Whether a directory entry has this name, which is ASCII. */
static gboolean is_named(const guint8 *entry, const char *name) {
        gsize n = strlen(name);
        if (entry[64] != 2 * (n + 1) || entry[65] != 0)
                return FALSE;
        for (gsize i = 0; i < n; i++)
                if (entry[2 * i] != (guint8)name[i] || entry[2 * i + 1] != 0)
                        return FALSE;
        return TRUE;
}

/* [MS-CFB] 2.6.1: what stands in an entry's type. */
#define STORAGE 1
#define STREAM 2

/* What streams and storages are a sign of. */
static const struct {
        const char *name;
        guint8 kind;
        const char *type;
        guint32 flags;
} streams[] = {
        {"JSCompDocument", STREAM, "application/x-js-taro", 0},
        {"EncryptedPackage", STREAM, "application/encrypted", MG_PART_ENCRYPTED},
        {"WordDocument", STREAM, "application/msword", 0},
        {"Workbook", STREAM, "application/vnd.ms-excel", 0},
        {"Book", STREAM, "application/vnd.ms-excel", 0},
        {"PowerPoint Document", STREAM, "application/vnd.ms-powerpoint", 0},
        {"__properties_version1.0", STREAM, "application/vnd.ms-outlook", 0},
        {"VisioDocument", STREAM, "application/vnd.visio", 0},
        {"_VBA_PROJECT", STREAM, NULL, MG_PART_MACRO},
        {"VBA", STORAGE, NULL, MG_PART_MACRO},
        {"Macros", STORAGE, NULL, MG_PART_MACRO},
        {"\1Ole10Native", STREAM, NULL, MG_PART_EMBEDDED},
};

/* The first octets of a stream, at most n; fewer where its chain breaks. 0 for one in the mini stream. */
static gsize first_octets(const Compound *file, const guint8 *entry, guint8 *out, gsize n) {
        Compound row = {entry, ENTRY_OCTETS, 0};
        gsize size = number_at(&row, 120), sector_n = (gsize)1 << file->shift, got = 0;
        if (size < 4096)
                return 0;
        n = MIN(n, size);
        for (guint32 sector = number_at(&row, 116); got < n; sector = sector_after(file, sector)) {
                gsize at = sector_at(file, sector), take = MIN(sector_n, n - got);
                if (at > file->n || file->n - at < take)
                        break;
                memcpy(out + got, file->data + at, take);
                got += take;
        }
        return got;
}

/* [MS-XLS] 2.4.117 FilePass, 2.4.28 BoundSheet8: a sheet of kind 1 holds XLM macros. */
static guint32 workbook_flags(const guint8 *octets, gsize n) {
        guint32 flags = 0;
        for (gsize at = 0; n - at >= 4;) {
                guint id = octets[at] | (guint)octets[at + 1] << 8;
                gsize size = octets[at + 2] | (gsize)octets[at + 3] << 8;
                flags |= id == 0x2F ? MG_PART_ENCRYPTED : 0;
                flags |= id == 0x85 && size >= 6 && n - at >= 10 && octets[at + 9] == 1 ? MG_PART_MACRO : 0;
                if (size > n - at - 4)
                        return flags;
                at += 4 + size;
        }
        return flags;
}

/* [MS-DOC] 2.5.2 FibBase: bit 8 of the flags at octet 10. */
static guint32 document_flags(const guint8 *octets, gsize n) {
        return n > 12 && octets[11] & 1 ? MG_PART_ENCRYPTED : 0;
}

static guint32 look_inside(const Compound *file, const guint8 *entry) {
        guint8 octets[WORKBOOK_OCTETS];
        gsize n;
        gboolean workbook = is_named(entry, "Workbook") || is_named(entry, "Book");
        if (entry[66] != STREAM || (!workbook && !is_named(entry, "WordDocument")))
                return 0;
        n = first_octets(file, entry, octets, sizeof octets);
        if (n == 0)
                return MG_PART_UNSEEN;
        return workbook ? workbook_flags(octets, n) : document_flags(octets, n);
}

/* What one entry of the directory says; the row of streams that stands first names the file. */
static void read_entry(const Compound *file, const guint8 *entry, gsize *row, guint32 *flags) {
        for (gsize i = 0; i < G_N_ELEMENTS(streams); i++) {
                if (entry[66] != streams[i].kind || !is_named(entry, streams[i].name))
                        continue;
                *flags |= streams[i].flags;
                if (streams[i].type != NULL)
                        *row = MIN(*row, i);
        }
        *flags |= look_inside(file, entry);
}

/* Looks at no more than DIRECTORY_ENTRIES, so that a chain that turns in a circle ends. */
const char *mg_signature_compound(const void *octets, gsize n, guint32 *flags) {
        static const char head[] = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";
        const guint8 *data = octets;
        if (n < 512 || !begins(data, n, head, sizeof head - 1) || (data[30] != 9 && data[30] != 12) || data[31] != 0)
                return NULL;
        Compound file = {data, n, data[30]};
        gboolean text = FALSE, segments = FALSE;
        gsize size = (gsize)1 << file.shift, seen = 0, row = G_N_ELEMENTS(streams);
        guint32 sector = number_at(&file, 48);
        for (; seen < DIRECTORY_ENTRIES; sector = sector_after(&file, sector)) {
                gsize at = sector_at(&file, sector);
                if (at > n || n - at < size)
                        break;
                for (gsize i = 0; i < size; i += ENTRY_OCTETS, seen++) {
                        const guint8 *entry = data + at + i;
                        read_entry(&file, entry, &row, flags);
                        text |= entry[66] == STREAM && is_named(entry, "DocumentText");
                        segments |= entry[66] == STREAM && is_named(entry, "\x04JSRV_SegmentInformation");
                }
        }
        /* A directory ends by its chain; one that breaks off, or goes on, may hold what was not seen. */
        *flags |= sector == 0xFFFFFFFE ? 0 : MG_PART_UNSEEN;
        if (text && segments)
                return "application/x-js-taro";
        return row < G_N_ELEMENTS(streams) ? streams[row].type : NULL;
}

const char *mg_signature_type(const void *data, gsize n) {
        MgCms cms = mg_cms_kind(data, n);
        guint32 flags = 0;

        for (gsize i = 0; i < G_N_ELEMENTS(first); i++)
                if (begins(data, n, first[i].octets, first[i].n))
                        return first[i].type;
        if (cms != MG_CMS_NONE)
                return cms == MG_CMS_SIGNATURE ? "application/pkcs7-signature" : "application/pkcs7-mime";
        if (is_lzh(data, n))
                return "application/x-lzh-compressed";
        if (mg_signature_compound(data, n, &flags) != NULL)
                return mg_signature_compound(data, n, &flags);
        if (is_dxf(data, n))
                return "image/vnd.dxf";
        return exchange_type(data, n);
}
