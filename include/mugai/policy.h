/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

#include "mugai/reading.h"
#include "mugai/rule.h"

/*
 * Policy: what may happen to a mail, and the bounds on every loop over it
 *
 * Loaded by config, immutable afterwards, shared by reference count. rules/decide turns (Policy, Reading) into a
 * Decision; compose turns Reading and Decision into the outgoing message.
 */

/*
 * Every bound, once: X(field, default, what it bounds and why this default). The configuration key is limits.<field>;
 * the message that reports an exceeded bound prints both numbers. Sizes are octets.
 */
#define MG_LIMITS(X)                                                                                                   \
        X(mail_size, 26214400, "size of a mail as it comes in; same as Postfix message_size_limit")                    \
        X(header_fields, 1000, "header fields of a mail; beyond it 554 since edits cost Postfix the square of them")   \
        X(header_bytes, 1048576, "all header fields of one header block together")                                     \
        X(field_bytes, 65536, "one header field; Postfix cuts at 60000 once a milter is in use")                       \
        X(parameters, 100, "parameters of one Content-Type or Content-Disposition; GMime is quadratic in them")        \
        X(parameter_name, 60, "octets of one parameter name; GMime hangs on long ones with non-ASCII values")          \
        X(group_depth, 100, "colons in one address field; GMime recurses on group syntax")                             \
        X(addresses, 500, "addresses read from one field; further ones are left out and counted")                      \
        X(references, 50, "message ids read from References; the oldest ones are left out")                            \
        X(hops, 200, "Received fields; above Postfix hopcount_limit so that a loop is ended there")                    \
        X(nesting, 20, "depth of multiparts and messages")                                                             \
        X(parts, 1000, "parts of a mail, counted before a tree is built")                                              \
        X(name_chars, 255, "characters of a file name in a list")                                                      \
        X(text_chars, 1000, "characters of a subject or display name")                                                 \
        X(body, 4194304, "octets of the outgoing body; the rest is cut and the original pointed to")                   \
        X(html_bytes, 26214400, "octets of an HTML text that is parsed")                                               \
        X(html_depth, 400, "nesting of HTML elements")                                                                 \
        X(html_nodes, 1000000, "elements and runs of text of an HTML text that are read")                              \
        X(style_rules, 5000, "selectors of the style sheets of an HTML text that are kept")                            \
        X(style_steps, 30000000, "comparisons of elements with selectors in an HTML text: 0.3 s")                      \
        X(style_marks, 1024, "elements before others that selectors ask for; a framework has 300")                     \
        X(links, 2000, "links listed below a body")                                                                    \
        X(link_hosts, 200, "hosts of links that are kept for searches; further ones are counted")                      \
        X(listed_parts, 200, "removed parts listed one by one; further ones are counted")                              \
        X(ranges, 4000, "ranges in the account of a mail's octets; a part has three, further ones are taken together") \
        X(archive_members, 20000, "files in the archives of a mail that are looked at, in all depths")                 \
        X(archive_listed, 200, "files in the archives of a mail that are listed; further ones are counted")            \
        X(archive_depth, 3, "archives inside archives that are opened; deeper ones are named")                         \
        X(archive_bytes, 67108864, "octets unpacked, in memory, to look into the archives of a mail")                  \
        X(archive_ratio, 200, "octets that one octet of an archive may unpack to; text packs to a tenth")              \
        X(archive_milliseconds, 3000, "CPU time for the archives of a mail; the bounds above end most bombs earlier")  \
        X(archive_strays, 1000, "headers in ZIP files that no directory points to; each is searched for")              \
        X(archive_extended, 64, "headers that go on from the one of a file in an LZH archive")                         \
        X(document_bytes, 33554432, "octets of one document that are searched for scripts and embedded files")         \
        X(authentication_results, 30, "results of methods that trusted Authentication-Results say; further ones are left out")  \
        X(notice_members, 10, "files of one archive that are named in the notice; further ones are counted")           \
        X(kept_parts, 5, "files of a mail that an exemption lets cross; further ones are removed")                     \
        X(kept_bytes, 10485760, "octets of all of them together; what does not fit is removed")

typedef struct MgLimits {
#define MG_LIMIT_FIELD(field, value, reason) guint64 field;
        MG_LIMITS(MG_LIMIT_FIELD)
#undef MG_LIMIT_FIELD
} MgLimits;

extern const MgLimits mg_limits_default;

typedef enum MgLinkMode {
        MG_LINKS_DEFANG, /* hxxps://example[.]jp: readable, and no client makes a link of it */
        MG_LINKS_TEXT,   /* as they stand */
        MG_LINKS_HOST,   /* example[.]jp: the host alone, as inert */
        MG_LINKS_REMOVE, /* a word in the place of each */
} MgLinkMode;

typedef enum MgCharset {
        MG_CHARSET_UTF_8,
        MG_CHARSET_ISO_2022_JP,
} MgCharset;

typedef enum MgLanguage {
        MG_LANGUAGE_JA = 1 << 0,
        MG_LANGUAGE_EN = 1 << 1,
} MgLanguage;

/* Columns of a line of a notice: 38 full-width characters, counted by mg_text_columns_east(). Wider ones are wrapped. */
#define MG_NOTICE_COLUMNS 76

/*
 * Texts that people read, from rules/notice.ja.conf and rules/notice.en.conf, by language. The keys are the rows of
 * MG_TEXTS; {name} is replaced by a value, names are listed there. A file that lacks a key or names an unknown value
 * does not load. The rows why_* say why a part was removed; removed parts are listed in their order.
 */
#define MG_TEXTS(X)                                                                                                    \
        X(line, "")                             /* the fixed line above the notice: one */                             \
        X(infected, "")                         /* a scanner found malware in the mail */                              \
        X(removed_head, "{count}")              /* above the list of removed parts */                                  \
        X(why_program, "")                      /* programs, and files that can run as one */                          \
        X(why_encrypted, "")                    /* encrypted parts */                                                  \
        X(why_signed, "")                       /* content that lies inside a signature (opaque S/MIME) */             \
        X(why_signature, "")                    /* signatures beside what they sign */                                 \
        X(why_partial, "")                      /* fragments (message/partial) */                                      \
        X(why_encoded, "")                      /* encoded runs that were cut from a text */                           \
        X(why_message, "")                      /* messages and reports inside the mail */                             \
        X(why_calendar, "")                     /* calendar entries */                                                 \
        X(why_ambiguous, "")                    /* parts that can be read in more than one way */                      \
        X(why_other, "")                        /* every other part, of a mail of which files came along */            \
        X(why_file, "")                         /* every other part */                                                 \
        X(removed_part, "{name} {type} {size}") /* one removed part */                                                 \
        X(removed_noname, "")                   /* stands for the name of a part that has none */                      \
        X(removed_also, "{name}")               /* another name of the part above it */                                \
        X(removed_hidden, "")                   /* a name of the part above held what cannot be seen */                \
        X(removed_script, "")                   /* ... mixes alphabets that look alike */                              \
        X(removed_misfit, "")                   /* the name of the part above does not fit what it is */               \
        X(removed_double, "")                   /* ... has two extensions, or blanks before the last */                \
        X(removed_macro, "")                    /* the part above holds macros, scripts or what starts programs */     \
        X(removed_views, "")                    /* readers see different files in the archive above */                 \
        X(removed_member, "{name}")             /* a file in the archive above */                                      \
        X(removed_members, "{count}")           /* further files in it that are not named */                           \
        X(removed_more, "{count}")              /* further parts that are not listed */                                \
        X(kept_head, "{count}")                 /* above the list of parts that came along as files */                 \
        X(kept_part, "{name} {type} {size}")    /* one of them */                                                      \
        X(pictures, "{count}")                  /* inline pictures of the body in one line */                          \
        X(alternatives, "{count}")              /* other forms of the text in one line */                              \
        X(receipt, "{receipt}")                 /* how to ask for the original */                                      \
        X(body_cut, "{shown}")                  /* the body was cut; so much of it stands above */                     \
        X(body_none, "")                        /* stands for a body where the mail has none */                        \
        X(replaced, "{count}")                  /* characters that could not be read */                                \
        X(guessed, "{count}")                   /* characters whose charset is a guess */                              \
        X(hidden, "{count}")                    /* characters of hidden text left out */                               \
        X(style_cut, "")                        /* style sheets were read in part */                                   \
        X(links_inert, "")                      /* links of the body were made inert */                                \
        X(links_host, "")                       /* links of the body were cut to their hosts */                        \
        X(links_removed, "")                    /* links of the body were taken out */                                 \
        X(link_removed, "")                     /* stands for a link that was taken out */                             \
        X(ambiguous, "")                        /* the structure can be read in more than one way */                   \
        X(date_unreadable, "")                  /* Date is the time of arrival */                                      \
        X(from_unreadable, "")                  /* From could not be read */                                           \
        X(name_address, "")                     /* a sender's name holds another address */                            \
        X(name_script, "")                      /* a sender's name mixes alphabets that look alike */                  \
        X(name_hidden, "")                      /* a sender's name held what cannot be seen */                         \
        X(sender, "{address}")                  /* the address of the sender, below one of these */                    \
        X(partial, "")                          /* message/partial explained */                                        \
        X(signature, "")                        /* signature present, not checked */                                   \
        X(opaque, "")                           /* the text lies in a signed file that was removed */                  \
        X(encrypted, "")                        /* encrypted content cannot be shown */                                \
        X(failed_subject, "")                   /* Subject of the notice that a mail could not be converted */         \
        X(failed_body, "{from} {size} {time}")  /* text of that notice, above the receipt text */                      \
        X(held_subject, "")                     /* Subject of the notice that a rule holds a mail */                   \
        X(held_body, "{from} {size} {time}")    /* text of that notice, above the receipt text */                      \
        X(from_unknown, "")                     /* display name where From could not be read */                        \
        /* Letters about requests (mugai/request.h, MgLetterKind, in its order): subject and text of each. */          \
        X(letter_approved_subject, "{request}")                                                                        \
        X(letter_approved, "{request} {receipt} {time}")                                                               \
        X(letter_denied_subject, "{request}")                                                                          \
        X(letter_denied, "{request} {receipt} {time}")                                                                 \
        X(letter_expired_subject, "{request}")                                                                         \
        X(letter_expired, "{request} {receipt} {time}")                                                                \
        X(letter_released_subject, "{request}")                                                                        \
        X(letter_released, "{request} {receipt} {time}")                                                               \
        X(letter_failed_subject, "{request}")                                                                          \
        X(letter_failed, "{request} {receipt} {time}")                                                                 \
        X(letter_waiting_subject, "{count}")                                                                           \
        X(letter_waiting, "{count} {oldest}")                                                                          \
        X(letter_own_receipt, "")                                                                                      \
        X(release_subject, "{request} {receipt} {subject}")                                                            \
        X(release_text, "{request} {receipt} {requester} {approvers} {from} {subject} {time} {files}")                 \
        X(release_infected, "{found}") /* behind it: the scanner found malware in the original */                      \
        X(release_unscanned, "")       /* behind it: a scanner is there and did not look at it */

typedef enum MgTextId {
#define MG_TEXT_ID(key, values) MG_TEXT_##key,
        MG_TEXTS(MG_TEXT_ID)
#undef MG_TEXT_ID
                _MG_TEXT_N,
} MgTextId;

typedef struct MgPolicy {
        gatomicrefcount references;
        MgLimits limits;
        MgLinkMode links;
        MgCharset charset;
        guint32 languages;          /* MgLanguage, at least one; Japanese stands first where both are set */
        char *subject_tag;          /* LINE, or "" for none */
        char *texts[2][_MG_TEXT_N]; /* [0] Japanese, [1] English; TEXT; never NULL */
        GPtrArray *rules;           /* of MgRule, in order; NULL where there is none */
        guint8 rules_digest[32];    /* of the rule file's entries and the lists that it names */
        guint8 digest[32];          /* SHA-256 over all of the above in a canonical form; set by mg_policy_seal() */
} MgPolicy;

/* A policy with default limits and empty texts, to be filled and then sealed by mg_policy_seal(). */
MgPolicy *mg_policy_new(void);
/* The same limits, texts and settings as policy has now, without its rules. */
MgPolicy *mg_policy_copy(const MgPolicy *policy);
/* Computes the digest. Nothing may be changed afterwards. */
void mg_policy_seal(MgPolicy *policy);
MgPolicy *mg_policy_ref(MgPolicy *policy);
void mg_policy_unref(MgPolicy *policy); /* takes NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgPolicy, mg_policy_unref)

/* What was decided on one part; same index as in Reading.parts. Strings are owned. */
typedef enum MgAction {
        MG_ACTION_CONVERT, /* its text stands in the body */
        MG_ACTION_REMOVE,
        MG_ACTION_KEEP, /* goes on as a file: an exemption said so, and it was inspected and found clean */
        _MG_ACTION_N,
} MgAction;

typedef struct MgPartDecision {
        MgAction action;
        gboolean listed; /* removed parts only: named to the reader, one by one */
        char *rule;      /* TOKEN: which rule decided, e.g. "text-only" */
        char *reason;    /* LINE: why, for administrators, English */
        char *type[2];   /* LINE: name of the found type for readers, [0] Japanese, [1] English */
        MgTextId why;    /* of a listed part: why, for readers, a row why_*; not kept in records */
        char *approved_by; /* LINE: of a part that is kept, who answers for it by the exemption; else NULL or "" */
} MgPartDecision;

/* What becomes of a mail. */
typedef enum MgOutcome {
        MG_OUTCOME_CONVERTED, /* goes on as text */
        MG_OUTCOME_FAILED,    /* could not be converted; a notice goes on */
        MG_OUTCOME_DEFERRED,  /* 4xx: the sender's MTA tries again */
        MG_OUTCOME_REFUSED,   /* 5xx */
        MG_OUTCOME_HELD,      /* a rule said so; a notice goes on */
        _MG_OUTCOME_N,
} MgOutcome;

typedef struct MgDecision {
        MgOutcome outcome;      /* CONVERTED, FAILED, HELD or REFUSED */
        const MgPolicy *policy; /* how it is composed: borrowed of the policy that decided; NULL in a record */
        char *rule;             /* TOKEN: which rule decided on the mail; "" where none did; not kept in records */
        char *reason;           /* LINE: its name and reason, for administrators, or "" */
        MgMailTerms terms;      /* by that rule; kept in the record, not with the decision */
        char *text;             /* of a mail that is REFUSED: what its sender is told; else "" */
        GArray *parts;          /* of MgPartDecision, which the array clears */
} MgDecision;

MgDecision *mg_decision_new(void);
void mg_decision_free(MgDecision *decision);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgDecision, mg_decision_free)

/* The part is removed after all: "not kept: WHY" (LINE, English). */
void mg_part_decision_drop(MgPartDecision *part, const char *why);
/* The parts that go on as files. */
guint mg_decision_kept(const MgDecision *decision);

const char *mg_action_name(MgAction action);
const char *mg_outcome_name(MgOutcome outcome); /* "converted", "failed", "deferred", "refused", "held" */
