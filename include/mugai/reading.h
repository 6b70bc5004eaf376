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

/*
 * What is true of a part beside its type, as bits: X(name, word). The words stand in reports. What lies in a name is true of the
 * worst of all names; what lies in content is what was found within bounds: a bit that is not set promises nothing where UNSEEN or
 * ARCHIVE_CUT is.
 */
#define MG_PART_FLAGS(X)                                                                                               \
        X(NAMES_DIFFER, "names-differ")   /* name= and filename= (or their RFC 2231 forms) do not agree */             \
        X(NAME_CLEANED, "name-cleaned")   /* characters were taken out (controls, bidi, path parts) */                 \
        X(BROKEN_CODING, "broken-coding") /* the transfer encoding was not what it said or did not decode cleanly */   \
        X(AMBIGUOUS, "ambiguous")         /* readers may disagree on where it begins, ends or what it is */            \
        X(ENCRYPTED, "encrypted")         /* content, or some of an archive's, is encrypted */                         \
        X(NAME_HIDDEN, "name-hidden")     /* a name held invisible characters or such that turn the direction */       \
        X(NAME_SCRIPT, "name-script")     /* a name mixes letters that look alike */                                   \
        X(NAME_MISFIT, "name-misfit")     /* a name's extension belongs to other types than the one found */           \
        X(NAME_DOUBLE, "name-double")     /* document.pdf.exe, or blanks before the extension */                       \
        X(NAME_DEVICE, "name-device")     /* a name that Windows takes for a device: CON, NUL, COM1.txt */             \
        X(NAME_PATH, "name-path")         /* a name held folders, a drive or ".." */                                   \
        X(MACRO, "macro")                 /* VBA or XLM macros, or the code of an OpenDocument file */                 \
        X(SCRIPT, "script")               /* code that a viewer runs: PDF JavaScript, scripts of HTML and SVG */       \
        X(AUTO_RUN, "auto-run")           /* does something when it is opened: PDF OpenAction and AA */                \
        X(LAUNCH, "launch")               /* starts a program, or asks for one: PDF Launch */                          \
        X(EMBEDDED, "embedded")           /* files inside a document: PDF EmbeddedFile, OLE objects */                 \
        X(UNSEEN, "unseen")               /* parts of it cannot be seen: PDF objects that are compressed */            \
        X(ARCHIVE_PROGRAM, "archive-program") /* a file in it runs, by its name */                                     \
        X(ARCHIVE_NESTED, "archive-nested")   /* an archive in it */                                                   \
        X(ARCHIVE_VIEWS, "archive-views")     /* readers see different files in it: two directories, other names */    \
        X(ARCHIVE_DUPLICATE, "archive-duplicate") /* two files of one name */                                          \
        X(ARCHIVE_PATH, "archive-path")           /* a name in it leaves the folder, or is a device */                 \
        X(ARCHIVE_OVERLAP, "archive-overlap")     /* files share their octets, as in an archive bomb */                \
        X(ARCHIVE_CUT, "archive-cut")             /* not listed to its end: a bound was reached, or it is damaged */

enum {
#define MG_PART_FLAG_NUMBER(name, word) MG_PART_FLAG_NUMBER_##name,
        MG_PART_FLAGS(MG_PART_FLAG_NUMBER)
#undef MG_PART_FLAG_NUMBER
                _MG_PART_FLAG_N,
};
typedef enum MgPartFlags {
#define MG_PART_FLAG_BIT(name, word) MG_PART_##name = 1 << MG_PART_FLAG_NUMBER_##name,
        MG_PART_FLAGS(MG_PART_FLAG_BIT)
#undef MG_PART_FLAG_BIT
                _MG_PART_FLAGS_ALL = (1 << _MG_PART_FLAG_N) - 1,
} MgPartFlags;

/* "macro" of MG_PART_MACRO (one bit), and back: 0 for a word that is none. */
const char *mg_part_flag_name(MgPartFlags flag);
guint32 mg_part_flag_of(const char *word);

/* What is true of a file in an archive, as bits: X(name, word). */
#define MG_MEMBER_FLAGS(X)                                                                                             \
        X(FOLDER, "folder")                                                                                            \
        X(LINK, "link") /* symbolic or hard */                                                                         \
        X(ENCRYPTED, "encrypted")                                                                                      \
        X(ARCHIVE, "archive") /* an archive; what is in it follows, one deeper, where it could be read */              \
        X(PROGRAM, "program") /* runs, by its name */                                                                  \
        X(HIDDEN, "hidden")   /* some readers do not show it, or under another name */

enum {
#define MG_MEMBER_FLAG_NUMBER(name, word) MG_MEMBER_FLAG_NUMBER_##name,
        MG_MEMBER_FLAGS(MG_MEMBER_FLAG_NUMBER)
#undef MG_MEMBER_FLAG_NUMBER
                _MG_MEMBER_FLAG_N,
};
typedef enum MgMemberFlags {
#define MG_MEMBER_FLAG_BIT(name, word) MG_MEMBER_##name = 1 << MG_MEMBER_FLAG_NUMBER_##name,
        MG_MEMBER_FLAGS(MG_MEMBER_FLAG_BIT)
#undef MG_MEMBER_FLAG_BIT
                _MG_MEMBER_FLAGS_ALL = (1 << _MG_MEMBER_FLAG_N) - 1,
} MgMemberFlags;

const char *mg_member_flag_name(MgMemberFlags flag);

/* A file in an archive, as the archive says it. */
typedef struct MgMember {
        char *name;    /* LINE: with its folders, or "" where it cannot be read; at most limits.name_chars */
        guint64 size;  /* octets when unpacked, as it says; 0 where it does not */
        guint32 flags; /* MgMemberFlags */
        guint32 depth; /* 0, or archives around it inside the part */
} MgMember;

void mg_member_free(MgMember *member);

/* Types that one part is as well (a PDF that is also a ZIP). */
#define MG_FACTS_ALSO_MAX 8

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
        GPtrArray *also;  /* of char *, MIME, not "", each once, without found: what it is as well, where readers that
                           * look elsewhere take it for another file; at most MG_FACTS_ALSO_MAX. Who judges takes the
                           * worst of found and these */
        char *name;    /* LINE: the file name that a reader would show, or "" */
        GPtrArray *names; /* of char *, LINE, not "": names that other readers would show, at most MG_FACTS_NAMES_MAX;
                           * whoever judges a file by its extension takes the worst of name and these */
        guint64 size;  /* octets after decoding the transfer encoding */
        guint8 sha256[32]; /* of these octets */
        GPtrArray *members;  /* of MgMember: what is in it where it is an archive, in its order; at most
                              * limits.archive_listed in all parts together */
        guint64 members_all; /* members that were found in it; at least those that are listed */
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
        MG_MARK_OPAQUE = 1 << 10,       /* the text of the mail lies in a signed file that is not opened (S/MIME) */
        MG_MARK_STYLE_CUT = 1 << 11,    /* style sheets were obeyed in part: no text was cut, but what is hidden may show */
        _MG_MARK_ALL = (1 << 12) - 1,
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

/* A bound that the mail reached without failing: what is beyond it was left out. */
typedef struct MgReached {
        char *limit;   /* HOST: name of the bound */
        guint64 value; /* what was found; at least the bound */
        guint64 bound;
} MgReached;

/* Bounds that one mail can reach. */
#define MG_REACHED_MAX 32

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
        MG_CHARSET_REASON_ASKED,    /* a person asked for it */
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
        GArray *reached;        /* of MgReached, each bound once; the array clears them */

        GBytes *body;           /* TEXT: the body as UTF-8, lines ended by LF; never NULL, may be empty */
        char *body_path;        /* PATH of the part that the body came from (the first one), or "" */
        char *body_type;        /* MIME: text/plain or text/html, or "" when there is none */
        char *body_charset;     /* HOST: the character set that was used, from the table of names, or "" */
        MgCharsetReason body_charset_reason; /* why that one; of the first text, as body_charset is */
        guint32 replaced;       /* characters that could not be read and show as U+FFFD or 〓; headers included */
        guint32 guessed;        /* characters whose character set is no more than a guess; headers included */
        guint32 hidden;         /* characters of hidden text that were left out */
        guint32 links;          /* links in the body */
        GPtrArray *link_hosts;  /* of char *, HOST, not "": hosts that they lead to, in A-labels, each once */
        guint32 pictures;       /* pictures that the body refers to, remote ones included */
} MgReading;

/* A Reading with empty strings, no values and an empty body. */
MgReading *mg_reading_new(void);
void mg_reading_free(MgReading *reading);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgReading, mg_reading_free)

/* Octets that the ranges add up to. */
guint64 mg_reading_accounted(const MgReading *reading);

/* Notes that a bound was reached; the greatest value of several counts. */
void mg_reading_reach(MgReading *reading, const char *limit, guint64 value, guint64 bound);

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
const char *mg_mark_name(MgMarks mark); /* "ambiguous", "style-cut", ...: of one bit */
const char *mg_range_kind_name(MgRangeKind kind); /* "header", "structure", "text", "content", ... */
/* "bom", "escapes", "utf-8", "label", "parent-label", "meta", "score", "fallback", "asked", "ascii", "none". */
const char *mg_charset_reason_name(MgCharsetReason reason);
/* The RFC name of the field: "From", "Reply-To", ... */
const char *mg_field_name(MgFieldId id);
