/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conditions against facts, as a table over what is asked. What cannot be known is not met. Each test is linear in what
 * it looks at: words of a rule are at most MG_RULE_WORDS, names of a part MG_FACTS_NAMES_MAX.
 */
#include "rules/match.h"

#include <string.h>

#include "base/address_set.h"
#include "mugai/header.h"
#include "rules/nature.h"

void mg_matcher_init(MgMatcher *matcher, const MgMailFacts *mail, const MgReading *reading) {
        *matcher = (MgMatcher){.mail = mail, .reading = reading};
        matcher->sender = g_ascii_strdown(mail->sender ? mail->sender : "", -1);
        matcher->recipient = g_ascii_strdown(mail->recipient ? mail->recipient : "", -1);
        matcher->day = mg_rule_day(mail->time, &matcher->minute, &matcher->weekday);
}

void mg_matcher_clear(MgMatcher *matcher) {
        g_free(matcher->sender);
        g_free(matcher->recipient);
}

static gboolean has_address(const MgCondition *condition, const char *address) {
        for (guint i = 0; i < condition->sets->len; i++)
                if (mg_address_set_has(g_ptr_array_index(condition->sets, i), address))
                        return TRUE;
        return FALSE;
}

static gboolean has_word(const MgCondition *condition, const char *word) {
        const char first = g_ascii_tolower(*word);

        for (char **at = condition->words; *at; at++)
                if (**at == first && g_ascii_strcasecmp(*at, word) == 0)
                        return TRUE;
        return FALSE;
}

static gboolean in_hours(const MgCondition *condition, guint minute) {
        return condition->number < condition->last ? minute >= condition->number && minute < condition->last
                                                   : minute >= condition->number || minute < condition->last;
}

/* As g_ascii_tolower(), without a call for each octet of each pattern. */
static inline char lower(char c) {
        return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* "*" stands for any run of octets; goes back to the last star only, so that it is len(pattern) * len(text) at most. */
static gboolean fits(const char *pattern, const char *text) {
        const char *star = NULL, *resume = NULL;

        while (*text) {
                if (*pattern == '*') {
                        star = ++pattern;
                        resume = text;
                } else if (*pattern && lower(*pattern) == lower(*text)) {
                        pattern++;
                        text++;
                } else if (star) {
                        pattern = star;
                        text = ++resume;
                } else {
                        return FALSE;
                }
        }
        while (*pattern == '*')
                pattern++;
        return *pattern == '\0';
}

/* A name of a file. Its letters let most words be passed over; they are not worth making for one look. */
typedef struct Name {
        const char *text;
        guint64 letters;       /* mg_letters(), or all */
        const char *extension; /* in text; NULL where it has none */
        gsize n;               /* its octets */
        guint64 extension_letters;
} Name;

/* Its extension: blanks and dots behind it do not count, as some systems drop them. */
static Name name_of(const char *text) {
        gsize n = strlen(text);

        while (n > 0 && (text[n - 1] == ' ' || text[n - 1] == '.'))
                n--;
        const char *dot = n > 0 ? memrchr(text, '.', n) : NULL;
        return (Name){text, ~(guint64)0, dot ? dot + 1 : NULL, dot ? n - (gsize)(dot + 1 - text) : 0, ~(guint64)0};
}

static Name name_with_letters(const char *text) {
        Name name = name_of(text);

        name.letters = mg_letters(text, strlen(text));
        name.extension_letters = mg_letters(name.extension, name.n);
        return name;
}

static gboolean fits_pattern(const MgCondition *condition, const Name *name) {
        for (guint i = 0; condition->words[i]; i++)
                if (!(condition->letters[i] & ~name->letters) && fits(condition->words[i], name->text))
                        return TRUE;
        return FALSE;
}

static gboolean has_extension(const MgCondition *condition, const Name *name) {
        for (guint i = 0; name->extension && condition->words[i]; i++)
                if (!(condition->letters[i] & ~name->extension_letters) &&
                    g_ascii_strncasecmp(condition->words[i], name->extension, name->n) == 0 &&
                    condition->words[i][name->n] == '\0')
                        return TRUE;
        return FALSE;
}

/* By the name of a file in it that is listed, with its folders or without them. */
static gboolean any_member(const MgCondition *condition, const MgFacts *part,
                           gboolean (*is)(const MgCondition *condition, const Name *name)) {
        for (guint i = 0; i < part->members->len; i++) {
                const Name name = name_of(((const MgMember *)g_ptr_array_index(part->members, i))->name);
                const char *slash = strrchr(name.text, '/');

                if (is(condition, &name))
                        return TRUE;
                if (slash) {
                        const Name alone = name_of(slash + 1);

                        if (is(condition, &alone))
                                return TRUE;
                }
        }
        return FALSE;
}

static gboolean has_field(const MgMatcher *matcher, const MgCondition *condition) {
        const MgHeader *header = matcher->mail->header;

        for (char **at = condition->words; header && *at; at++)
                if (mg_header_has(header, *at))
                        return TRUE;
        return FALSE;
}

static gboolean has_result(const MgMatcher *matcher, const MgCondition *condition) {
        const MgHeader *header = matcher->mail->header;

        for (guint i = 0; header && i < header->authentication->len; i++)
                if (has_word(condition, g_ptr_array_index(header->authentication, i)))
                        return TRUE;
        return FALSE;
}

static guint64 classes_of(const MgFacts *part) {
        return (mg_nature_is_program(part) ? MG_PART_CLASS_PROGRAM : 0) |
               (mg_nature_is_encrypted(part) ? MG_PART_CLASS_ENCRYPTED : 0) |
               (mg_nature_is_signature(part) ? MG_PART_CLASS_SIGNATURE : 0);
}

/* A part, and what would be looked up for each rule that asks for it. */
typedef struct Part {
        const MgFacts *facts;
        guint64 classes;
        Name *names; /* all that it has */
        guint n_names;
        guint64 found_letters;
        guint64 claimed_letters;
} Part;

/* "type/subtype", or "type/" for all of it. */
static gboolean has_type(const MgCondition *condition, const char *type, guint64 letters) {
        for (guint i = 0; condition->words[i]; i++) {
                const char *word = condition->words[i];

                if (!(condition->letters[i] & ~letters) &&
                    (g_str_has_suffix(word, "/") ? g_str_has_prefix(type, word) : g_str_equal(word, type)))
                        return TRUE;
        }
        return FALSE;
}

static void part_init(Part *part, const MgFacts *facts) {
        *part = (Part){
                .facts = facts,
                .classes = classes_of(facts),
                .names = g_new(Name, facts->names->len + 1),
                .n_names = facts->names->len + 1,
                .found_letters = mg_letters(facts->found, strlen(facts->found)),
                .claimed_letters = mg_letters(facts->claimed, strlen(facts->claimed)),
        };
        part->names[0] = name_with_letters(facts->name);
        for (guint i = 1; i < part->n_names; i++)
                part->names[i] = name_with_letters(g_ptr_array_index(facts->names, i - 1));
}

static void part_clear(void *part) {
        g_free(((Part *)part)->names);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Part, part_clear)

static gboolean any_name(const MgCondition *condition, const Part *part,
                         gboolean (*is)(const MgCondition *condition, const Name *name)) {
        for (guint i = 0; i < part->n_names; i++)
                if (is(condition, &part->names[i]))
                        return TRUE;
        return FALSE;
}

static gboolean meets_of_part(const MgCondition *condition, const Part *seen) {
        const MgFacts *part = seen->facts;

        switch (condition->match) {
        case MG_MATCH_PART_KIND:
                return part->kind < _MG_PART_KIND_N && (condition->number & (guint64)1 << part->kind);
        case MG_MATCH_PART_FLAG:
                return (condition->number & part->flags) != 0;
        case MG_MATCH_PART_CLASS:
                return (condition->number & seen->classes) != 0;
        case MG_MATCH_PART_LARGER:
                return part->size > condition->number;
        case MG_MATCH_PART_SMALLER:
                return part->size < condition->number;
        case MG_MATCH_PART_FOUND:
                return has_type(condition, part->found, seen->found_letters);
        case MG_MATCH_PART_CLAIMED:
                return has_type(condition, part->claimed, seen->claimed_letters);
        case MG_MATCH_PART_EXTENSION:
                return any_name(condition, seen, has_extension);
        case MG_MATCH_PART_NAME:
                return any_name(condition, seen, fits_pattern);
        case MG_MATCH_ARCHIVE_EXTENSION:
                return any_member(condition, part, has_extension);
        case MG_MATCH_ARCHIVE_NAME:
                return any_member(condition, part, fits_pattern);
        default:
                return FALSE;
        }
}

static gboolean meets(const MgMatcher *matcher, const MgCondition *condition, const Part *part) {
        const MgMailFacts *mail = matcher->mail;

        switch (condition->match) {
        case MG_MATCH_ORGANIZATION:
                return has_word(condition, mail->organization ? mail->organization : "");
        case MG_MATCH_LARGER:
                return mail->size > condition->number;
        case MG_MATCH_SMALLER:
                return mail->size < condition->number;
        case MG_MATCH_HOURS:
                return in_hours(condition, matcher->minute);
        case MG_MATCH_DAYS:
                return (condition->number & (guint64)1 << matcher->weekday) != 0;
        case MG_MATCH_SENDER:
                return has_address(condition, matcher->sender);
        case MG_MATCH_RECIPIENT:
                return has_address(condition, matcher->recipient);
        case MG_MATCH_HEADER:
                return has_field(matcher, condition);
        case MG_MATCH_AUTHENTICATION:
                return has_result(matcher, condition);
        case MG_MATCH_MARK:
                return (condition->number & matcher->reading->marks) != 0;
        case MG_MATCH_SCAN:
                return mail->scan < _MG_SCAN_N && (condition->number & (guint64)1 << mail->scan);
        default:
                return part && meets_of_part(condition, part);
        }
}

gboolean mg_matcher_meets(const MgMatcher *matcher, const MgCondition *condition, const MgFacts *part) {
        g_auto(Part) seen = {0};

        if (part)
                part_init(&seen, part);
        return meets(matcher, condition, part ? &seen : NULL);
}

gboolean mg_matcher_is_expired(const MgMatcher *matcher, const MgRule *rule) {
        return rule->expires != 0 && matcher->day > rule->expires;
}

/* The first that is not met of those of the mail, or of those of one part. */
static const MgCondition *unmet(const MgMatcher *matcher, const MgRule *rule, const Part *part) {
        for (guint i = 0; i < rule->conditions->len; i++) {
                const MgCondition *condition = &g_array_index(rule->conditions, MgCondition, i);

                if ((condition->match >= MG_MATCH_FIRST_OF_PARTS) == (part != NULL) && !meets(matcher, condition, part))
                        return condition;
        }
        return NULL;
}

const MgCondition *mg_matcher_unmet(const MgMatcher *matcher, const MgRule *rule, const MgFacts *part) {
        g_auto(Part) seen = {0};

        if (part)
                part_init(&seen, part);
        return unmet(matcher, rule, part ? &seen : NULL);
}

gboolean mg_matcher_asks_part(const MgMatcher *matcher, const MgFacts *part) {
        return part->kind != MG_PART_BODY && matcher->reading->failure == MG_FAILURE_NONE;
}

static gboolean meets_all(const MgMatcher *matcher, const MgRule *rule, const Part *part) {
        return !unmet(matcher, rule, part);
}

/* Of a rule whose conditions on the mail are met: those on parts, by one of them. */
static gboolean some_part_meets(const MgMatcher *matcher, const MgRule *rule, const GArray *parts) {
        if (!mg_rule_asks(rule, MG_MATCH_FIRST_OF_PARTS, _MG_MATCH_N))
                return TRUE;
        for (guint i = 0; i < parts->len; i++)
                if (meets_all(matcher, rule, &g_array_index(parts, Part, i)))
                        return TRUE;
        return FALSE;
}

static GArray *parts_of(const MgMatcher *matcher) {
        const GPtrArray *all = matcher->reading->parts;
        GArray *parts = g_array_sized_new(FALSE, FALSE, sizeof(Part), all->len);

        g_array_set_clear_func(parts, part_clear);
        g_array_set_size(parts, all->len);
        for (guint i = 0; i < all->len; i++)
                part_init(&g_array_index(parts, Part, i), g_ptr_array_index(all, i));
        return parts;
}

static gboolean is_open(const MgMatcher *matcher, const MgRule *rule) {
        return !mg_matcher_is_expired(matcher, rule) && meets_all(matcher, rule, NULL);
}

gboolean mg_matcher_takes_mail(const MgMatcher *matcher, const MgRule *rule) {
        g_autoptr(GArray) parts = parts_of(matcher);

        return rule->mail != MG_MAIL_NONE && is_open(matcher, rule) && some_part_meets(matcher, rule, parts);
}

gboolean mg_matcher_takes_part(const MgMatcher *matcher, const MgRule *rule, const MgFacts *part) {
        g_auto(Part) seen = {0};

        part_init(&seen, part);
        return rule->part != MG_PART_ACTION_NONE && is_open(matcher, rule) && meets_all(matcher, rule, &seen);
}

GPtrArray *mg_rules_open(const GPtrArray *rules, const MgMatcher *matcher) {
        GPtrArray *open = g_ptr_array_new();

        for (guint i = 0; rules && i < rules->len; i++)
                if (is_open(matcher, g_ptr_array_index(rules, i)))
                        g_ptr_array_add(open, g_ptr_array_index(rules, i));
        return open;
}

const MgRule *mg_rules_for_mail(const GPtrArray *open, const MgMatcher *matcher) {
        g_autoptr(GArray) parts = open->len > 0 ? parts_of(matcher) : NULL;

        for (guint i = 0; i < open->len; i++) {
                const MgRule *rule = g_ptr_array_index(open, i);

                if (rule->mail != MG_MAIL_NONE && some_part_meets(matcher, rule, parts))
                        return rule;
        }
        return NULL;
}

const MgRule *mg_rules_for_part(const GPtrArray *open, const MgMatcher *matcher, const MgFacts *part) {
        g_auto(Part) seen = {0};

        if (open->len > 0)
                part_init(&seen, part);
        for (guint i = 0; i < open->len; i++) {
                const MgRule *rule = g_ptr_array_index(open, i);

                if (rule->part != MG_PART_ACTION_NONE && meets_all(matcher, rule, &seen))
                        return rule;
        }
        return NULL;
}

gboolean mg_rules_ask_scan(const GPtrArray *rules) {
        for (guint i = 0; rules && i < rules->len; i++)
                if (((const MgRule *)g_ptr_array_index(rules, i))->part == MG_PART_ACTION_KEEP ||
                    mg_rule_asks(g_ptr_array_index(rules, i), MG_MATCH_SCAN, MG_MATCH_SCAN))
                        return TRUE;
        return FALSE;
}

static gboolean is_told_apart(const MgRule *rule, const MgMatcher *one, const MgMatcher *other) {
        for (guint i = 0; i < rule->conditions->len; i++) {
                const MgCondition *condition = &g_array_index(rule->conditions, MgCondition, i);

                if ((condition->match == MG_MATCH_ORGANIZATION || condition->match == MG_MATCH_RECIPIENT) &&
                    mg_matcher_meets(one, condition, NULL) != mg_matcher_meets(other, condition, NULL))
                        return TRUE;
        }
        return FALSE;
}

gboolean mg_rules_share(const GPtrArray *rules, const MgMailFacts *one, const MgMailFacts *other) {
        g_auto(MgMatcher) first = {0}, second = {0};

        mg_matcher_init(&first, one, NULL);
        mg_matcher_init(&second, other, NULL);
        for (guint i = 0; rules && i < rules->len; i++)
                if (is_told_apart(g_ptr_array_index(rules, i), &first, &second))
                        return FALSE;
        return TRUE;
}

gboolean mg_rules_prefer(const GPtrArray *rules, const MgMailFacts *mail) {
        g_auto(MgMatcher) matcher = {0};

        mg_matcher_init(&matcher, mail, NULL);
        for (guint i = 0; rules && i < rules->len; i++) {
                const MgRule *rule = g_ptr_array_index(rules, i);

                if (rule->priority && is_open(&matcher, rule))
                        return TRUE;
        }
        return FALSE;
}
