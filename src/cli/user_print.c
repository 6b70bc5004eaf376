/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mugai user list, show: who there is, for people and programs.
 */
#include <jansson.h>
#include <stdlib.h>

#include "base/people_client.h"
#include "base/people_table.h"
#include "base/text.h"
#include "cli/user.h"
#include "compose/report.h"

#define QUOTE_MAX 200

typedef struct Options {
        char *config;
        gboolean json;
        char **operands;
} Options;

static void options_clear(Options *options) {
        g_free(options->config);
        g_strfreev(options->operands);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

/* --- JSON ---------------------------------------------------------------------------------------------------- */

static json_t *json_duties(guint32 duties) {
        json_t *array = json_array();

        for (guint i = 0; i < _MG_DUTY_N; i++)
                if (duties & 1u << i)
                        json_array_append_new(array, json_string(mg_duty_name((MgDuty)(1u << i))));
        return array;
}

static json_t *json_time(gint64 time) {
        return time != 0 ? json_integer((json_int_t)time) : json_null();
}

static char *json_text(const MgPerson *person) {
        json_t *addresses = json_array();
        json_t *root;
        char *dump, *text;

        for (guint i = 0; i < person->addresses->len; i++)
                json_array_append_new(addresses, json_string(g_ptr_array_index(person->addresses, i)));
        root = json_pack("{s:I,s:s,s:s,s:s,s:o,s:s,s:o,s:s,s:o,s:o,s:b,s:b,s:i,s:i}", "number",
                         (json_int_t)person->number, "login", person->login, "name", person->name, "organization",
                         person->organization, "duties", json_duties(person->duties), "unix_user", person->unix_user,
                         "addresses", addresses, "scope", person->scope, "until", json_time(person->until), "disabled",
                         json_time(person->disabled), "password", person->has_password, "totp", person->has_totp,
                         "recovery_codes", (int)person->recovery_codes, "tokens", (int)person->tokens);
        dump = json_dumps(root, JSON_COMPACT);
        text = g_strconcat(dump != NULL ? dump : "{}", "\n", NULL);
        free(dump); /* jansson's own allocator */
        json_decref(root);
        return text;
}

/* --- for a terminal ------------------------------------------------------------------------------------------ */

/* Why this person may do nothing now, or until when he may; "" where there is nothing to say. */
static char *state_text(const MgPerson *person) {
        g_autofree char *day = person->until != 0 ? mg_user_day(person->until) : NULL;

        if (person->disabled != 0)
                return g_strdup("停止 disabled");
        if (day == NULL)
                return g_strdup("");
        return person->until <= g_get_real_time() / G_USEC_PER_SEC ? g_strdup_printf("%s 期限切れ ended", day)
                                                                   : g_strdup_printf("%s まで until", day);
}

static char *line_text(const MgPerson *person) {
        g_autofree char *duties = mg_duties_text(person->duties, ","), *state = state_text(person);
        g_autofree char *name = mg_text_quote(person->name, QUOTE_MAX);

        return g_strdup_printf("p:%-6" G_GINT64_FORMAT " %-16s %-24s %s%s%s%s%s\n", person->number, person->login,
                               *duties != '\0' ? duties : "-", name, *person->organization != '\0' ? "  " : "",
                               person->organization, *state != '\0' ? "  " : "", state);
}

static char *page_text(const MgPerson *person) {
        GString *out = g_string_new(NULL);
        g_autofree char *number = g_strdup_printf("p:%" G_GINT64_FORMAT, person->number);
        g_autofree char *name = mg_text_quote(person->name, QUOTE_MAX), *state = state_text(person);
        g_autofree char *duties = mg_people_duties_text(person->duties);
        g_autofree char *tokens = g_strdup_printf("%u", person->tokens);
        g_autofree char *second =
                person->has_totp ? g_strdup_printf("あり yes, %u 回復コード recovery codes", person->recovery_codes)
                                 : g_strdup("-");

        mg_report_row(out, "番号 / number", "%s", number);
        mg_report_row(out, "ログイン名 / login", "%s", person->login);
        mg_report_row(out, "氏名 / name", "%s", name);
        mg_report_row(out, "役割 / duties", "%s", *duties != '\0' ? duties : "-");
        mg_report_row(out, "組織 / organization", "%s",
                      *person->organization != '\0' ? person->organization : "既定 default");
        mg_report_row(out, "UNIXユーザー / Unix user", "%s", *person->unix_user != '\0' ? person->unix_user : "-");
        for (guint i = 0; i < person->addresses->len; i++)
                mg_report_row(out, i == 0 ? "アドレス / addresses" : "", "%s",
                              (const char *)g_ptr_array_index(person->addresses, i));
        mg_report_row(out, "監査範囲 / scope", "%s", *person->scope != '\0' ? person->scope : "-");
        if (*state != '\0')
                mg_report_row(out, "状態 / state", "%s", state);
        mg_report_row(out, "パスワード / password", "%s", person->has_password ? "あり yes" : "-");
        mg_report_row(out, "二要素目 / second factor", "%s", second);
        mg_report_row(out, "トークン / tokens", "%s", tokens);
        return g_string_free(out, FALSE);
}

/* --- commands ------------------------------------------------------------------------------------------------ */

static int print(const Options *options, const char *login, char *(*text_of)(const MgPerson *person)) {
        g_auto(MgUserStore) store = {0};
        g_autoptr(GPtrArray) persons = g_ptr_array_new_with_free_func((GDestroyNotify)mg_person_free);
        GError *error = NULL;
        int code = mg_user_store(options->config, &store);

        if (code != EX_OK)
                return code;
        if (!mg_people_list(&store.asker, login, persons, &error))
                return mg_user_fail(&store, error);
        if (persons->len == 0 && *login != '\0')
                return mg_cli_fail(EX_DATAERR, "nobody that you may see has the login %s", login);
        for (guint i = 0; i < persons->len; i++) {
                g_autofree char *text = text_of(g_ptr_array_index(persons, i));

                mg_cli_print(text);
        }
        if (persons->len == 0 && !options->json)
                mg_cli_print("登録された人はいません / nobody is registered: mugai user add\n");
        return mg_cli_flush();
}

int mg_user_list(const MgCommand *command, int argc, char **argv) {
        g_auto(Options) options = {0};
        const GOptionEntry entries[] = {
                {"config", 'c', 0, G_OPTION_ARG_FILENAME, &options.config, "Configuration", "FILE"},
                {"json", 'j', 0, G_OPTION_ARG_NONE, &options.json, "One JSON object a line", NULL},
                {0},
        };

        options.operands = mg_cli_parse(command, entries, argc, argv, 0, 0);
        return options.operands != NULL ? print(&options, "", options.json ? json_text : line_text) : EX_USAGE;
}

int mg_user_show(const MgCommand *command, int argc, char **argv) {
        g_auto(Options) options = {0};
        const GOptionEntry entries[] = {
                {"config", 'c', 0, G_OPTION_ARG_FILENAME, &options.config, "Configuration", "FILE"},
                {"json", 'j', 0, G_OPTION_ARG_NONE, &options.json, "A JSON object", NULL},
                {0},
        };

        options.operands = mg_cli_parse(command, entries, argc, argv, 1, 1);
        if (options.operands == NULL)
                return EX_USAGE;
        return print(&options, options.operands[0], options.json ? json_text : page_text);
}
