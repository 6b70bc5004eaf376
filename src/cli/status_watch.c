/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mugai status --watch: the figures again and again, on a terminal in the place of the ones before, elsewhere a line
 * each time. A gateway that does not answer is said and asked again: whoever watches wants to see it come back.
 */
#include "cli/status_watch.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/control.h"
#include "cli/cli.h"
#include "cli/organizations.h"
#include "cli/status.h"

/* What of the figures stands in a line. */
static const struct {
        const char *name; /* in the line */
        const char *role;
        const char *figure;
} columns[] = {
        {"mails_now", "milter", "mails_now"},
        {"converted", "milter", "converted"},
        {"failed", "milter", "failed"},
        {"held", "milter", "held"},
        {"deferred", "milter", "deferred"},
        {"refused", "milter", "refused"},
        {"workers", "sanitize", "workers_busy"},
        {"waiting", "sanitize", "workers_waiting"},
        {"objects", "store", "objects"},
        {"free_bytes", "store", "free_bytes"},
        {"requests", "store", "requests_waiting"},
        {"for_key", "release", "waiting_for_key"},
};

char *mg_status_line(const GArray *figures) {
        GString *line = g_string_new(NULL);
        guint up = 0, all = 0;

        for (guint i = 0; i < figures->len; i++) {
                const MgFigure *figure = &g_array_index(figures, MgFigure, i);

                if (!g_str_equal(figure->role, "mugaid") || !g_str_has_prefix(figure->name, "up_"))
                        continue;
                all++;
                up += figure->value != 0;
        }
        g_string_append_printf(line, "up=%u/%u", up, all);
        for (guint i = 0; i < G_N_ELEMENTS(columns); i++)
                g_string_append_printf(line, " %s=%" G_GINT64_FORMAT, columns[i].name,
                                       mg_status_figure(figures, columns[i].role, columns[i].figure));
        return g_string_free(line, FALSE);
}

static char *page_of(const MgConfig *config, const GArray *figures) {
        g_autoptr(GPtrArray) rows = mg_organizations_ask(config, NULL);
        g_autoptr(GArray) findings = mg_findings_new();

        mg_status_check(config, figures, findings);
        return mg_status_text(figures, rows, findings);
}

/* Home, what is written, and nothing below it: no moment of an empty screen. */
#define HOME "\033[H"
#define CLEAR_LINE "\033[K\n"
#define CLEAR_BELOW "\033[J"

static void show_page(const char *now, const char *page) {
        g_auto(GStrv) lines = g_strsplit(page, "\n", -1);
        g_autofree char *text = g_strjoinv(CLEAR_LINE, lines);

        mg_cli_print(HOME);
        mg_cli_print(now);
        mg_cli_print(CLEAR_LINE CLEAR_LINE);
        mg_cli_print(text);
        mg_cli_print(CLEAR_BELOW);
}

static void show(const MgConfig *config, gboolean terminal) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GArray) figures = mg_status_figures(config, &error);
        g_autoptr(GDateTime) time = g_date_time_new_now_local();
        g_autofree char *now = g_date_time_format(time, "%Y-%m-%dT%H:%M:%S%:z");
        g_autofree char *text = !figures   ? g_strdup_printf("mugaid does not answer: %s", error->message)
                                : terminal ? page_of(config, figures)
                                           : mg_status_line(figures);

        if (terminal) {
                show_page(now, text);
                return;
        }
        mg_cli_print(now);
        mg_cli_print(" ");
        mg_cli_print(text);
        mg_cli_print("\n");
}

int mg_status_watch(const MgConfig *config, guint seconds) {
        const struct timespec pause = {.tv_sec = (time_t)seconds};
        const gboolean terminal = isatty(STDOUT_FILENO);
        sigset_t ends;
        int code = EX_OK;

        sigemptyset(&ends);
        sigaddset(&ends, SIGINT);
        sigaddset(&ends, SIGTERM);
        sigprocmask(SIG_BLOCK, &ends, NULL);
        if (terminal)
                mg_cli_print(HOME CLEAR_BELOW);
        do {
                show(config, terminal);
                code = mg_cli_flush();
        } while (code == EX_OK && sigtimedwait(&ends, NULL, &pause) < 0 && (errno == EAGAIN || errno == EINTR));
        return code;
}
