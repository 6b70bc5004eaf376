/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cms: the outermost values of a CMS message, as far as its content type and whether it carries its content
 *
 * Values of indefinite length are entered, since mailers that stream write them, and skipped only where they are
 * definite. What cannot be followed to the content counts as having it. Does not look at signers, recipients or
 * algorithms, and does not check that the message is whole.
 */
#include "sanitize/cms.h"

#include <string.h>

#define INTEGER 0x02
#define OBJECT 0x06
#define SEQUENCE 0x30
#define SET 0x31
#define CONTEXT_0 0xA0

/* Octets that are still to be read. */
typedef struct Octets {
        const guint8 *p;
        gsize n;
} Octets;

/* Takes tag and length of a value. *length is G_MAXSIZE where it is indefinite. */
static gboolean take_head(Octets *octets, guint8 tag, gsize *length) {
        gsize size = octets->n >= 2 && (octets->p[1] & 0x80) != 0 ? octets->p[1] & 0x7F : 0;

        if (octets->n < 2 + size || octets->p[0] != tag || size > 4)
                return FALSE;
        *length = octets->p[1] == 0x80 ? G_MAXSIZE : size == 0 ? octets->p[1] : 0;
        for (gsize i = 0; i < size; i++)
                *length = *length << 8 | octets->p[2 + i];
        octets->p += 2 + size;
        octets->n -= 2 + size;
        return TRUE;
}

static gboolean enter(Octets *octets, guint8 tag) {
        gsize length;

        return take_head(octets, tag, &length);
}

/* The octets of a value of definite length, or FALSE. */
static gboolean take(Octets *octets, guint8 tag, Octets *value) {
        gsize length;

        if (!take_head(octets, tag, &length) || length > octets->n)
                return FALSE;
        *value = (Octets){octets->p, length};
        octets->p += length;
        octets->n -= length;
        return TRUE;
}

/* Content types beside signed data: PKCS #7 (1.2.840.113549.1.7.n) and S/MIME's own (1.2.840.113549.1.9.16.1.n). */
static const struct {
        const char *object;
        MgCms kind;
} types[] = {
        {"\x2A\x86\x48\x86\xF7\x0D\x01\x07\x02", MG_CMS_SIGNED},
        {"\x2A\x86\x48\x86\xF7\x0D\x01\x07\x03", MG_CMS_ENCRYPTED},         /* enveloped */
        {"\x2A\x86\x48\x86\xF7\x0D\x01\x07\x04", MG_CMS_ENCRYPTED},         /* signed and enveloped */
        {"\x2A\x86\x48\x86\xF7\x0D\x01\x07\x05", MG_CMS_OTHER},             /* digested */
        {"\x2A\x86\x48\x86\xF7\x0D\x01\x07\x06", MG_CMS_ENCRYPTED},         /* encrypted */
        {"\x2A\x86\x48\x86\xF7\x0D\x01\x09\x10\x01\x09", MG_CMS_OTHER},     /* compressed */
        {"\x2A\x86\x48\x86\xF7\x0D\x01\x09\x10\x01\x17", MG_CMS_ENCRYPTED}, /* authenticated and enveloped */
};

static MgCms kind_of(const Octets *object) {
        for (gsize i = 0; i < G_N_ELEMENTS(types); i++)
                if (strlen(types[i].object) == object->n && memcmp(types[i].object, object->p, object->n) == 0)
                        return types[i].kind;
        return MG_CMS_NONE;
}

/* Whether signed data, behind their content type, come without content. */
static gboolean is_detached(Octets octets) {
        Octets unused;
        gsize length;

        if (!enter(&octets, CONTEXT_0) || !enter(&octets, SEQUENCE) || !take(&octets, INTEGER, &unused) ||
            !take(&octets, SET, &unused) || !take_head(&octets, SEQUENCE, &length))
                return FALSE;

        gsize before = octets.n;
        if (!take(&octets, OBJECT, &unused))
                return FALSE;
        if (length != G_MAXSIZE)
                return before - octets.n == length;
        return octets.n >= 2 && octets.p[0] == 0 && octets.p[1] == 0;
}

MgCms mg_cms_kind(const void *data, gsize n) {
        Octets octets = {data, n}, object;
        MgCms kind;

        if (!enter(&octets, SEQUENCE) || !take(&octets, OBJECT, &object))
                return MG_CMS_NONE;
        kind = kind_of(&object);
        return kind == MG_CMS_SIGNED && is_detached(octets) ? MG_CMS_SIGNATURE : kind;
}
