/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mugai status: the figures that mugaid gathers from its roles.
 * Computes none: one question, one answer; status_watch.c asks again.
 */
#include "cli/status.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/alarm.h"
#include "base/control.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/organizations.h"
#include "cli/status_watch.h"

#define ANSWER_MS 10000

GArray *mg_status_figures(const MgConfig *config, GError **error) {
        g_autofree char *path = mg_config_socket(config, "control.sock");
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        mg_autofd sock = mg_packet_connect(path, error);

        if (sock < 0 || !mg_packet_send(sock, MG_CONTROL_STATUS, NULL, NULL, 0, error) ||
            !mg_packet_receive(sock, ANSWER_MS, &packet, error))
                return NULL;
        if (packet.kind != MG_CONTROL_FIGURES) {
                g_set_error(error, MG_ERROR, MG_ERROR_PROTOCOL, "an answer of kind %u", packet.kind);
                return NULL;
        }
        MgReader reader;
        mg_reader_init(&reader, packet.record);
        g_autoptr(GArray) figures = mg_figures_get(&reader);
        return mg_reader_end(&reader, error) ? g_steal_pointer(&figures) : NULL;
}

static char *as_size(gint64 value) {
        return mg_text_size((guint64)MAX(value, 0));
}

static char *as_span(gint64 value) {
        return g_strdup_printf("%" G_GINT64_FORMAT "d %02d:%02d:%02d", value / 86400, (int)(value / 3600 % 24),
                               (int)(value / 60 % 60), (int)(value % 60));
}

static char *as_answer(gint64 value) {
        return g_strdup(value != 0 ? "yes" : "NO");
}

/* How a number is read depends on how its name ends. */
static const struct {
        const char *ending;
        char *(*print)(gint64 value);
} units[] = {
        {"bytes", as_size},    {"bytes_in", as_size},  {"bytes_out", as_size},  {"memory_now", as_size},
        {"uptime_s", as_span}, {"sealing", as_answer}, {"approved_s", as_span}, {"waiting_for_key_s", as_span},
};

static char *readable(const MgFigure *figure) {
        for (guint i = 0; i < G_N_ELEMENTS(units); i++) {
                if (g_str_has_suffix(figure->name, units[i].ending))
                        return units[i].print(figure->value);
        }
        return g_strdup_printf("%" G_GINT64_FORMAT, figure->value);
}

static gboolean same_role(const MgFigure *a, const MgFigure *b) {
        return a != NULL && g_str_equal(a->role, b->role);
}

static gint64 figure_of(const GArray *figures, const char *role, const char *prefix, const char *name) {
        g_autofree char *whole = g_strconcat(prefix, name, NULL);

        for (guint i = 0; i < figures->len; i++) {
                const MgFigure *figure = &g_array_index(figures, MgFigure, i);
                if (g_str_equal(figure->role, role) && g_str_equal(figure->name, whole))
                        return figure->value;
        }
        return 0;
}

gint64 mg_status_figure(const GArray *figures, const char *role, const char *name) {
        return figure_of(figures, role, "", name);
}

/* What mugaid knows of each role stands in a table of its own, and so does what organizations have. */
static gboolean in_table(const MgFigure *figure) {
        static const char *const of_roles[] = {"up_", "answered_", "pid_", "restarts_"};

        for (guint i = 0; i < G_N_ELEMENTS(of_roles); i++)
                if (g_str_equal(figure->role, "mugaid") && g_str_has_prefix(figure->name, of_roles[i]))
                        return TRUE;
        return strchr(figure->name, ':') != NULL;
}

/* The steps of a histogram are for programs. */
static gboolean is_step(const MgFigure *figure) {
        return strstr(figure->name, "_le_") != NULL || g_str_has_suffix(figure->name, "_sum_ms");
}

static void append_roles(GString *text, const GArray *figures) {
        g_string_append_printf(text, "%-12s %-6s %8s %9s\n", "role", "up", "pid", "restarts");
        for (guint i = 0; i < figures->len; i++) {
                const MgFigure *figure = &g_array_index(figures, MgFigure, i);
                if (!in_table(figure) || !g_str_has_prefix(figure->name, "up_"))
                        continue;
                const char *role = figure->name + strlen("up_");
                g_string_append_printf(text, "%-12s %-6s %8" G_GINT64_FORMAT " %9" G_GINT64_FORMAT "\n", role,
                                       figure->value != 0 ? "yes" : "NO", figure_of(figures, "mugaid", "pid_", role),
                                       figure_of(figures, "mugaid", "restarts_", role));
        }
}

/* A canary that did not come out as it should is worse than anything else that may be found. */
static void check_alarms(const GArray *figures, GArray *findings) {
        for (guint i = 0; i < _MG_ALARM_N; i++) {
                const MgAlarmRow *row = mg_alarm_row(i);
                g_autofree char *name = mg_alarm_figure(i);

                if (figure_of(figures, "monitor", "", name) != 0)
                        mg_findings_add(findings, "monitor.alarm",
                                        i == MG_ALARM_UNSAFE ? MG_SEVERITY_ERROR : MG_SEVERITY_WARNING, row->word,
                                        row->ja, row->en, row->do_en);
        }
}

/* How long the oldest has been approved is kept by the store; what waits for a key is known to the release role alone,
 * and since when is forgotten with it. */
void mg_status_check(const MgConfig *config, const GArray *figures, GArray *findings) {
        gint64 waiting = figure_of(figures, "release", "", "waiting_for_key");
        gint64 seconds = figure_of(figures, "store", "", "requests_approved_s");
        g_autofree char *span = as_span(seconds);
        g_autofree char *ja = g_strdup_printf("鍵が開かれていないため、承認済みの申請 %" G_GINT64_FORMAT
                                              " 件を払い出せません (最も古い承認から %s)。",
                                              waiting, span);
        g_autofree char *en = g_strdup_printf(
                "%" G_GINT64_FORMAT " approved requests wait for a key that is locked; the oldest was approved "
                "%s ago.",
                waiting, span);

        if (waiting > 0 && seconds >= config->key_alarm_ms / 1000)
                mg_findings_add(findings, "release.key-locked", MG_SEVERITY_WARNING, "", ja, en,
                                "mugai key unlock organization.key");
        check_alarms(figures, findings);
}

char *mg_status_text(const GArray *figures, const GPtrArray *rows, const GArray *findings) {
        GString *text = g_string_new(NULL);
        const MgFigure *before = NULL;

        append_roles(text, figures);
        for (guint i = 0; i < figures->len; i++) {
                const MgFigure *figure = &g_array_index(figures, MgFigure, i);
                if (in_table(figure) || is_step(figure))
                        continue;
                g_autofree char *value = readable(figure);
                g_autofree char *label = g_strdelimit(g_strdup(figure->name), "_", ' ');
                if (!same_role(before, figure))
                        g_string_append_printf(text, "\n%s\n", figure->role);
                g_string_append_printf(text, "  %-28s %18s\n", label, value);
                before = figure;
        }
        if (rows != NULL) {
                g_autofree char *table = mg_organizations_text(rows);
                g_string_append_printf(text, "\n%s", table);
        }
        if (findings->len > 0) {
                g_autofree char *said = mg_findings_text(findings);
                g_string_append_printf(text, "\n%s", said);
        }
        return g_string_free(text, FALSE);
}

char *mg_status_json(const GArray *figures, const GPtrArray *rows, const GArray *findings) {
        json_t *root = json_object();

        for (guint i = 0; i < figures->len; i++) {
                const MgFigure *figure = &g_array_index(figures, MgFigure, i);
                json_t *role = json_object_get(root, figure->role);
                if (role == NULL) {
                        role = json_object();
                        json_object_set_new(root, figure->role, role);
                }
                json_object_set_new(role, figure->name, json_integer(figure->value));
        }
        if (rows != NULL)
                json_object_set_new(root, "organizations", mg_organizations_json(rows));
        json_object_set_new(root, "findings", mg_findings_list(findings));
        char *dump = json_dumps(root, JSON_INDENT(2));
        char *text = g_strconcat(dump, "\n", NULL);
        free(dump);
        json_decref(root);
        return text;
}

int mg_command_status(const MgCommand *command, int argc, char **argv) {
        g_autofree char *file = NULL;
        gboolean json = FALSE, watch = FALSE;
        guint64 seconds = MG_STATUS_WATCH_SECONDS;
        int code = EX_OK;
        GError *error = NULL;
        const GOptionEntry entries[] = {
                {"config", 'c', 0, G_OPTION_ARG_FILENAME, &file, "Configuration", "FILE"},
                {"json", 'j', 0, G_OPTION_ARG_NONE, &json, "A JSON object", NULL},
                {"watch", 'w', 0, G_OPTION_ARG_NONE, &watch, "Again every SECONDS (2), until Ctrl-C", NULL},
                {0},
        };
        g_auto(GStrv) operands = mg_cli_parse(command, entries, argc, argv, 0, 1);

        if (operands == NULL)
                return EX_USAGE;
        if (watch && json)
                return mg_cli_fail(EX_USAGE, "status: --watch and --json do not go together");
        if (operands[0] != NULL && !watch)
                return mg_cli_fail(EX_USAGE, "status: takes SECONDS with --watch alone");
        if (operands[0] != NULL &&
            !g_ascii_string_to_unsigned(operands[0], 10, 1, MG_STATUS_WATCH_MOST, &seconds, NULL))
                return mg_cli_fail(EX_USAGE, "status: \"%s\" is no number of seconds from 1 to %u", operands[0],
                                   MG_STATUS_WATCH_MOST);
        g_autoptr(MgConfig) config = mg_cli_config(file, &code);
        if (config == NULL)
                return code;
        if (watch)
                return mg_status_watch(config, (guint)seconds);
        g_autoptr(GArray) figures = mg_status_figures(config, &error);
        if (figures == NULL)
                return mg_cli_fail_role(config, "mugaid", error);
        /* Not everybody may ask the store, and it may be the role that is down: the rest is said all the same. */
        g_autoptr(GPtrArray) rows = mg_organizations_ask(config, NULL);
        g_autoptr(GArray) findings = mg_findings_new();
        mg_status_check(config, figures, findings);
        g_autofree char *text =
                json ? mg_status_json(figures, rows, findings) : mg_status_text(figures, rows, findings);
        mg_cli_print(text);
        return mg_cli_flush();
}
