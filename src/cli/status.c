/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mugai status: the figures that mugaid gathers from its roles.
 * Computes none and watches nothing: one question, one answer.
 */
#include "cli/status.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/control.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "cli/cli.h"

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
        {"bytes", as_size},      {"bytes_in", as_size}, {"bytes_out", as_size},
        {"memory_now", as_size}, {"uptime_s", as_span}, {"sealing", as_answer},
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

/* What mugaid knows of each role stands in a table of its own: up_ROLE, pid_ROLE, restarts_ROLE. */
static gboolean in_table(const MgFigure *figure) {
        return g_str_equal(figure->role, "mugaid") &&
               (g_str_has_prefix(figure->name, "up_") || g_str_has_prefix(figure->name, "pid_") ||
                g_str_has_prefix(figure->name, "restarts_"));
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

char *mg_status_text(const GArray *figures) {
        GString *text = g_string_new(NULL);
        const MgFigure *before = NULL;

        append_roles(text, figures);
        for (guint i = 0; i < figures->len; i++) {
                const MgFigure *figure = &g_array_index(figures, MgFigure, i);
                if (in_table(figure))
                        continue;
                g_autofree char *value = readable(figure);
                g_autofree char *label = g_strdelimit(g_strdup(figure->name), "_", ' ');
                if (!same_role(before, figure))
                        g_string_append_printf(text, "\n%s\n", figure->role);
                g_string_append_printf(text, "  %-28s %18s\n", label, value);
                before = figure;
        }
        return g_string_free(text, FALSE);
}

char *mg_status_json(const GArray *figures) {
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
        char *dump = json_dumps(root, JSON_INDENT(2));
        char *text = g_strconcat(dump, "\n", NULL);
        free(dump);
        json_decref(root);
        return text;
}

int mg_command_status(const MgCommand *command, int argc, char **argv) {
        g_autofree char *file = NULL;
        gboolean json = FALSE;
        int code = EX_OK;
        GError *error = NULL;
        const GOptionEntry entries[] = {
                {"config", 'c', 0, G_OPTION_ARG_FILENAME, &file, "Configuration", "FILE"},
                {"json", 'j', 0, G_OPTION_ARG_NONE, &json, "A JSON object", NULL},
                {0},
        };
        g_auto(GStrv) operands = mg_cli_parse(command, entries, argc, argv, 0, 0);

        if (operands == NULL)
                return EX_USAGE;
        g_autoptr(MgConfig) config = mg_cli_config(file, &code);
        if (config == NULL)
                return code;
        g_autoptr(GArray) figures = mg_status_figures(config, &error);
        if (figures == NULL)
                return mg_cli_fail_role(config, "mugaid", error);
        g_autofree char *text = json ? mg_status_json(figures) : mg_status_text(figures);
        mg_cli_print(text);
        return mg_cli_flush();
}
