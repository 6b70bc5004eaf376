/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mugai user: the table of its commands, and those that change one person.
 * Who may change what is known to the store alone.
 */
#include "cli/user.h"

#include <string.h>

#include "base/day.h"
#include "base/error.h"
#include "base/people_client.h"
#include "base/people_table.h"

static const MgCommand acts[] = {
        {"user add", "LOGIN", "Register a person", mg_user_add},
        {"user change", "LOGIN", "Change what is given, and nothing else", mg_user_change},
        {"user disable", "LOGIN", "From now on this person may do nothing; tokens and sessions end", mg_user_disable},
        {"user enable", "LOGIN", "Take that back; tokens are made anew", mg_user_enable},
        {"user list", "", "Who is registered", mg_user_list},
        {"user show", "LOGIN", "All that is known of one person", mg_user_show},
        {"user token", "LOGIN", "Make a bearer token, which is printed once, or end all of them", mg_user_token},
        {"user password", "LOGIN", "Set a password", mg_user_password},
        {"user totp", "LOGIN", "Make a second factor and recovery codes, which are printed once", mg_user_totp},
        {"user import", "FILE.csv", "Add and change many persons: says what it would do, or does it", mg_user_import},
};

/* What stands behind "user ". */
static const char *act_of(const MgCommand *act) {
        return act->name + strlen("user ");
}

static int print_help(void) {
        g_autoptr(GString) text = g_string_new("usage: mugai user COMMAND [OPTION...]\n\n");

        for (guint i = 0; i < G_N_ELEMENTS(acts); i++)
                g_string_append_printf(text, "  %-9s %-9s %s\n", act_of(&acts[i]), acts[i].parameters, acts[i].summary);
        g_string_append(text, "\n  mugai user COMMAND --help   its options\n");
        mg_cli_print(text->str);
        return mg_cli_flush();
}

/* How many words stand before the act: those that name the configuration may. */
static int words_before(int argc, char **argv) {
        if (argc > 3 && (g_str_equal(argv[1], "-c") || g_str_equal(argv[1], "--config")))
                return 2;
        return argc > 2 && g_str_has_prefix(argv[1], "--config=") ? 1 : 0;
}

int mg_command_user(const MgCommand *command, int argc, char **argv) {
        int before = words_before(argc, argv);
        const char *name = argc > 1 ? argv[before + 1] : "";

        if (g_str_equal(name, "--help") || g_str_equal(name, "-h"))
                return print_help();
        for (guint i = 0; i < G_N_ELEMENTS(acts); i++) {
                if (!g_str_equal(act_of(&acts[i]), name))
                        continue;
                /* "user --config FILE add" -> "add --config FILE" */
                memmove(argv + 2, argv + 1, (gsize)before * sizeof *argv);
                argv[1] = (char *)name;
                return acts[i].run(&acts[i], argc - 1, argv + 1);
        }
        return mg_cli_fail(EX_USAGE, "say what to do: mugai user add, change, disable, enable, list, show, token, "
                                     "password, totp or import; see mugai user --help");
}

/* --- what they share ----------------------------------------------------------------------------------------- */

int mg_user_store(const char *config_file, MgUserStore *store) {
        int code = EX_OK;

        store->config = mg_cli_config(config_file, &code);
        if (store->config == NULL)
                return code;
        store->socket_path = mg_config_socket(store->config, "store.sock");
        store->asker = mg_cli_asker(store->socket_path);
        return EX_OK;
}

void mg_user_store_clear(MgUserStore *store) {
        mg_config_free(store->config);
        g_free(store->socket_path);
}

int mg_user_fail(const MgUserStore *store, GError *error) {
        return mg_cli_fail_role(store->config, "mugai-store", error);
}

gboolean mg_user_until(const char *text, gint64 *until, GError **error) {
        *until = 0;
        if (*text == '\0' || g_str_equal(text, "never"))
                return TRUE;
        if (strlen(text) == strlen("2027-03-31") && text[4] == '-' && mg_day_read(text, TRUE, until))
                return TRUE;
        return mg_cli_time(text, g_get_real_time() / G_USEC_PER_SEC, until, error);
}

char *mg_user_day(gint64 until) {
        g_autoptr(GDateTime) last = g_date_time_new_from_unix_local(until - 1);

        return last != NULL ? g_date_time_format(last, "%Y-%m-%d") : g_strdup("?");
}

/* --- one person ---------------------------------------------------------------------------------------------- */

typedef struct Options {
        char *config;
        char *name;
        char **duties;
        gboolean no_duty;
        char *organization;
        char *unix_user;
        char **addresses;
        char *scope;
        char *until;
        char **operands;
} Options;

static void options_clear(Options *options) {
        g_free(options->config);
        g_free(options->name);
        g_strfreev(options->duties);
        g_free(options->organization);
        g_free(options->unix_user);
        g_strfreev(options->addresses);
        g_free(options->scope);
        g_free(options->until);
        g_strfreev(options->operands);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

static void set_text(char **field, const char *value, guint32 bit, guint32 *fields) {
        if (value == NULL)
                return;
        g_free(*field);
        *field = g_strdup(value);
        *fields |= bit;
}

static gboolean set_duties(MgPerson *person, const Options *options, guint32 *fields, GError **error) {
        g_autofree char *text = options->duties != NULL ? g_strjoinv(" ", options->duties) : NULL;

        if (text == NULL && !options->no_duty)
                return TRUE;
        if (text != NULL && options->no_duty) {
                g_set_error_literal(error, MG_ERROR, MG_ERROR_USAGE, "use --duty or --no-duty, not both");
                return FALSE;
        }
        *fields |= MG_PERSON_DUTIES;
        return mg_people_duties(text != NULL ? text : "", &person->duties, error);
}

static void set_addresses(MgPerson *person, const Options *options, guint32 *fields) {
        if (options->addresses == NULL)
                return;
        *fields |= MG_PERSON_ADDRESSES;
        for (char **address = options->addresses; *address != NULL; address++)
                if (**address != '\0')
                        g_ptr_array_add(person->addresses, g_ascii_strdown(*address, -1));
}

/* The person that options describe, and in *fields which of his fields they give. NULL with error. */
static MgPerson *person_of(const Options *options, guint32 *fields, GError **error) {
        g_autoptr(MgPerson) person = mg_person_new();

        *fields = 0;
        set_text(&person->login, options->operands[0], 0, fields);
        set_text(&person->name, options->name, MG_PERSON_NAME, fields);
        set_text(&person->organization, options->organization, MG_PERSON_ORGANIZATION, fields);
        set_text(&person->unix_user, options->unix_user, MG_PERSON_UNIX_USER, fields);
        set_text(&person->scope, options->scope, MG_PERSON_SCOPE, fields);
        set_addresses(person, options, fields);
        if (!set_duties(person, options, fields, error))
                return NULL;
        if (options->until == NULL)
                return g_steal_pointer(&person);
        *fields |= MG_PERSON_UNTIL;
        return mg_user_until(options->until, &person->until, error) ? g_steal_pointer(&person) : NULL;
}

/* Asks the store for an edit of one person, and says what it did. Takes the person. */
static int edit_one(const Options *options, MgEditHow how, MgPerson *person, guint32 fields, const char *done) {
        g_auto(MgUserStore) store = {0};
        g_autoptr(MgEdit) edit = mg_edit_new();
        g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)mg_edit_row_free);
        GError *error = NULL;
        gboolean applied;

        edit->how = how;
        edit->apply = TRUE;
        edit->fields = fields;
        g_ptr_array_add(edit->persons, person);
        g_autofree char *fault =
                mg_person_fault(person, (how == MG_EDIT_NEW ? _MG_PERSON_ALL : fields) | MG_PERSON_LOGIN);
        if (fault != NULL)
                return mg_cli_fail(EX_USAGE, "%s", fault);
        int code = mg_user_store(options->config, &store);
        if (code != EX_OK)
                return code;
        if (!mg_people_edit(&store.asker, edit, rows, &applied, &error))
                return mg_user_fail(&store, error);
        const MgEditRow *row = rows->len > 0 ? g_ptr_array_index(rows, 0) : NULL;
        if (!applied)
                return mg_cli_fail(EX_DATAERR, "%s %s", person->login, row != NULL ? row->text : "was not changed");
        g_autofree char *line =
                g_strdup_printf("%s: %s\n", person->login, row != NULL ? done : "変更なし / is so already");
        mg_cli_print(line);
        return mg_cli_flush();
}

static int add_or_change(const MgCommand *command, int argc, char **argv, MgEditHow how, const char *done) {
        g_auto(Options) options = {0};
        const GOptionEntry entries[] = {
                {"config", 'c', 0, G_OPTION_ARG_FILENAME, &options.config, "Configuration", "FILE"},
                {"name", 'n', 0, G_OPTION_ARG_STRING, &options.name, "What people call him", "NAME"},
                {"duty", 'd', 0, G_OPTION_ARG_STRING_ARRAY, &options.duties,
                 "administrator, officer, approver, staff or auditor; once for each", "DUTY"},
                {"no-duty", 0, 0, G_OPTION_ARG_NONE, &options.no_duty, "Take all duties away", NULL},
                {"organization", 'o', 0, G_OPTION_ARG_STRING, &options.organization,
                 "Of this organization of the configuration, instead of the default one", "NAME"},
                {"unix-user", 'u', 0, G_OPTION_ARG_STRING, &options.unix_user,
                 "Name or number of the Unix user that asks as him", "USER"},
                {"address", 'a', 0, G_OPTION_ARG_STRING_ARRAY, &options.addresses, "Where he gets mail; once for each",
                 "ADDRESS"},
                {"scope", 's', 0, G_OPTION_ARG_STRING, &options.scope,
                 "Group whose acts its own auditors look at, such as assembly", "NAME"},
                {"until", 0, 0, G_OPTION_ARG_STRING, &options.until, "Last day: 2027-03-31; never", "DATE"},
                {0},
        };
        GError *error = NULL;
        guint32 fields;

        options.operands = mg_cli_parse(command, entries, argc, argv, 1, 1);
        if (options.operands == NULL)
                return EX_USAGE;
        g_autoptr(MgPerson) person = person_of(&options, &fields, &error);
        if (person == NULL)
                return mg_cli_fail_error(NULL, error);
        if (how == MG_EDIT_NEW)
                fields = _MG_PERSON_ALL;
        else if (fields == 0)
                return mg_cli_fail(EX_USAGE, "say what to change; see mugai user change --help");
        if (person->until != 0 && person->until <= g_get_real_time() / G_USEC_PER_SEC)
                return mg_cli_fail(EX_USAGE, "--until %s is past", options.until);
        return edit_one(&options, how, g_steal_pointer(&person), fields, done);
}

int mg_user_add(const MgCommand *command, int argc, char **argv) {
        return add_or_change(command, argc, argv, MG_EDIT_NEW, "登録しました / added");
}

int mg_user_change(const MgCommand *command, int argc, char **argv) {
        return add_or_change(command, argc, argv, MG_EDIT_KNOWN, "変更しました / changed");
}

static int disable(const MgCommand *command, int argc, char **argv, gboolean disabled, const char *done) {
        g_auto(Options) options = {0};
        const GOptionEntry entries[] = {
                {"config", 'c', 0, G_OPTION_ARG_FILENAME, &options.config, "Configuration", "FILE"},
                {0},
        };

        options.operands = mg_cli_parse(command, entries, argc, argv, 1, 1);
        if (options.operands == NULL)
                return EX_USAGE;
        MgPerson *person = mg_person_new();
        guint32 fields = 0;
        set_text(&person->login, options.operands[0], 0, &fields);
        person->disabled = disabled ? g_get_real_time() / G_USEC_PER_SEC : 0;
        return edit_one(&options, MG_EDIT_KNOWN, person, MG_PERSON_DISABLED, done);
}

int mg_user_disable(const MgCommand *command, int argc, char **argv) {
        return disable(command, argc, argv, TRUE, "停止しました / disabled");
}

int mg_user_enable(const MgCommand *command, int argc, char **argv) {
        return disable(command, argc, argv, FALSE, "再開しました / enabled");
}
