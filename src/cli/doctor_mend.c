/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mugai doctor: which fault a finding belongs to, and the command that mends it.
 * Runs none of them, and gives none where only a person can mend it.
 */
#include <string.h>
#include <unistd.h>

#include "cli/doctor.h"
#include "cli/status.h"

/* As sd_booted(3) asks. */
static gboolean has_systemd(void) {
        return access("/run/systemd/system", F_OK) == 0;
}

/* As a person would type it: quoted only where a shell needs that. */
static char *quoted(const char *word) {
        static const char plain[] = G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_-./:=,@";

        return *word != '\0' && strspn(word, plain) == strlen(word) ? g_strdup(word) : g_shell_quote(word);
}

static const char *config_path(const MgDoctor *doctor) {
        return doctor->path != NULL ? doctor->path : MG_SYSCONF_DIR "/mugai.conf";
}

static char *nothing(const MgDoctor *doctor, const MgFinding *finding) {
        return g_strdup("");
}

/* The line that mends it is a command. */
static char *as_said(const MgDoctor *doctor, const MgFinding *finding) {
        return g_strdup(finding->mend);
}

static char *load_again(const MgDoctor *doctor, const MgFinding *finding) {
        g_autofree char *path = quoted(config_path(doctor));

        return g_strdup_printf("mugaid --check --config %s", path);
}

static char *start_all(const MgDoctor *doctor, const MgFinding *finding) {
        g_autofree char *path = quoted(config_path(doctor));

        return has_systemd() ? g_strdup("systemctl start mugai.target") : g_strdup_printf("mugaid --config %s", path);
}

/* A role that hangs is started again by whoever watches it, once it is gone. */
static char *start_role(const MgDoctor *doctor, const MgFinding *finding) {
        g_autoptr(GArray) figures = mg_status_figures(doctor->config, NULL);
        g_autofree char *name = g_strconcat("pid_", finding->subject, NULL);
        gint64 pid = figures != NULL ? mg_status_figure(figures, "mugaid", name) : 0;

        if (has_systemd())
                return g_strdup_printf("systemctl restart mugai-%s", finding->subject);
        return pid > 1 ? g_strdup_printf("kill -KILL %" G_GINT64_FORMAT, pid) : g_strdup("");
}

static char *take_again(const MgDoctor *doctor, const MgFinding *finding) {
        return g_strdup(has_systemd() ? "systemctl reload mugaid" : "kill -HUP $(pidof mugaid)");
}

static char *rotate(const MgDoctor *doctor, const MgFinding *finding) {
        gboolean escrow = g_strcmp0(finding->subject, doctor->config->escrow) == 0;

        return g_strdup(escrow ? "mugai key rotate keys --escrow" : "mugai key rotate keys");
}

static char *check_rules(const MgDoctor *doctor, const MgFinding *finding) {
        return g_strdup("mugai rules check");
}

static char *try_path(const MgDoctor *doctor, const MgFinding *finding) {
        return g_strdup("mugai selftest");
}

static char *set_clock(const MgDoctor *doctor, const MgFinding *finding) {
        return g_strdup("timedatectl set-ntp true");
}

static char *start_scanner(const MgDoctor *doctor, const MgFinding *finding) {
        return g_strdup("systemctl restart clamav-daemon");
}

static char *of_postfix(const MgDoctor *doctor, const char *tool, const char *words) {
        g_autofree char *folder = doctor->folder != NULL ? quoted(doctor->folder) : NULL;

        return g_strdup_printf("%s%s%s %s", tool, folder != NULL ? " -c " : "", folder != NULL ? folder : "", words);
}

static char *flush(const MgDoctor *doctor, const MgFinding *finding) {
        return of_postfix(doctor, "postqueue", "-f");
}

static char *reload_postfix(const MgDoctor *doctor, const MgFinding *finding) {
        return of_postfix(doctor, "postfix", "reload");
}

/* "main.cf: NAME = VALUE", or "master.cf, SERVICE TYPE: -o NAME=VALUE" (or "-o { NAME = VALUE }"), for postconf. */
static char *edit_postfix(const MgDoctor *doctor, const MgFinding *finding) {
        static const char pattern[] =
                "^(?:main\\.cf: (\\w+ =.*)|master\\.cf, (\\S+) (\\w+): -o (?:\\{ (\\w+) = (.*) \\}|"
                "(\\w+)=(\\S*)))$";
        g_autoptr(GRegex) regex = g_regex_new(pattern, 0, 0, NULL);
        g_autoptr(GMatchInfo) match = NULL;
        g_autofree char *line = NULL;

        if (!g_regex_match(regex, finding->mend, 0, &match))
                return g_strdup("");
        g_autofree char *main = g_match_info_fetch(match, 1), *service = g_match_info_fetch(match, 2),
                        *type = g_match_info_fetch(match, 3), *braced = g_match_info_fetch(match, 4),
                        *braced_value = g_match_info_fetch(match, 5), *name = g_match_info_fetch(match, 6),
                        *value = g_match_info_fetch(match, 7);
        if (*main != '\0')
                line = g_strdup(main);
        else if (braced != NULL && *braced != '\0')
                line = g_strdup_printf("%s/%s/%s=%s", service, type, braced, braced_value);
        else
                line = g_strdup_printf("%s/%s/%s=%s", service, type, name, value);
        g_autofree char *word = quoted(line);
        g_autofree char *words = g_strconcat(*main != '\0' ? "-e " : "-P ", word, NULL);
        g_autofree char *edit = of_postfix(doctor, "postconf", words);
        g_autofree char *again = reload_postfix(doctor, finding);
        return g_strdup_printf("%s && %s", edit, again);
}

/* By the beginning of the id; the first row that fits. */
static const struct {
        const char *id;
        MgDoctorFault fault;
        char *(*command)(const MgDoctor *doctor, const MgFinding *finding);
} rows[] = {
        {"config.", MG_DOCTOR_CONFIG, load_again},
        {"roles.mugaid", MG_DOCTOR_DOWN, start_all},
        {"roles.", MG_DOCTOR_DOWN, start_role},
        {"disk.", MG_DOCTOR_ROOM, nothing},
        {"store.quota", MG_DOCTOR_ROOM, take_again},
        {"store.requests", MG_DOCTOR_MAILS, nothing},
        {"store.unsealed", MG_DOCTOR_KEYS, nothing},
        {"store.certificate", MG_DOCTOR_KEYS, rotate},
        {"release.key-locked", MG_DOCTOR_KEYS, as_said},
        {"release.", MG_DOCTOR_RELEASE, nothing},
        {"postfix.release", MG_DOCTOR_RELEASE, edit_postfix},
        {"postfix.letters", MG_DOCTOR_RELEASE, edit_postfix},
        {"postfix.bypass", MG_DOCTOR_BYPASS, reload_postfix},
        {"postfix.queue", MG_DOCTOR_HOP, flush},
        {"postfix.next-hop", MG_DOCTOR_HOP, nothing},
        {"postfix.", MG_DOCTOR_WIRING, edit_postfix},
        {"scan.silent", MG_DOCTOR_SCANNER, start_scanner},
        {"scan.", MG_DOCTOR_SCANNER, nothing},
        {"monitor.", MG_DOCTOR_MAILS, try_path},
        {"clock.", MG_DOCTOR_CLOCK, set_clock},
        {"mail.", MG_DOCTOR_MAILS, as_said},
        {"rules.", MG_DOCTOR_RULES, check_rules},
        {"users.", MG_DOCTOR_HOST, as_said},
        {"folders.", MG_DOCTOR_HOST, as_said},
        {"", MG_DOCTOR_HOST, nothing},
};

static guint row_of(const char *id) {
        guint i = 0;

        while (!g_str_has_prefix(id, rows[i].id))
                i++;
        return i;
}

MgDoctorFault mg_doctor_fault(const char *id) {
        return rows[row_of(id)].fault;
}

char *mg_doctor_command(const MgDoctor *doctor, const MgFinding *finding) {
        return rows[row_of(finding->id)].command(doctor, finding);
}
