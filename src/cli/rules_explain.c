/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mugai rules explain: which rule decides on a mail and on its parts, why, and what each other rule would have needed.
 * The mail is read by a confined worker, as by the gateway; the decision is that of rules/decide, the reasons are those
 * of rules/explain.
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <string.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "base/worker.h"
#include "cli/engine.h"
#include "cli/mailfile.h"
#include "cli/rules.h"
#include "mugai/header.h"
#include "rules/decide.h"
#include "rules/explain.h"

/* Beside the deadline of the worker. */
#define PATIENCE_MS 60000
#define NOBODY "recipient@example.invalid"
#define VALUE_MAX 400

/* The mail as rules see it. */
typedef struct Explained {
        MgConfig *config;
        char *from, *to;
        MgMailFacts mail;
        MgHeader *header;
        MgReading *reading;
        MgDecision *decision;
} Explained;

static void explained_clear(Explained *explained) {
        g_clear_pointer(&explained->decision, mg_decision_free);
        g_clear_pointer(&explained->reading, mg_reading_free);
        mg_header_free(explained->header);
        mg_config_free(explained->config);
        g_free(explained->from);
        g_free(explained->to);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Explained, explained_clear)

/* --- one rule on a mail, or on a part ----------------------------------------------------------------------------- */

/* "decides", "later" (would take it, but another one comes first), "expired", "unmet". */
static const char *result_of(const MgWhy *why, gboolean decided) {
        return why->takes ? decided ? "later" : "decides" : why->expired ? "expired" : "unmet";
}

/* One condition beside what the mail has there. */
static void add_condition(GString *text, const MgMatcher *matcher, const MgCondition *condition, const MgFacts *part) {
        gboolean of_part = condition->match >= MG_MATCH_FIRST_OF_PARTS;
        g_autofree char *wants = mg_text_quote(condition->value, VALUE_MAX);
        g_autofree char *has = mg_why_has(matcher, condition, part);

        g_string_append_printf(text, "%s = %s; ", mg_match_word(condition->match), wants);
        if (of_part && part != NULL)
                g_string_append_printf(text, "part %s has %s", part->path, has);
        else
                g_string_append_printf(text, "the mail has %s", has);
}

static void add_why(GString *text, const MgMatcher *matcher, const MgRule *rule, const MgWhy *why, gboolean decided) {
        g_autofree char *day = mg_rules_day(rule->expires);

        g_string_append_printf(text, "  line %u, %s %s: ", rule->line, mg_rules_section(rule), rule->name);
        if (why->expired)
                g_string_append_printf(text, "expired on %s\n", day);
        else if (why->unmet != NULL) {
                g_string_append(text, "not met: ");
                add_condition(text, matcher, why->unmet, why->part);
                g_string_append_c(text, '\n');
        } else if (decided)
                g_string_append(text, "would take it, but comes later\n");
        else {
                g_string_append_printf(text, "decides, %s\n", mg_rules_action(rule));
                for (guint i = 0; i < rule->conditions->len; i++) {
                        g_string_append(text, "      ");
                        add_condition(text, matcher, &g_array_index(rule->conditions, MgCondition, i), why->part);
                        g_string_append_c(text, '\n');
                }
        }
}

static json_t *json_condition(const MgMatcher *matcher, const MgCondition *condition, const MgFacts *part) {
        g_autofree char *has = mg_why_has(matcher, condition, part);
        json_t *object = json_pack("{s:s,s:s,s:s}", "asks", mg_match_word(condition->match), "value", condition->value,
                                   "has", has);

        if (condition->match >= MG_MATCH_FIRST_OF_PARTS && part != NULL)
                json_object_set_new(object, "part", json_string(part->path));
        return object;
}

static json_t *json_why(const MgMatcher *matcher, const MgRule *rule, const MgWhy *why, gboolean decided) {
        json_t *object = json_pack("{s:s,s:i,s:s,s:s}", "name", rule->name, "line", (int)rule->line, "action",
                                   mg_rules_action(rule), "result", result_of(why, decided));

        if (why->unmet != NULL)
                json_object_set_new(object, "unmet", json_condition(matcher, why->unmet, why->part));
        if (why->takes) {
                json_t *met = json_array();
                for (guint i = 0; i < rule->conditions->len; i++)
                        json_array_append_new(
                                met,
                                json_condition(matcher, &g_array_index(rule->conditions, MgCondition, i), why->part));
                json_object_set_new(object, "met", met);
        }
        return object;
}

/* All rules on mail (part NULL), or on that part, in their order: to text, or (text NULL) to list. */
static void explain_all(const Explained *explained, const MgMatcher *matcher, const MgFacts *part, GString *text,
                        json_t *list) {
        const GPtrArray *rules = explained->config->policy->rules;
        gboolean decided = FALSE;

        for (guint i = 0; rules != NULL && i < rules->len; i++) {
                const MgRule *rule = g_ptr_array_index(rules, i);
                if ((rule->mail == MG_MAIL_NONE) != (part != NULL))
                        continue;
                const MgWhy why = part != NULL ? mg_why_part(matcher, rule, part) : mg_why_mail(matcher, rule);
                if (text != NULL)
                        add_why(text, matcher, rule, &why, decided);
                else
                        json_array_append_new(list, json_why(matcher, rule, &why, decided));
                decided |= why.takes;
        }
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

/* How it is written, where it goes on otherwise than as policy says. Caller frees. */
static char *settings_of(const Explained *explained) {
        return mg_rules_settings(explained->decision->policy, explained->config->policy);
}

static void print_mail(const Explained *explained, const MgMatcher *matcher) {
        const MgDecision *decision = explained->decision;
        g_autofree char *settings = settings_of(explained);
        GString *text = g_string_new(NULL);

        g_string_append_printf(text, "mail: %s%s%s%s%s\n", mg_outcome_name(decision->outcome),
                               *decision->rule != '\0' ? ", " : ", no rule takes it", decision->reason,
                               *settings != '\0' ? ", " : "", settings);
        if (explained->reading->failure != MG_FAILURE_NONE)
                g_string_append_printf(text,
                                       "      it could not be read (%s): it is not held, and rules on parts are not "
                                       "asked\n",
                                       mg_failure_name(explained->reading->failure));
        explain_all(explained, matcher, NULL, text, NULL);
        mg_cli_print(text->str);
        g_string_free(text, TRUE);
}

static void print_part(const Explained *explained, const MgMatcher *matcher, guint i) {
        const MgFacts *part = g_ptr_array_index(explained->reading->parts, i);
        const MgPartDecision *decision = &g_array_index(explained->decision->parts, MgPartDecision, i);
        g_autofree char *name = mg_text_quote(part->name, VALUE_MAX);
        GString *text = g_string_new(NULL);

        g_string_append_printf(text, "part %s, %s, %s%s%s: %s by %s: %s\n", part->path, mg_part_kind_name(part->kind),
                               *part->found != '\0' ? part->found : "unknown type", *part->name != '\0' ? ", " : "",
                               *part->name != '\0' ? name : "", mg_action_name(decision->action), decision->rule,
                               decision->reason);
        if (mg_matcher_asks_part(matcher, part))
                explain_all(explained, matcher, part, text, NULL);
        mg_cli_print(text->str);
        g_string_free(text, TRUE);
}

/* One object a line, so that a mail of many parts needs no more memory than one. */
static void put_json(json_t *object) {
        char *raw = json_dumps(object, JSON_COMPACT);
        g_autofree char *line = g_strconcat(raw != NULL ? raw : "{}", "\n", NULL);

        mg_cli_print(line);
        free(raw);
        json_decref(object);
}

static void json_mail(const Explained *explained, const MgMatcher *matcher) {
        const MgDecision *decision = explained->decision;
        g_autofree char *settings = settings_of(explained);
        json_t *rules = json_array();

        explain_all(explained, matcher, NULL, NULL, rules);
        put_json(json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:o}", "about", "mail", "outcome",
                           mg_outcome_name(decision->outcome), "rule", decision->rule, "reason", decision->reason,
                           "settings", settings, "failure", mg_failure_name(explained->reading->failure), "rules",
                           rules));
}

static void json_part(const Explained *explained, const MgMatcher *matcher, guint i) {
        const MgFacts *part = g_ptr_array_index(explained->reading->parts, i);
        const MgPartDecision *decision = &g_array_index(explained->decision->parts, MgPartDecision, i);
        json_t *rules = json_array();

        if (mg_matcher_asks_part(matcher, part))
                explain_all(explained, matcher, part, NULL, rules);
        put_json(json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:o}", "about", "part", "path", part->path, "kind",
                           mg_part_kind_name(part->kind), "found", part->found, "name", part->name, "action",
                           mg_action_name(decision->action), "rule", decision->rule, "reason", decision->reason,
                           "rules", rules));
}

static int print_all(const Explained *explained, gboolean json) {
        g_auto(MgMatcher) matcher = {0};

        mg_matcher_init(&matcher, &explained->mail, explained->reading);
        (json ? json_mail : print_mail)(explained, &matcher);
        for (guint i = 0; i < explained->reading->parts->len && !ferror(stdout); i++)
                (json ? json_part : print_part)(explained, &matcher, i);
        return mg_cli_flush();
}

/* --- reading the mail --------------------------------------------------------------------------------------------- */

static char *clean(const Explained *explained, const char *typed) {
        return mg_text_clean(typed, strlen(typed), MG_CLASS_LINE, explained->config->policy->limits.text_chars, NULL);
}

/* NULL after one line on standard error, with *code. */
static GByteArray *read_file(const Explained *explained, const char *path, int *code) {
        const MgLimits *limits = &explained->config->policy->limits;
        g_autofree char *name = g_filename_display_name(path);
        gboolean too_large = FALSE;
        GError *error = NULL;
        mg_autofd fd = open(path, O_RDONLY | O_CLOEXEC);

        *code = fd < 0 ? mg_cli_fail(EX_NOINPUT, "%s: %s", name, g_strerror(errno)) : EX_OK;
        if (fd < 0)
                return NULL;
        GByteArray *mail = mg_mailfile_read(fd, limits->mail_size, &too_large, &error);
        if (error != NULL)
                *code = mg_cli_fail_error(name, error);
        else if (too_large)
                *code = mg_cli_fail(EX_DATAERR,
                                    "%s: limits.mail_size is %" G_GUINT64_FORMAT
                                    ", the mail is larger: it is refused before a rule is asked",
                                    name, limits->mail_size);
        return mail;
}

/* EX_OK, or a status after one line on standard error. */
static int read_header(Explained *explained, const GByteArray *mail) {
        const MgHeaderTrust trust = mg_config_trust(explained->config);
        guint64 most = explained->config->policy->limits.header_fields;
        guint64 fields = mg_header_scan(explained->header, &trust, most, mail->data, mail->len);

        if (fields <= most)
                return EX_OK;
        return mg_cli_fail(EX_DATAERR,
                           "limits.header_fields is %" G_GUINT64_FORMAT ", the mail has %" G_GUINT64_FORMAT
                           ": it is refused before a rule is asked",
                           most, fields);
}

static MgReading *ask_worker(const Explained *explained, const GByteArray *mail, GError **error) {
        const MgConfig *config = explained->config;
        const MgWorkOrder order = {
                .limits = config->policy->limits,
                .deadline_ms = config->deadline_ms,
                .memory = config->worker_memory,
        };
        g_auto(MgEngine) engine = MG_ENGINE_INIT;
        g_auto(MgWork) work = MG_WORK_INIT;
        mg_autofd original = mg_mailfile_memory(mail, error);

        if (original < 0 || !mg_engine_start(&engine, config, error) ||
            !mg_work_begin(&work, engine.socket, &order, original, error))
                return NULL;
        return mg_work_finish(&work, &order, order.deadline_ms + PATIENCE_MS, error);
}

static int explain_file(Explained *explained, const char *path, gboolean json) {
        int code = EX_OK;
        GError *error = NULL;
        g_autoptr(GByteArray) mail = read_file(explained, path, &code);

        if (mail != NULL)
                code = read_header(explained, mail);
        if (mail == NULL || code != EX_OK)
                return code;
        explained->mail.size = mail->len;
        explained->reading = ask_worker(explained, mail, &error);
        if (explained->reading == NULL) {
                g_autoptr(GError) fault = error;
                return mg_cli_fail(EX_UNAVAILABLE, "%s", fault->message);
        }
        explained->decision = mg_decide(explained->config->policy, &explained->mail, explained->reading);
        return print_all(explained, json);
}

/* No scanner is asked here: what it said is said by who asks. */
static gboolean read_verdict(const char *word, MgScanVerdict *verdict) {
        *verdict = MG_SCAN_NONE;
        if (word == NULL)
                return TRUE;
        for (*verdict = MG_SCAN_NONE + 1; *verdict < _MG_SCAN_N; (*verdict)++)
                if (g_str_equal(mg_scan_verdict_name(*verdict), word))
                        return TRUE;
        return FALSE;
}

int mg_rules_explain(const MgRulesOptions *options) {
        g_auto(Explained) explained = {0};
        int code = EX_OK;
        gint64 time = g_get_real_time() / G_USEC_PER_SEC;
        MgScanVerdict scan;
        GError *error = NULL;

        if (!read_verdict(options->scan, &scan))
                return mg_cli_fail(EX_USAGE, "--scan is \"%s\"; it should be clean, infected or unscanned",
                                   options->scan);
        if (options->rules != NULL && *options->rules == '\0')
                return mg_cli_fail(EX_USAGE, "the name of the rule file is empty");
        if (options->time != NULL && !mg_cli_time(options->time, time, &time, &error))
                return mg_cli_fail_error("--time", error);
        explained.config = mg_cli_config_with(options->config, options->rules, &code);
        if (explained.config == NULL)
                return code;
        explained.header = mg_header_new();
        explained.from = clean(&explained, options->from != NULL ? options->from : "");
        explained.to = clean(&explained, options->to != NULL ? options->to : NOBODY);
        explained.mail = (MgMailFacts){
                .organization = mg_organizations_of(explained.config->organizations, explained.to)->name,
                .sender = explained.from,
                .recipient = explained.to,
                .time = time,
                .header = explained.header,
                .scan = scan,
        };
        return explain_file(&explained, options->operands[1], options->json);
}
