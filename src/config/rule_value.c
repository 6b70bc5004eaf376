/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One value of one condition: text -> MgCondition, by a table over the conditions; list files of addresses. What
 * conditions say about each other is said by rules.c.
 */
#include "config/rule_value.h"

#include <stddef.h>
#include <string.h>

#include "base/address_set.h"
#include "base/text.h"
#include "config/rules.h"
#include "config/syntax.h"
#include "config/table.h"
#include "mugai/header.h"

#define BIT(n) (1 << (n))

static const MgChoice days[] = {{"mon", BIT(0)}, {"tue", BIT(1)}, {"wed", BIT(2)}, {"thu", BIT(3)},
                                {"fri", BIT(4)}, {"sat", BIT(5)}, {"sun", BIT(6)}, {NULL, 0}};
static const MgChoice marks[] = {{"ambiguous", MG_MARK_AMBIGUOUS},
                                 {"body-cut", MG_MARK_BODY_CUT},
                                 {"date-unreadable", MG_MARK_DATE_UNREADABLE},
                                 {"from-unreadable", MG_MARK_FROM_UNREADABLE},
                                 {"partial", MG_MARK_PARTIAL},
                                 {"signed", MG_MARK_SIGNED},
                                 {"encrypted", MG_MARK_ENCRYPTED},
                                 {"name-address", MG_MARK_NAME_ADDRESS},
                                 {"name-script", MG_MARK_NAME_SCRIPT},
                                 {"name-hidden", MG_MARK_NAME_HIDDEN},
                                 {"opaque", MG_MARK_OPAQUE},
                                 {NULL, 0}};
static const MgChoice kinds[] = {{"body", BIT(MG_PART_BODY)},
                                 {"alternative", BIT(MG_PART_ALTERNATIVE)},
                                 {"inline-picture", BIT(MG_PART_INLINE_PICTURE)},
                                 {"message", BIT(MG_PART_MESSAGE)},
                                 {"calendar", BIT(MG_PART_CALENDAR)},
                                 {"attachment", BIT(MG_PART_ATTACHMENT)},
                                 {"encoded-text", BIT(MG_PART_ENCODED_TEXT)},
                                 {NULL, 0}};
static const MgChoice flags[] = {
#define FLAG(name, word) {word, MG_PART_##name},
        MG_PART_FLAGS(FLAG)
#undef FLAG
                {NULL, 0}};
static const MgChoice scans[] = {{"clean", BIT(MG_SCAN_CLEAN)},
                                 {"infected", BIT(MG_SCAN_INFECTED)},
                                 {"unscanned", BIT(MG_SCAN_UNSCANNED)},
                                 {NULL, 0}};
static const MgChoice classes[] = {{"program", MG_PART_CLASS_PROGRAM},
                                   {"encrypted", MG_PART_CLASS_ENCRYPTED},
                                   {"signature", MG_PART_CLASS_SIGNATURE},
                                   {NULL, 0}};

/* Those whose value is a size or words of a table: read as keys of mugai.conf are. */
#define NUMBER .offset = offsetof(MgCondition, number), .width = sizeof(guint64)
#define SIZE(word) .name = word, .type = MG_KEY_SIZE, NUMBER, .min = 1, .max = (guint64)1 << 40
#define BITS(word, table) .name = word, .type = MG_KEY_CHOICES, NUMBER, .choices = table

static const MgKey numbers[_MG_MATCH_N] = {
        [MG_MATCH_LARGER] = {SIZE("larger_than")},
        [MG_MATCH_SMALLER] = {SIZE("smaller_than")},
        [MG_MATCH_DAYS] = {BITS("days", days)},
        [MG_MATCH_MARK] = {BITS("mark", marks)},
        [MG_MATCH_SCAN] = {BITS("scan", scans)},
        [MG_MATCH_PART_KIND] = {BITS("part_kind", kinds)},
        [MG_MATCH_PART_FLAG] = {BITS("part_flag", flags)},
        [MG_MATCH_PART_CLASS] = {BITS("part_class", classes)},
        [MG_MATCH_PART_LARGER] = {SIZE("part_larger_than")},
        [MG_MATCH_PART_SMALLER] = {SIZE("part_smaller_than")},
};

MgMatch mg_match_find(const char *word) {
        MgMatch match = 0;
        while (match < _MG_MATCH_N && strcmp(mg_match_word(match), word) != 0)
                match++;
        return match;
}

guint32 mg_rule_date(const char *value) {
        static const char form[] = "dddd-dd-dd";
        for (gsize i = 0; i < sizeof form; i++)
                if (form[i] == 'd' ? !g_ascii_isdigit(value[i]) : value[i] != form[i])
                        return 0;
        guint year = (guint)strtoul(value, NULL, 10), month = (guint)strtoul(value + 5, NULL, 10),
              day = (guint)strtoul(value + 8, NULL, 10);
        return g_date_valid_dmy((GDateDay)day, (GDateMonth)month, (GDateYear)year) ? year * 10000 + month * 100 + day
                                                                                   : 0;
}

/* The words of value, without empty ones; *fault where there are none or too many. */
static char **split(MgMatch match, const char *value, char **fault) {
        g_auto(GStrv) all = g_strsplit_set(value, " \t\n", -1);
        g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
        for (char **word = all; *word != NULL; word++)
                if (**word != '\0')
                        g_ptr_array_add(words, g_strdup(*word));
        if (words->len == 0 || words->len > MG_RULE_WORDS) {
                *fault = g_strdup_printf("\"%s\" has %u words; it should have from 1 to %d%s", mg_match_word(match),
                                         words->len, MG_RULE_WORDS,
                                         match == MG_MATCH_SENDER || match == MG_MATCH_RECIPIENT
                                                 ? "; put more into a file and name its path"
                                                 : "");
                return NULL;
        }
        g_ptr_array_add(words, NULL);
        return (char **)g_ptr_array_steal(words, NULL);
}

static char *set_organizations(MgRuleValues *values, MgCondition *condition) {
        for (char **word = condition->words; *word != NULL; word++)
                if (*mg_organizations_named(values->organizations, *word)->name == '\0')
                        return g_strdup_printf("there is no organization \"%s\"; mugai.conf has a section for each, "
                                               "organization NAME { ... }",
                                               *word);
        return NULL;
}

/* Others are not kept (mugai/header.h). */
static char *set_fields(MgRuleValues *values, MgCondition *condition) {
        (void)values;
        for (char **word = condition->words; *word != NULL; word++) {
                gsize n = strlen(*word);
                if (!mg_text_is(*word, n, MG_CLASS_TOKEN) || strchr(*word, ':') != NULL)
                        return g_strdup_printf("\"header\" has \"%s\", which is no name of a header field; it "
                                               "should be as in List-Id, without the colon",
                                               *word);
                if (n > MG_FIELD_NAME_MAX)
                        return g_strdup_printf("\"header\" has a name of %zu characters; one that is asked for may "
                                               "have %d",
                                               n, MG_FIELD_NAME_MAX);
                char *lower = g_ascii_strdown(*word, -1);
                g_free(*word);
                *word = lower;
        }
        return NULL;
}

/* RFC 8601 section 2.7, and the registry that it began. */
static const char *const methods[] = {"spf",        "dkim",      "dmarc", "arc",  "iprev",     "auth",
                                      "smime",      "dnswl",     "vbr",   "rrvs", "dkim-adsp", "dkim-atps",
                                      "domainkeys", "sender-id", "bimi",  NULL};
static const char *const results[] = {"none",   "pass",      "fail",      "softfail", "neutral",
                                      "policy", "temperror", "permerror", NULL};

static char *set_results(MgRuleValues *values, MgCondition *condition) {
        if (*values->authserv_id == '\0')
                return g_strdup("\"authentication\" asks for what verifiers before the gateway said, but "
                                "\"milter.authserv_id\" names none that is trusted; set it in mugai.conf");
        for (char **word = condition->words; *word != NULL; word++) {
                g_autofree char *lower = g_ascii_strdown(*word, -1);
                g_auto(GStrv) halves = g_strsplit(lower, "=", 2);
                if (g_strv_length(halves) != 2 || !g_strv_contains(methods, halves[0]) ||
                    !g_strv_contains(results, halves[1]))
                        return g_strdup_printf("\"authentication\" has \"%s\", which no verifier says; it should be a "
                                               "method and its result, as in spf=pass dkim=fail dmarc=none",
                                               *word);
                g_free(*word);
                *word = g_steal_pointer(&lower);
        }
        return NULL;
}

static char *set_types(MgRuleValues *values, MgCondition *condition) {
        (void)values;
        for (char **word = condition->words; *word != NULL; word++) {
                const char *slash = strchr(*word, '/');
                g_autofree char *lower = g_ascii_strdown(*word, -1);
                g_autofree char *whole =
                        slash != NULL && slash[1] == '\0' ? g_strconcat(lower, "x", NULL) : g_strdup(lower);
                if (slash == NULL || !mg_text_is(whole, strlen(whole), MG_CLASS_MIME))
                        return g_strdup_printf("\"%s\" has \"%s\", which is no media type; it should be as in "
                                               "application/pdf, or image/ for all of a class",
                                               mg_match_word(condition->match), *word);
                g_free(*word);
                *word = g_steal_pointer(&lower);
        }
        return NULL;
}

static char *set_extensions(MgRuleValues *values, MgCondition *condition) {
        (void)values;
        for (char **word = condition->words; *word != NULL; word++)
                if (strpbrk(*word, ".*/") != NULL)
                        return g_strdup_printf("\"%s\" has \"%s\"; it should be the end of a name without "
                                               "its dot, as in exe (for more of a name: part_name = \"*.pdf.exe\")",
                                               mg_match_word(condition->match), *word);
        return NULL;
}

static char *set_patterns(MgRuleValues *values, MgCondition *condition) {
        (void)values;
        for (char **word = condition->words; *word != NULL; word++)
                if (!mg_text_is(*word, strlen(*word), MG_CLASS_LINE))
                        return g_strdup_printf("\"%s\" has a character that no name has after it was cleaned; write it "
                                               "as mugai show prints it, with * for what may differ",
                                               mg_match_word(condition->match));
        return NULL;
}

static gboolean read_minute(const char **at, guint64 *minute) {
        char *end;
        if (!g_ascii_isdigit(**at))
                return FALSE;
        guint64 hour = g_ascii_strtoull(*at, &end, 10);
        if (*end != ':' || !g_ascii_isdigit(end[1]) || !g_ascii_isdigit(end[2]))
                return FALSE;
        guint64 rest = (guint64)((end[1] - '0') * 10 + (end[2] - '0'));
        *at = end + 3;
        *minute = hour * 60 + rest;
        return hour <= 24 && rest < 60 && *minute <= 24 * 60;
}

static char *set_hours(MgCondition *condition, const char *value) {
        const char *at = value;
        if (read_minute(&at, &condition->number) && *at++ == '-' && read_minute(&at, &condition->last) && *at == '\0' &&
            condition->number != condition->last)
                return NULL;
        return g_strdup_printf(
                "\"hours\" is \"%s\"; it should be two times of day with - between, as in 08:30-17:15 or "
                "22:00-06:00 (Japan Standard Time)",
                value);
}

/* One line of a list: an entry, a comment, or nothing. FALSE where it is none of them. */
static gboolean take_line(MgAddressSet *set, char *line) {
        line[strcspn(line, "#")] = '\0';
        g_strstrip(line);
        return *line == '\0' || mg_address_set_add(set, line);
}

/* NULL with *fault. */
static MgAddressSet *read_list(const char *path, GString *digested, char **fault) {
        g_autoptr(MgAddressSet) set = mg_address_set_new();
        g_autoptr(GError) error = NULL;
        gsize n;
        g_autofree char *text = mg_syntax_text(path, MG_RULE_LIST_OCTETS, &n, &error);
        if (text == NULL) {
                *fault = g_strdup(error->message);
                return NULL;
        }
        g_string_append_len(digested, text, (gssize)n);
        guint number = 1;
        for (char *line = text; line < text + n; number++) {
                gsize length = strcspn(line, "\n");
                gboolean cut = line + length < text + n && line[length] == '\0';
                line[length] = '\0';
                if (cut || !take_line(set, line)) {
                        g_autofree char *shown = mg_text_quote(line, 80);
                        *fault = mg_address_set_count(set) >= MG_ADDRESS_SET_MAX
                                         ? g_strdup_printf("%s:%u: this is entry number %u; a list may have %d", path,
                                                           number, mg_address_set_count(set) + 1, MG_ADDRESS_SET_MAX)
                                         : g_strdup_printf("%s:%u: %s is no address; a line should be as in "
                                                           "a@example.jp, example.jp, .example.jp (all below it) or "
                                                           "<> (the null sender)",
                                                           path, number, shown);
                        return NULL;
                }
                line += length + 1;
        }
        return g_steal_pointer(&set);
}

static MgAddressSet *find_list(MgRuleValues *values, const char *path, char **fault) {
        MgAddressSet *set = g_hash_table_lookup(values->lists, path);
        if (set != NULL)
                return mg_address_set_ref(set);
        set = read_list(path, values->digested, fault);
        if (set != NULL)
                g_hash_table_insert(values->lists, g_strdup(path), mg_address_set_ref(set));
        return set;
}

static char *set_addresses(MgRuleValues *values, MgCondition *condition, gboolean *whole) {
        g_autoptr(MgAddressSet) here = mg_address_set_new();
        char *fault = NULL;
        condition->sets = g_ptr_array_new_with_free_func((GDestroyNotify)mg_address_set_unref);
        for (char **word = condition->words; *word != NULL; word++) {
                if (**word == '/') {
                        MgAddressSet *list = find_list(values, *word, &fault);
                        *whole = list == NULL;
                        if (list == NULL)
                                return fault;
                        g_ptr_array_add(condition->sets, list);
                } else if (!mg_address_set_add(here, *word)) {
                        return g_strdup_printf("\"%s\" has \"%s\", which is no address; it should be as in "
                                               "a@example.jp, example.jp, .example.jp (all below it), <> (the null "
                                               "sender), or the absolute path of a file with one a line",
                                               mg_match_word(condition->match), *word);
                }
        }
        if (mg_address_set_count(here) > 0)
                g_ptr_array_add(condition->sets, g_steal_pointer(&here));
        return NULL;
}

typedef char *(*SetWords)(MgRuleValues *values, MgCondition *condition);

static const SetWords words[_MG_MATCH_N] = {
        [MG_MATCH_ORGANIZATION] = set_organizations,   [MG_MATCH_HEADER] = set_fields,
        [MG_MATCH_AUTHENTICATION] = set_results,       [MG_MATCH_PART_FOUND] = set_types,
        [MG_MATCH_PART_CLAIMED] = set_types,           [MG_MATCH_PART_EXTENSION] = set_extensions,
        [MG_MATCH_ARCHIVE_EXTENSION] = set_extensions, [MG_MATCH_ARCHIVE_NAME] = set_patterns,
        [MG_MATCH_PART_NAME] = set_patterns,
};

char *mg_rule_value(MgRuleValues *values, MgCondition *condition, const char *value, gboolean *whole) {
        char *fault = NULL;
        *whole = FALSE;
        condition->value = g_strdup(value);
        if (numbers[condition->match].name != NULL)
                return mg_key_set_in(&numbers[condition->match], condition, value);
        if (condition->match == MG_MATCH_HOURS)
                return set_hours(condition, value);
        mg_condition_set_words(condition, split(condition->match, value, &fault));
        if (condition->words == NULL)
                return fault;
        return words[condition->match] != NULL ? words[condition->match](values, condition)
                                               : set_addresses(values, condition, whole);
}
