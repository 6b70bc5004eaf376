/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mugai selftest: a round of canaries at once.
 * The role monitor does it, with its alarms; this command asks and prints.
 */
#include <jansson.h>
#include <stdlib.h>

#include "base/canary_client.h"
#include "base/error.h"
#include "cli/cli.h"

#define TIMEOUT_S 60
#define TIMEOUT_S_MAX 600

static gboolean is_well(const GPtrArray *steps) {
        for (guint i = 0; i < steps->len; i++)
                if (((const MgCanarySaid *)g_ptr_array_index(steps, i))->result == MG_CANARY_FAILED)
                        return FALSE;
        return steps->len > 0;
}

static char *as_json(const GPtrArray *steps) {
        json_t *root = json_object(), *list = json_array();

        for (guint i = 0; i < steps->len; i++) {
                const MgCanarySaid *said = g_ptr_array_index(steps, i);

                json_array_append_new(list,
                                      json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "step", said->step, "result",
                                                mg_canary_result_name(said->result), "ja", said->ja, "en", said->en,
                                                "detail", said->detail, "do_ja", said->do_ja, "do_en", said->do_en));
        }
        json_object_set_new(root, "well", json_boolean(is_well(steps)));
        json_object_set_new(root, "steps", list);
        char *dump = json_dumps(root, JSON_INDENT(2));
        char *text = g_strconcat(dump, "\n", NULL);
        free(dump);
        json_decref(root);
        return text;
}

static char *as_text(const GPtrArray *steps) {
        GString *text = g_string_new(NULL);

        for (guint i = 0; i < steps->len; i++) {
                const MgCanarySaid *said = g_ptr_array_index(steps, i);
                const gboolean failed = said->result == MG_CANARY_FAILED;

                g_string_append_printf(text, "%-8s %s / %s%s%s\n",
                                       failed ? "FAILED" : mg_canary_result_name(said->result), said->ja, said->en,
                                       *said->detail != '\0' ? ": " : "", said->detail);
                if (failed)
                        g_string_append_printf(text, "         -> %s / %s\n", said->do_ja, said->do_en);
        }
        return g_string_free(text, FALSE);
}

int mg_command_selftest(const MgCommand *command, int argc, char **argv) {
        g_autofree char *file = NULL;
        gboolean json = FALSE;
        int code = EX_OK, timeout = TIMEOUT_S;
        GError *error = NULL;
        const GOptionEntry entries[] = {
                {"config", 'c', 0, G_OPTION_ARG_FILENAME, &file, "Configuration", "FILE"},
                {"json", 'j', 0, G_OPTION_ARG_NONE, &json, "A JSON object", NULL},
                {"timeout", 0, 0, G_OPTION_ARG_INT, &timeout, "Longest time of the round (default: 60)", "SECONDS"},
                {0},
        };
        g_auto(GStrv) operands = mg_cli_parse(command, entries, argc, argv, 0, 0);

        if (operands == NULL)
                return EX_USAGE;
        if (timeout < 1 || timeout > TIMEOUT_S_MAX)
                return mg_cli_fail(EX_USAGE, "--timeout is %d; it should be from 1 to %d seconds", timeout,
                                   TIMEOUT_S_MAX);
        g_autoptr(MgConfig) config = mg_cli_config(file, &code);
        if (config == NULL)
                return code;
        if (!config->monitor || config->canary_every_ms == 0)
                return mg_cli_fail(EX_CONFIG,
                                   "there are no canaries: set monitor.enabled = yes and monitor.canary_every, "
                                   "and give Postfix a transport for monitor.canary_domain, as "
                                   "mugai-monitor(8) says under CANARIES");
        g_autofree char *path = mg_config_socket(config, "monitor.sock");
        g_autoptr(GPtrArray) steps = mg_canary_round(path, (guint)timeout * 1000, &error);
        if (steps == NULL)
                return mg_cli_fail_role(config, "mugai-monitor", error);
        g_autofree char *text = json ? as_json(steps) : as_text(steps);
        mg_cli_print(text);
        code = mg_cli_flush();
        return code != EX_OK ? code : is_well(steps) ? EX_OK : EX_SOFTWARE;
}
