/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "mugai/policy.h"
#include "mugai/reading.h"

/*
 * header: raw header fields -> values
 *
 * Works on the raw octets of the mail; GMime decodes no header here (its address parser recurses, its decoding hands
 * the sender's charset names to iconv). No recursion; every loop bounded by MgLimits.
 */

/*
 * One field of a header block: borrowed slices of the mail. value runs from after the colon to before the line end
 * that ends the field, folds included.
 */
typedef struct MgRawField {
        const char *name;
        gsize name_n;
        const char *value;
        gsize value_n;
        gsize offset; /* of the name in the block */
} MgRawField;

/*
 * Splits the header block at the beginning of [mail, mail+n): fields in order; *body is the offset after the empty
 * line (n where there is none). Lines that are no field are skipped and *odd is set (also for a blank before the
 * colon, a NUL, a first line that is a fold). LF and CRLF. Stops at limits->header_fields + 1 fields. Array of
 * MgRawField; caller unrefs.
 */
GArray *mg_header_split(const char *mail, gsize n, const MgLimits *limits, gsize *body, gboolean *odd);

/* First field of the name (ASCII case ignored), or NULL; *count, where given, is how many there are. */
const MgRawField *mg_header_find(const GArray *fields, const char *name, guint *count);

/*
 * Whether private-use characters of the message are SoftBank's pictographs: its header says that it is from a phone of
 * that carrier, or from an iPhone before iOS 5, which have them in Unicode. The same codes are the first gaiji of
 * everybody else, with which offices write names: no name becomes an emoji on the strength of its codes alone, and
 * icon fonts of newsletters have them, too. A header that lies gets its gaiji shown as emoji.
 */
gboolean mg_header_has_pictographs(const GArray *fields);

/*
 * Unstructured value: unfolded, RFC 2047 words decoded (same-charset neighbours joined before decoding), raw 8-bit
 * decoded by guess. Not cleaned yet; caller frees. *replaced is increased by characters that could not be read.
 */
char *mg_header_text(const char *value, gsize n, guint32 *replaced);

/*
 * Fills values, hops, date, marks of a Reading from a header block: From Sender Reply-To To Cc Subject Message-ID In-
 * Reply-To References Date Auto-Submitted Precedence List-Id Received. All text cleaned to its class
 * (include/mugai/reading.h), bounded by limits. A duplicate of a field that must be single sets MG_MARK_AMBIGUOUS and
 * the first is used.
 */
void mg_header_read(const GArray *fields, const MgLimits *limits, MgReading *reading);
/* The same, where raw octets above 0x7F are read in this charset (mg_charset_name()), whatever the mail says; encoded words name theirs. */
void mg_header_read_as(const GArray *fields, const MgLimits *limits, const char *charset, MgReading *reading);

/*
 * Mailboxes of one raw address field value, appended as values of id. Handles groups (flattened), comments, quoted
 * strings, encoded words, odd carrier addresses, missing brackets. pictographs: as mg_charset_settle_private() has it.
 * Returns how many were found beyond limits->addresses.
 */
guint mg_header_addresses(const char *value, gsize n, MgFieldId id, gboolean pictographs, const MgLimits *limits,
                          MgReading *reading);

/*
 * Date of RFC 5322 and its obsolete forms, leniently. FALSE where it is missing or absurd (before 1990, zone out of
 * range).
 */
gboolean mg_header_date(const char *value, gsize n, gint64 *time, gint32 *zone);

/*
 * A structured Content-Type / Content-Disposition value: RFC 2045 with RFC 2231 (continuations, charset and language),
 * RFC 2047 inside parameters, raw 8-bit.
 */
typedef struct MgParameter {
        char *name;  /* ASCII letters lower case, other octets as they stand, without *0 or * */
        char *value; /* UTF-8, not cleaned */
        gboolean again; /* the same name was there before (duplicate, or plain beside RFC 2231) */
        guint32 replaced; /* characters of the value that could not be read */
        guint32 guessed;  /* ... whose character set is a guess */
} MgParameter;

typedef struct MgStructured {
        char *value;       /* "text/plain", "attachment": lower case, "" where unreadable */
        GArray *parameters; /* of MgParameter, cleared by the array */
        gboolean odd;      /* readers may disagree on it */
} MgStructured;

MgStructured *mg_structured_parse(const char *value, gsize n, const MgLimits *limits);
void mg_structured_free(MgStructured *structured);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgStructured, mg_structured_free)
/* First parameter of the name, or NULL. Borrowed. */
const char *mg_structured_get(const MgStructured *structured, const char *name);
