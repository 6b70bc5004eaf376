/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

#include "mugai/scan.h"

/*
 * Rules: what an administrator wrote on who may receive what
 *
 * Ordered; the first rule on mail that matches decides on a mail, the first rule on parts that matches on a part, and
 * behind the last one stands what is built in: text only. Loaded by config, matched by rules, owned by a Policy,
 * immutable once that is sealed. Only an exemption with part = keep can make a file cross, and only one that
 * rules/keep has nothing against.
 */
#define MG_RULES_MAX 1000
/* Octets of a name. */
#define MG_RULE_NAME 32
/* Words of one condition; more stand in a list file. */
#define MG_RULE_WORDS 64
/* Characters of the text of a rejection. */
#define MG_RULE_TEXT 200

struct MgHeader;
struct MgPolicy;

/*
 * What a rule can ask: X(id, word). Those from PART_KIND on are asked of parts: a rule on mail asks for one part that
 * meets all of them.
 */
#define MG_MATCHES(X)                                                                                                  \
        X(ORGANIZATION, "organization")                                                                                \
        X(LARGER, "larger_than")                                                                                       \
        X(SMALLER, "smaller_than")                                                                                     \
        X(HOURS, "hours")                                                                                              \
        X(DAYS, "days")                                                                                                \
        X(SENDER, "sender")                                                                                            \
        X(RECIPIENT, "recipient")                                                                                      \
        X(HEADER, "header")                                                                                            \
        X(AUTHENTICATION, "authentication")                                                                            \
        X(MARK, "mark")                                                                                                \
        X(SCAN, "scan")                                                                                                \
        X(PART_KIND, "part_kind")                                                                                      \
        X(PART_FLAG, "part_flag")                                                                                      \
        X(PART_CLASS, "part_class")                                                                                    \
        X(PART_LARGER, "part_larger_than")                                                                             \
        X(PART_SMALLER, "part_smaller_than")                                                                           \
        X(PART_FOUND, "part_found")                                                                                    \
        X(PART_CLAIMED, "part_claimed")                                                                                \
        X(PART_EXTENSION, "part_extension")                                                                            \
        X(PART_NAME, "part_name")                                                                                      \
        X(ARCHIVE_EXTENSION, "archive_extension")                                                                      \
        X(ARCHIVE_NAME, "archive_name")

typedef enum MgMatch {
#define MG_MATCH_ID(id, word) MG_MATCH_##id,
        MG_MATCHES(MG_MATCH_ID)
#undef MG_MATCH_ID
                _MG_MATCH_N,
        MG_MATCH_FIRST_OF_PARTS = MG_MATCH_PART_KIND,
} MgMatch;

/* The word of the rule file. */
const char *mg_match_word(MgMatch match);

/* What part_class asks for: bits. */
typedef enum MgPartClass {
        MG_PART_CLASS_PROGRAM = 1 << 0,
        MG_PART_CLASS_ENCRYPTED = 1 << 1,
        MG_PART_CLASS_SIGNATURE = 1 << 2,
} MgPartClass;

typedef struct MgCondition {
        MgMatch match;
        char *value;     /* as it was written, for explanations */
        guint64 number;  /* octets; bits; hours: first minute of the day */
        guint64 last;    /* hours: the minute that is no more in them; below number where midnight lies between */
        char **words;    /* lower case; NULL where it has none */
        guint64 *letters; /* of each of words: those that a text must have for the word to be all of it, or to fit */
        GPtrArray *sets; /* of MgAddressSet: in any of them; NULL where it has none */
} MgCondition;

/* Which octets a text has, as bits: letters of either case have one bit, octets may share one, "*" has none. */
guint64 mg_letters(const char *s, gsize n);
/* Takes the words, with their letters. */
void mg_condition_set_words(MgCondition *condition, char **words);

typedef enum MgMailAction {
        MG_MAIL_NONE, /* a rule on parts */
        MG_MAIL_REWRITE,
        MG_MAIL_HOLD,   /* a notice with the receipt goes on, at once */
        MG_MAIL_REJECT, /* 550 with the rule's text */
} MgMailAction;

typedef enum MgPartAction {
        MG_PART_ACTION_NONE, /* a rule on mail */
        MG_PART_ACTION_REMOVE,
        MG_PART_ACTION_KEEP, /* an exemption: it crosses as a file, re-encoded, where it passes what is built in */
} MgPartAction;

/* Who may ask that a mail, or a part of it, be released. */
typedef enum MgReleaseBy {
        MG_RELEASE_BY_STAFF,   /* whoever it came to, and those who may ask for any mail of their organization */
        MG_RELEASE_BY_OFFICER, /* security officers of the organization */
        MG_RELEASE_BY_NOBODY,
        _MG_RELEASE_BY_N,
} MgReleaseBy;

/* "staff", "officer", "nobody". */
const char *mg_release_by_name(MgReleaseBy by);

/* What a rule says of a mail that is kept, beside what its organization says of all. Zeros: nothing. */
typedef struct MgMailTerms {
        guint32 retention; /* days, where the organization's are fewer */
        guint32 approvals; /* persons, where the organization's are fewer */
        guint32 release;   /* MgReleaseBy */
} MgMailTerms;

typedef struct MgRule {
        char *name;         /* TOKEN */
        guint line;         /* of the rule file */
        gboolean exemption; /* has reason, approved_by and expires */
        GArray *conditions; /* of MgCondition, in the order of MgMatch; all must be met */
        guint32 mail;       /* MgMailAction */
        guint32 part;       /* MgPartAction */
        MgMailTerms terms;  /* of mail that it decides */
        gboolean priority;  /* its mail is admitted ahead of milter.max_mails; asks for senders alone */
        char *text;         /* of a rejection, or "" */
        char *reason;       /* LINE, or "" */
        char *approved_by;  /* LINE, or "" */
        guint32 expires;    /* last day on which it matches, 20261231, Japan Standard Time; 0: none */
        struct MgPolicy *policy; /* how mail is rewritten that it decides; NULL: as all other mail */
} MgRule;

MgRule *mg_rule_new(const char *name);
void mg_rule_free(MgRule *rule);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgRule, mg_rule_free)
/* Whether it asks for one of these, from and to included. */
gboolean mg_rule_asks(const MgRule *rule, MgMatch from, MgMatch to);

/* What rules look at beside the Reading. All borrowed; NULL strings are "". */
typedef struct MgMailFacts {
        const char *organization;
        const char *sender;
        const char *recipient;   /* one: all of a mail are under the same rules (mg_rules_share()) */
        guint64 size;            /* octets of the original */
        gint64 time;             /* of arrival, seconds since the epoch */
        const struct MgHeader *header; /* NULL where it is not known */
        MgScanVerdict scan;            /* on the original */
} MgMailFacts;

/* 20261126 of a time, in Japan Standard Time as in the notices; minute of the day and day of the week (0: Monday). */
guint32 mg_rule_day(gint64 time, guint *minute, guint *weekday);
/* Days from one such day to another one. */
gint mg_rule_days_between(guint32 from, guint32 to);
