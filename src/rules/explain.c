/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reasons, for people: which condition is not met and what the mail has there, as a table over what is asked. Decides
 * nothing.
 */
#include "rules/explain.h"

#include <string.h>

#include "base/text.h"
#include "mugai/header.h"
#include "rules/nature.h"

/* Octets of one value, and of a list of them, in an explanation. */
#define ONE_MAX 120
#define ALL_MAX 400

MgWhy mg_why_part(const MgMatcher *matcher, const MgRule *rule, const MgFacts *part) {
        MgWhy why = {.takes = mg_matcher_takes_part(matcher, rule, part), .part = part};

        why.expired = !why.takes && mg_matcher_is_expired(matcher, rule);
        if (why.takes || why.expired)
                return why;
        why.unmet = mg_matcher_unmet(matcher, rule, NULL);
        if (!why.unmet)
                why.unmet = mg_matcher_unmet(matcher, rule, part);
        return why;
}

/* Conditions stand in the order of MgMatch, those of parts last. */
static const MgCondition *first_of_parts(const MgRule *rule) {
        for (guint i = 0; i < rule->conditions->len; i++) {
                const MgCondition *condition = &g_array_index(rule->conditions, MgCondition, i);

                if (condition->match >= MG_MATCH_FIRST_OF_PARTS)
                        return condition;
        }
        return NULL;
}

/* The part that meets all that is asked of parts, or the first of those that meet most of it. */
static void find_part(const MgMatcher *matcher, const MgRule *rule, MgWhy *why) {
        const GPtrArray *parts = matcher->reading->parts;
        const MgCondition *furthest = NULL;

        for (guint i = 0; i < parts->len; i++) {
                const MgFacts *part = g_ptr_array_index(parts, i);
                const MgCondition *unmet = mg_matcher_unmet(matcher, rule, part);

                if (!unmet || !why->part || unmet > furthest) {
                        furthest = unmet;
                        why->part = part;
                }
                if (!unmet)
                        return;
        }
        why->unmet = furthest ? furthest : first_of_parts(rule);
}

MgWhy mg_why_mail(const MgMatcher *matcher, const MgRule *rule) {
        MgWhy why = {.takes = mg_matcher_takes_mail(matcher, rule)};

        why.expired = !why.takes && mg_matcher_is_expired(matcher, rule);
        if (why.expired)
                return why;
        if (!why.takes)
                why.unmet = mg_matcher_unmet(matcher, rule, NULL);
        if (!why.unmet && first_of_parts(rule))
                find_part(matcher, rule, &why);
        return why;
}

/* --- what the mail has -------------------------------------------------------------------------------------------- */

static void add(GString *all, const char *text) {
        g_autofree char *quoted = mg_text_quote(text, ONE_MAX);

        if (all->len < ALL_MAX)
                g_string_append_printf(all, "%s%s", all->len ? ", " : "", quoted);
        else if (!g_str_has_suffix(all->str, ", ..."))
                g_string_append(all, ", ...");
}

static char *end(GString *all) {
        if (all->len == 0)
                g_string_append(all, "none");
        return g_string_free(all, FALSE);
}

static char *one(const char *text, const char *empty) {
        return text && *text ? mg_text_quote(text, ONE_MAX) : g_strdup(empty);
}

static char *all_of(const GPtrArray *texts) {
        GString *all = g_string_new(NULL);

        for (guint i = 0; i < texts->len; i++)
                add(all, g_ptr_array_index(texts, i));
        return end(all);
}

static char *octets(guint64 size) {
        return g_strdup_printf("%" G_GUINT64_FORMAT " octets", size);
}

static char *has_organization(const MgMatcher *matcher, const MgFacts *part) {
        (void)part;
        return one(matcher->mail->organization, "the one without a name");
}

static char *has_sender(const MgMatcher *matcher, const MgFacts *part) {
        (void)part;
        return one(matcher->sender, "<>");
}

static char *has_recipient(const MgMatcher *matcher, const MgFacts *part) {
        (void)part;
        return one(matcher->recipient, "none");
}

static char *has_size(const MgMatcher *matcher, const MgFacts *part) {
        (void)part;
        return octets(matcher->mail->size);
}

static char *has_hour(const MgMatcher *matcher, const MgFacts *part) {
        (void)part;
        return g_strdup_printf("%02u:%02u", matcher->minute / 60, matcher->minute % 60);
}

static char *has_day(const MgMatcher *matcher, const MgFacts *part) {
        static const char *const days[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

        (void)part;
        return g_strdup(days[matcher->weekday % G_N_ELEMENTS(days)]);
}

static char *has_header(const MgMatcher *matcher, const MgFacts *part) {
        const MgHeader *header = matcher->mail->header;

        (void)part;
        return header ? all_of(header->names) : g_strdup("not known here");
}

static char *has_authentication(const MgMatcher *matcher, const MgFacts *part) {
        const MgHeader *header = matcher->mail->header;

        (void)part;
        return header ? all_of(header->authentication) : g_strdup("not known here");
}

static char *has_scan(const MgMatcher *matcher, const MgFacts *part) {
        (void)part;
        return g_strdup(mg_scan_verdict_name(matcher->mail->scan));
}

static char *has_mark(const MgMatcher *matcher, const MgFacts *part) {
        GString *all = g_string_new(NULL);

        (void)part;
        for (guint32 mark = 1; mark < _MG_MARK_ALL; mark <<= 1)
                if (matcher->reading->marks & mark)
                        add(all, mg_mark_name(mark));
        return end(all);
}

static char *has_kind(const MgMatcher *matcher, const MgFacts *part) {
        (void)matcher;
        return g_strdup(mg_part_kind_name(part->kind));
}

static char *has_flag(const MgMatcher *matcher, const MgFacts *part) {
        GString *all = g_string_new(NULL);

        (void)matcher;
        for (guint i = 0; i < _MG_PART_FLAG_N; i++)
                if (part->flags & 1u << i)
                        add(all, mg_part_flag_name(1u << i));
        return end(all);
}

static char *has_class(const MgMatcher *matcher, const MgFacts *part) {
        GString *all = g_string_new(NULL);

        (void)matcher;
        if (mg_nature_is_program(part))
                add(all, "program");
        if (mg_nature_is_encrypted(part))
                add(all, "encrypted");
        if (mg_nature_is_signature(part))
                add(all, "signature");
        return end(all);
}

static char *has_part_size(const MgMatcher *matcher, const MgFacts *part) {
        (void)matcher;
        return octets(part->size);
}

static char *has_found(const MgMatcher *matcher, const MgFacts *part) {
        (void)matcher;
        return one(part->found, "none");
}

static char *has_claimed(const MgMatcher *matcher, const MgFacts *part) {
        (void)matcher;
        return one(part->claimed, "none");
}

static char *has_names(const MgMatcher *matcher, const MgFacts *part) {
        GString *all = g_string_new(NULL);

        (void)matcher;
        if (*part->name)
                add(all, part->name);
        for (guint i = 0; i < part->names->len; i++)
                add(all, g_ptr_array_index(part->names, i));
        return end(all);
}

static char *has_members(const MgMatcher *matcher, const MgFacts *part) {
        GString *all = g_string_new(NULL);

        (void)matcher;
        for (guint i = 0; i < part->members->len; i++)
                add(all, ((const MgMember *)g_ptr_array_index(part->members, i))->name);
        return end(all);
}

/* One row for each condition. */
static char *(*const has[_MG_MATCH_N])(const MgMatcher *matcher, const MgFacts *part) = {
        [MG_MATCH_ORGANIZATION] = has_organization,
        [MG_MATCH_LARGER] = has_size,
        [MG_MATCH_SMALLER] = has_size,
        [MG_MATCH_HOURS] = has_hour,
        [MG_MATCH_DAYS] = has_day,
        [MG_MATCH_SENDER] = has_sender,
        [MG_MATCH_RECIPIENT] = has_recipient,
        [MG_MATCH_HEADER] = has_header,
        [MG_MATCH_AUTHENTICATION] = has_authentication,
        [MG_MATCH_MARK] = has_mark,
        [MG_MATCH_SCAN] = has_scan,
        [MG_MATCH_PART_KIND] = has_kind,
        [MG_MATCH_PART_FLAG] = has_flag,
        [MG_MATCH_PART_CLASS] = has_class,
        [MG_MATCH_PART_LARGER] = has_part_size,
        [MG_MATCH_PART_SMALLER] = has_part_size,
        [MG_MATCH_PART_FOUND] = has_found,
        [MG_MATCH_PART_CLAIMED] = has_claimed,
        [MG_MATCH_PART_EXTENSION] = has_names,
        [MG_MATCH_PART_NAME] = has_names,
        [MG_MATCH_ARCHIVE_EXTENSION] = has_members,
        [MG_MATCH_ARCHIVE_NAME] = has_members,
};

char *mg_why_has(const MgMatcher *matcher, const MgCondition *condition, const MgFacts *part) {
        if (condition->match >= _MG_MATCH_N || !has[condition->match])
                return g_strdup("not known");
        if (condition->match >= MG_MATCH_FIRST_OF_PARTS && !part)
                return g_strdup("no part");
        return has[condition->match](matcher, part);
}

/* --- rules among themselves --------------------------------------------------------------------------------------- */

/* Every word of a value stands in the other one, whatever the case: no condition tells a from A. */
static gboolean words_in(const char *some, const char *all) {
        g_autofree char *lower = g_ascii_strdown(some, -1), *lower_all = g_ascii_strdown(all, -1);
        g_auto(GStrv) of_some = g_strsplit_set(lower, " \t\n", -1), of_all = g_strsplit_set(lower_all, " \t\n", -1);

        for (char **word = of_some; *word; word++)
                if (**word && !g_strv_contains((const char *const *)of_all, *word))
                        return FALSE;
        return TRUE;
}

static gboolean stands_in(const MgCondition *condition, const MgRule *rule) {
        for (guint i = 0; i < rule->conditions->len; i++) {
                const MgCondition *other = &g_array_index(rule->conditions, MgCondition, i);

                if (other->match == condition->match && words_in(condition->value, other->value) &&
                    words_in(other->value, condition->value))
                        return TRUE;
        }
        return FALSE;
}

gboolean mg_rule_covers(const MgRule *before, const MgRule *behind) {
        if ((before->mail == MG_MAIL_NONE) != (behind->mail == MG_MAIL_NONE))
                return FALSE;
        if (before->expires != 0 && (behind->expires == 0 || behind->expires > before->expires))
                return FALSE;
        for (guint i = 0; i < before->conditions->len; i++)
                if (!stands_in(&g_array_index(before->conditions, MgCondition, i), behind))
                        return FALSE;
        return TRUE;
}
