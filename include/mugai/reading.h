/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * Reading: what the confined worker says about one mail
 *
 * A Reading holds values and no mail syntax: header values as (id, UTF-8 text), the body as UTF-8 text, one record of
 * facts per part. The worker fills it, base/reading.h carries it over the border and checks every value while decoding.
 * After decoding each text is known to be of the character class that is named beside it here (classes: base/text.h).
 */

/* Header values that can cross. The order is the order in the outgoing mail. */
typedef enum MgFieldId {
        MG_FIELD_FROM,
        MG_FIELD_SENDER,
        MG_FIELD_REPLY_TO,
        MG_FIELD_TO,
        MG_FIELD_CC,
        MG_FIELD_SUBJECT,
        MG_FIELD_MESSAGE_ID,
        MG_FIELD_IN_REPLY_TO,
        MG_FIELD_REFERENCES,
        MG_FIELD_AUTO_SUBMITTED,
        MG_FIELD_PRECEDENCE,
        MG_FIELD_LIST_ID,
        _MG_FIELD_N,
} MgFieldId;

/*
 * One value of a field. A field with several values (mailboxes of To, ids of References) has several MgValue in order.
 *   From Sender Reply-To To Cc   text: display name, LINE, may be "";  address: ADDRESS, or "" when it cannot be read
 *   Subject                      text: LINE;                           address: ""
 *   Message-ID In-Reply-To References
 *                                text: MSGID, without the angle brackets; address: ""
 *   Auto-Submitted Precedence    text: TOKEN;                          address: ""
 *   List-Id                      text: the phrase, LINE, may be "";    address: HOST, the id without the brackets
 */
typedef struct MgValue {
        MgFieldId id;
        char *text;
        char *address;
} MgValue;

/* One Received field, newest first as in the mail. All of class HOST or "" where the field did not say it. */
typedef struct MgHop {
        char *from;
        char *by;
        char *with;
        char *id;
        gint64 time; /* seconds since the epoch, or MG_TIME_NONE */
} MgHop;

#define MG_TIME_NONE G_MININT64

/* What a part is for the mail that carries it. No opinion: what is done with it is decided by rules/decide. */
typedef enum MgPartKind {
        MG_PART_BODY,           /* its text is (part of) the body of the Reading */
        MG_PART_ALTERNATIVE,    /* another form of a text that is in the body (the HTML beside the plain text) */
        MG_PART_INLINE_PICTURE, /* a picture that belongs to an HTML body */
        MG_PART_MESSAGE,        /* message/rfc822 and its like; its text may be quoted in the body */
        MG_PART_CALENDAR,       /* text/calendar; may be summarized in the body */
        MG_PART_ATTACHMENT,     /* everything else */
        MG_PART_ENCODED_TEXT,   /* uuencode, yEnc, BinHex or a long encoded run that was cut from a text */
        _MG_PART_KIND_N,
} MgPartKind;

typedef enum MgPartFlags {
        MG_PART_NAMES_DIFFER = 1 << 0,  /* name= and filename= (or their RFC 2231 forms) do not agree */
        MG_PART_NAME_CLEANED = 1 << 1,  /* the name held characters that were taken out (controls, bidi, path parts) */
        MG_PART_BROKEN_CODING = 1 << 2, /* the transfer encoding was not what it said or did not decode cleanly */
        MG_PART_AMBIGUOUS = 1 << 3,     /* readers may disagree on where this part begins, ends or what it is */
        MG_PART_ENCRYPTED = 1 << 4,     /* content is encrypted, as far as its type shows */
        _MG_PART_FLAGS_ALL = (1 << 5) - 1,
} MgPartFlags;

/*
 * Names of one part beside the one that is shown. Real mail has one (plain beside RFC 2231); a mail with more wants
 * readers to disagree, and is marked MG_PART_AMBIGUOUS.
 */
#define MG_FACTS_NAMES_MAX 16

/* Facts: what is true of one leaf part. */
typedef struct MgFacts {
        char *path;    /* PATH: "1.2.1", as IMAP counts parts; "2/1" for the first encoded run cut from part 2 */
        MgPartKind kind;
        guint32 flags; /* MgPartFlags */
        char *claimed; /* MIME: lower case type/subtype that the mail claims, or "" */
        char *found;   /* MIME: what the content is by its bytes */
        char *name;    /* LINE: the file name that a reader would show, or "" */
        GPtrArray *names; /* of char *, LINE, not "": names that other readers would show, at most MG_FACTS_NAMES_MAX;
                           * whoever judges a file by its extension takes the worst of name and these */
        guint64 size;  /* octets after decoding the transfer encoding */
        guint8 sha256[32]; /* of these octets */
} MgFacts;

/* What octets of the original were for the worker. What becomes of a part is decided by rules/decide. */
typedef enum MgRangeKind {
        MG_RANGE_HEADER,    /* fields of the mail, of a part or of a nested message: read, and written anew by value */
        MG_RANGE_STRUCTURE, /* delimiters, and what stands between parts that no reader shows */
        MG_RANGE_TEXT,      /* content of a part whose text, or what it says, stands in the body */
        MG_RANGE_CONTENT,   /* content of a part of which nothing stands in the body */
        MG_RANGE_UNSHOWN,   /* content of a text that was not reached: the body was full */
        MG_RANGE_FURTHER,   /* what is beyond limits.ranges, as one */
        _MG_RANGE_KIND_N,
} MgRangeKind;

#define MG_RANGE_NO_PART G_MAXUINT32

/*
 * Octets of the original, beginning where the range before it ends: neither a gap nor an overlap can be said. All
 * ranges of a mail that was read add up to its size.
 */
typedef struct MgRange {
        guint64 length; /* above 0 */
        MgRangeKind kind;
        guint32 part;  /* index in parts where it is content, else MG_RANGE_NO_PART */
        guint32 count; /* ranges that it stands for: 1, or for FURTHER more */
} MgRange;

/* Marks of a mail as a whole. */
typedef enum MgMarks {
        MG_MARK_AMBIGUOUS = 1 << 0,     /* readers may disagree on its structure; every reading's attachments are listed */
        MG_MARK_BODY_CUT = 1 << 1,      /* the body was longer than limits.body and is cut */
        MG_MARK_DATE_UNREADABLE = 1 << 2, /* Date missing or absurd */
        MG_MARK_FROM_UNREADABLE = 1 << 3, /* From missing or not readable */
        MG_MARK_PARTIAL = 1 << 4,       /* message/partial: one fragment of a mail */
        MG_MARK_SIGNED = 1 << 5,        /* S/MIME or PGP signature present, not checked */
        MG_MARK_ENCRYPTED = 1 << 6,     /* the body itself is encrypted */
        MG_MARK_NAME_ADDRESS = 1 << 7,  /* a sender's display name holds another address */
        MG_MARK_NAME_SCRIPT = 1 << 8,   /* ... or its domain mixes letters that look alike */
        MG_MARK_NAME_HIDDEN = 1 << 9,   /* ... held invisible characters or such that turn the direction */
        _MG_MARK_ALL = (1 << 10) - 1,
} MgMarks;

/* Why a worker did not produce a body. Anything but NONE makes the mail FAILED. */
typedef enum MgFailure {
        MG_FAILURE_NONE,
        MG_FAILURE_LIMIT,    /* a bound of MgLimits was exceeded: limit, value and bound are set */
        MG_FAILURE_TIMEOUT,  /* the deadline passed; the worker was killed */
        MG_FAILURE_CRASH,    /* the worker died */
        MG_FAILURE_REFUSED,  /* its answer did not pass the checks while decoding */
        MG_FAILURE_GRAMMAR,  /* what was composed did not pass the output grammar */
        MG_FAILURE_INTERNAL, /* the worker said that it could not do its work */
        _MG_FAILURE_N,
} MgFailure;

/* What decided in which character set the octets of a text were read. */
typedef enum MgCharsetReason {
        MG_CHARSET_REASON_NONE,     /* there is no text */
        MG_CHARSET_REASON_ASCII,    /* ASCII alone: nothing was to be decided */
        MG_CHARSET_REASON_BOM,      /* a byte order mark */
        MG_CHARSET_REASON_ESCAPES,  /* escape sequences of ISO-2022-JP */
        MG_CHARSET_REASON_UTF_8,    /* well-formed UTF-8, whatever the label */
        MG_CHARSET_REASON_LABEL,    /* the charset parameter of the part or encoded word */
        MG_CHARSET_REASON_PARENT,   /* that of a multipart around it */
        MG_CHARSET_REASON_META,     /* a label inside the text (HTML's meta) */
        MG_CHARSET_REASON_SCORE,    /* which of CP932 and EUC-JP makes better Japanese */
        MG_CHARSET_REASON_FALLBACK, /* nothing: windows-1252 */
        _MG_CHARSET_REASON_N,
} MgCharsetReason;

typedef struct MgReading {
        MgFailure failure;
        char *failure_limit;    /* HOST: name of the bound, or "" */
        guint64 failure_value;  /* what was found */
        guint64 failure_bound;  /* what is allowed */

        guint32 marks;          /* MgMarks */
        gint64 date;            /* seconds since the epoch, or MG_TIME_NONE */
        gint32 date_zone;       /* minutes east of UTC, -1439..1439 */

        GPtrArray *values;      /* of MgValue, owned */
        GPtrArray *hops;        /* of MgHop, owned */
        GPtrArray *parts;       /* of MgFacts, owned, in the order of the mail */
        GArray *ranges;         /* of MgRange: the original from front to back; empty where it was not read */

        GBytes *body;           /* TEXT: the body as UTF-8, lines ended by LF; never NULL, may be empty */
        char *body_path;        /* PATH of the part that the body came from (the first one), or "" */
        char *body_type;        /* MIME: text/plain or text/html, or "" when there is none */
        char *body_charset;     /* HOST: the character set that was used, from the table of names, or "" */
        MgCharsetReason body_charset_reason; /* why that one; of the first text, as body_charset is */
        guint32 replaced;       /* characters that could not be read and show as U+FFFD or 〓; headers included */
        guint32 guessed;        /* characters whose character set is no more than a guess; headers included */
        guint32 hidden;         /* characters of hidden text that were left out */
        guint32 links;          /* links in the body */
        guint32 pictures;       /* pictures that the body refers to, remote ones included */
} MgReading;

/* A Reading with empty strings, no values and an empty body. */
MgReading *mg_reading_new(void);
void mg_reading_free(MgReading *reading);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgReading, mg_reading_free)

/* Octets that the ranges add up to. */
guint64 mg_reading_accounted(const MgReading *reading);

/* Append; text and address are copied. NULL means "". */
void mg_reading_add_value(MgReading *reading, MgFieldId id, const char *text, const char *address);

/* The first value of the field, or NULL. Borrowed. */
const MgValue *mg_reading_value(const MgReading *reading, MgFieldId id);

MgFacts *mg_facts_new(void);
void mg_facts_free(MgFacts *facts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgFacts, mg_facts_free)

MgHop *mg_hop_new(void);
void mg_hop_free(MgHop *hop);

/* Stable lower-case words for reports and records: "body", "inline-picture", ...; "limit", "timeout", ... */
const char *mg_part_kind_name(MgPartKind kind);
const char *mg_failure_name(MgFailure failure);
const char *mg_range_kind_name(MgRangeKind kind); /* "header", "structure", "text", "content", ... */
/* "bom", "escapes", "utf-8", "label", "parent-label", "meta", "score", "fallback", "ascii", "none". */
const char *mg_charset_reason_name(MgCharsetReason reason);
/* The RFC name of the field: "From", "Reply-To", ... */
const char *mg_field_name(MgFieldId id);
