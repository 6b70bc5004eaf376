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

/* "type/subtype", or "type/" for all of it. */
static gboolean has_type(const MgCondition *condition, const char *type) {
        for (char **at = condition->words; *at; at++)
                if (g_str_has_suffix(*at, "/") ? g_str_has_prefix(type, *at) : g_str_equal(*at, type))
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

static gboolean fits_pattern(const MgCondition *condition, const char *name) {
        for (char **at = condition->words; *at; at++)
                if (fits(*at, name))
                        return TRUE;
        return FALSE;
}

/* Blanks and dots behind it do not count, as some systems drop them. */
static gboolean has_extension(const MgCondition *condition, const char *name) {
        gsize n = strlen(name);

        while (n > 0 && (name[n - 1] == ' ' || name[n - 1] == '.'))
                n--;
        const char *dot = n > 0 ? memrchr(name, '.', n) : NULL;
        g_autofree char *extension = dot ? g_strndup(dot + 1, n - (gsize)(dot + 1 - name)) : NULL;
        return extension && has_word(condition, extension);
}

/* By any of its names. */
static gboolean any_name(const MgCondition *condition, const MgFacts *part,
                         gboolean (*is)(const MgCondition *condition, const char *name)) {
        gboolean found = is(condition, part->name);

        for (guint i = 0; i < part->names->len && !found; i++)
                found = is(condition, g_ptr_array_index(part->names, i));
        return found;
}

/* By the name of a file in it that is listed, with its folders or without them. */
static gboolean any_member(const MgCondition *condition, const MgFacts *part,
                           gboolean (*is)(const MgCondition *condition, const char *name)) {
        for (guint i = 0; i < part->members->len; i++) {
                const char *name = ((const MgMember *)g_ptr_array_index(part->members, i))->name;
                const char *slash = strrchr(name, '/');

                if (is(condition, name) || (slash && is(condition, slash + 1)))
                        return TRUE;
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
} Part;

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
                return has_type(condition, part->found);
        case MG_MATCH_PART_CLAIMED:
                return has_type(condition, part->claimed);
        case MG_MATCH_PART_EXTENSION:
                return any_name(condition, part, has_extension);
        case MG_MATCH_PART_NAME:
                return any_name(condition, part, fits_pattern);
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
        const Part seen = {part, part ? classes_of(part) : 0};

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
        const Part seen = {part, part ? classes_of(part) : 0};

        return unmet(matcher, rule, part ? &seen : NULL);
}

gboolean mg_matcher_asks_part(const MgMatcher *matcher, const MgFacts *part) {
        return part->kind != MG_PART_BODY && matcher->reading->failure == MG_FAILURE_NONE;
}

static gboolean meets_all(const MgMatcher *matcher, const MgRule *rule, const Part *part) {
        return !unmet(matcher, rule, part);
}

/* Of a rule whose conditions on the mail are met: those on parts, by one of them. */
static gboolean some_part_meets(const MgMatcher *matcher, const MgRule *rule, const Part *parts) {
        if (!mg_rule_asks(rule, MG_MATCH_FIRST_OF_PARTS, _MG_MATCH_N))
                return TRUE;
        for (guint i = 0; i < matcher->reading->parts->len; i++)
                if (meets_all(matcher, rule, &parts[i]))
                        return TRUE;
        return FALSE;
}

static Part *parts_of(const MgMatcher *matcher) {
        const GPtrArray *all = matcher->reading->parts;
        Part *parts = g_new(Part, all->len);

        for (guint i = 0; i < all->len; i++)
                parts[i] = (Part){g_ptr_array_index(all, i), classes_of(g_ptr_array_index(all, i))};
        return parts;
}

static gboolean is_open(const MgMatcher *matcher, const MgRule *rule) {
        return !mg_matcher_is_expired(matcher, rule) && meets_all(matcher, rule, NULL);
}

gboolean mg_matcher_takes_mail(const MgMatcher *matcher, const MgRule *rule) {
        g_autofree Part *parts = parts_of(matcher);

        return rule->mail != MG_MAIL_NONE && is_open(matcher, rule) && some_part_meets(matcher, rule, parts);
}

gboolean mg_matcher_takes_part(const MgMatcher *matcher, const MgRule *rule, const MgFacts *part) {
        const Part seen = {part, classes_of(part)};

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
        g_autofree Part *parts = open->len > 0 ? parts_of(matcher) : NULL;

        for (guint i = 0; i < open->len; i++) {
                const MgRule *rule = g_ptr_array_index(open, i);

                if (rule->mail != MG_MAIL_NONE && some_part_meets(matcher, rule, parts))
                        return rule;
        }
        return NULL;
}

const MgRule *mg_rules_for_part(const GPtrArray *open, const MgMatcher *matcher, const MgFacts *part) {
        const Part seen = {part, open->len > 0 ? classes_of(part) : 0};

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
