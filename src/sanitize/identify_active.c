/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Beyond libmagic: several types of one file, types by structure, scripts and shortcuts, disk images. Every search
 * is linear and bounded by document_bytes. Runs nothing, and has no opinion on what it finds.
 */
#include "sanitize/identify_active.h"

#include <string.h>

#include "base/type.h"
#include "sanitize/name.h"
#include "sanitize/signature.h"

/* Octets in front of a PDF's or an HTML file's beginning that readers pass over. */
#define FRONT_OCTETS 1024
/* Octets of a text in which a script is recognized. */
#define SCRIPT_OCTETS 16384

static gboolean is_at(const char *data, gsize n, gsize at, const char *octets, gsize wanted) {
        return at <= n && n - at >= wanted && memcmp(data + at, octets, wanted) == 0;
}

/* Whether it stands in [data, data+n), ASCII letters in either case; word is in lower case. */
static gboolean holds(const char *data, gsize n, const char *word) {
        gsize wanted = strlen(word);
        const char first[] = {word[0], g_ascii_toupper(word[0])};
        for (guint i = 0; i < (first[0] == first[1] ? 1u : 2u); i++) {
                const char *end = data + n, *at = data;
                while (at < end && (at = memchr(at, first[i], (gsize)(end - at))) != NULL) {
                        if ((gsize)(end - at) >= wanted && g_ascii_strncasecmp(at, word, wanted) == 0)
                                return TRUE;
                        at++;
                }
        }
        return FALSE;
}

guint32 mg_active_markup(const char *data, gsize n) {
        static const char *const words[] = {"<script",  "javascript:",  "vbscript:", "onload=", "onerror=",
                                            "onclick=", "onmouseover=", "onfocus=",  "onbegin="};
        for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
                if (holds(data, n, words[i]))
                        return MG_PART_SCRIPT;
        return 0;
}

/*
 * ---------------------------------------------------------------------------------------------------------------
 * Types
 * ---------------------------------------------------------------------------------------------------------------
 */

/* From the beginning, or with end from the end. */
static const struct {
        gsize at;
        gboolean end;
        const char *octets;
        gsize n;
        const char *type;
} places[] = {
        {0, FALSE, "\x4C\0\0\0\x01\x14\x02\0", 8, "application/x-ms-shortcut"},
        {0, FALSE, "\xE4\x52\x5C\x7B\x8C\xD8\xA7\x4D", 8, "application/onenote"},
        {0, FALSE, "vhdxfile", 8, "application/x-ms-vhdx"},
        {0, FALSE, "conectix", 8, "application/x-virtualbox-vhd"},
        {512, TRUE, "conectix", 8, "application/x-virtualbox-vhd"},
        {512, TRUE, "koly", 4, "application/x-apple-diskimage"},
        {32769, FALSE, "CD001", 5, "application/x-iso9660-image"},
        {0, FALSE, "MSCF\0\0\0\0", 8, "application/vnd.ms-cab-compressed"},
};

static const char *type_by_place(const char *data, gsize n, gsize row) {
        if (places[row].end && n < places[row].at)
                return NULL;
        gsize at = places[row].end ? n - places[row].at : places[row].at;
        return is_at(data, n, at, places[row].octets, places[row].n) ? places[row].type : NULL;
}

/*
 * A boot sector of a FAT or NTFS volume, or of a disk with partitions: jump and signature, or signature and an
 * active one.
 */
static gboolean is_raw_disk(const char *data, gsize n) {
        if (n < 4096 || !is_at(data, n, 510, "\x55\xAA", 2))
                return FALSE;
        return (data[0] == '\xEB' && data[2] == '\x90') || data[0] == '\xE9' || data[446] == '\x80';
}

/* Programs and shortcuts that are text, by words that they are made of; asked only of texts with a file name. */
static const char *script_type(const char *data, gsize n) {
        static const struct {
                const char *word, *type;
        } rows[] = {
                {"<hta:application", "application/x-hta"},
                {"[internetshortcut]", "application/x-mswinurl"},
                {"[desktop entry]", "text/x-desktop-entry"},
                {"windows registry editor", "text/x-ms-regedit"},
                {"<job", "application/x-ms-wsf"},
                {"<scriptlet", "application/x-ms-wsf"},
                {"new activexobject", "text/javascript"},
                {"wscript.createobject", "text/javascript"},
                {"eval(", "text/javascript"},
                {"createobject(", "text/x-vbscript"},
                {"invoke-expression", "text/x-powershell"},
                {"invoke-webrequest", "text/x-powershell"},
                {"new-object ", "text/x-powershell"},
                {"-encodedcommand", "text/x-powershell"},
                {"@echo off", "text/x-msdos-batch"},
        };
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                if (holds(data, MIN(n, SCRIPT_OCTETS), rows[i].word))
                        return rows[i].type;
        return NULL;
}

static gboolean is_text(const char *type) {
        return g_str_has_prefix(type, "text/") || strcmp(type, "image/svg+xml") == 0 ||
               strcmp(type, "application/json") == 0 || strcmp(type, "application/xml") == 0 ||
               strcmp(type, "application/xhtml+xml") == 0;
}

static void set_found(MgFacts *facts, const char *type) {
        if (type == NULL)
                return;
        g_free(facts->found);
        facts->found = g_strdup(type);
}

static void add_also(MgFacts *facts, const char *type) {
        if (type == NULL || strcmp(facts->found, type) == 0 || facts->also->len >= MG_FACTS_ALSO_MAX ||
            g_ptr_array_find_with_equal_func(facts->also, type, g_str_equal, NULL))
                return;
        g_ptr_array_add(facts->also, g_strdup(type));
}

static gboolean is_unknown(const MgFacts *facts) {
        return strcmp(facts->found, "application/octet-stream") == 0;
}

/* A type that the octets are: the type where nothing better is known, else one that they are as well. */
static void add_type(MgFacts *facts, const char *type, gboolean first) {
        if (is_unknown(facts) || (first && strcmp(facts->found, "text/plain") == 0))
                set_found(facts, type);
        else
                add_also(facts, type);
}

/* C5: what a reader that looks elsewhere than at the first octets finds. */
static void find_types(const char *data, gsize n, MgFacts *facts) {
        const char *front = memmem(data, MIN(n, FRONT_OCTETS), "%PDF-", 5);
        for (gsize i = 0; i < G_N_ELEMENTS(places); i++)
                if (type_by_place(data, n, i) != NULL)
                        add_type(facts, places[i].type, places[i].at == 0);
        if (is_unknown(facts) && is_raw_disk(data, n))
                set_found(facts, "application/x-raw-disk-image");
        if (front != NULL && !is_text(facts->found))
                add_type(facts, "application/pdf", FALSE);
        if (!is_at(data, n, 0, "PK", 2) && mg_archive_has_zip(data, n))
                add_type(facts, "application/zip", FALSE);
        if (!is_text(facts->found) &&
            (holds(data, MIN(n, FRONT_OCTETS), "<html") || holds(data, MIN(n, FRONT_OCTETS), "<script")))
                add_also(facts, "text/html");
}

static gboolean is_type(const MgFacts *facts, const char *type) {
        return strcmp(facts->found, type) == 0 ||
               g_ptr_array_find_with_equal_func(facts->also, type, g_str_equal, NULL);
}

static void read_structure(const char *data, gsize n, const MgLimits *limits, MgFacts *facts) {
        set_found(facts, mg_signature_compound(data, n, &facts->flags));
        if (is_at(data, n, 0, "PK", 2))
                set_found(facts, mg_archive_zip_type(data, n, limits, &facts->flags));
        if (is_text(facts->found) && holds(data, MIN(n, FRONT_OCTETS), "<svg"))
                set_found(facts, *facts->name != '\0' ? "image/svg+xml" : NULL);
        if (is_text(facts->found) && *facts->name != '\0')
                set_found(facts, script_type(data, n));
        find_types(data, n, facts);
}

static void read_active(const char *data, gsize n, MgFacts *facts) {
        if (is_type(facts, "application/pdf"))
                facts->flags |= mg_active_pdf(data, n);
        if (is_type(facts, "text/html") || is_type(facts, "image/svg+xml") || is_type(facts, "application/xhtml+xml"))
                facts->flags |= mg_active_markup(data, n);
}

/* C1 to C4: the worst of all names. */
static void read_name(MgFacts *facts, const char *name) {
        gboolean fits = mg_type_fits(facts->found, name);
        for (guint i = 0; i < facts->also->len && fits; i++)
                fits = mg_type_fits(g_ptr_array_index(facts->also, i), name);
        facts->flags |= (fits ? 0 : MG_PART_NAME_MISFIT) | (mg_type_misleads(name) ? MG_PART_NAME_DOUBLE : 0) |
                        (mg_name_is_device(name) ? MG_PART_NAME_DEVICE : 0);
}

/* Documents are ZIP files whose members say nothing to people. */
static gboolean is_document(const MgFacts *facts) {
        return g_str_has_prefix(facts->found, "application/vnd.openxmlformats") ||
               g_str_has_prefix(facts->found, "application/vnd.oasis.opendocument") ||
               g_str_has_suffix(facts->found, "macroenabled.12") || strcmp(facts->found, "application/epub+zip") == 0 ||
               g_str_has_prefix(facts->found, "application/vnd.ms-visio");
}

void mg_active_look(const char *data, gsize n, const MgLimits *limits, MgReading *reading, MgArchiveUse *use,
                    MgFacts *facts) {
        gsize seen = (gsize)MIN((guint64)n, limits->document_bytes);
        if (seen < n) {
                facts->flags |= MG_PART_UNSEEN;
                mg_reading_reach(reading, "document_bytes", n, limits->document_bytes);
        }
        read_structure(data, n, limits, facts);
        read_active(data, seen, facts);
        for (guint i = 0; i <= facts->names->len; i++)
                read_name(facts, i == 0 ? facts->name : g_ptr_array_index(facts->names, i - 1));
        if (!is_document(facts))
                mg_archive_list(data, n, limits, reading, use, facts);
}
