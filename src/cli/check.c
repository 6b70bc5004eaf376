/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mugai check: what is wrong with the configuration, this host and Postfix.
 * Asks and looks; changes nothing and starts nothing.
 */
#include <errno.h>
#include <grp.h>
#include <linux/seccomp.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/control.h"
#include "base/error.h"
#include "base/text.h"
#include "cli/check.h"
#include "cli/cli.h"
#include "cli/findings.h"
#include "cli/organizations.h"
#include "cli/postfix_run.h"
#include "cli/rules.h"
#include "cli/scanner.h"
#include "cli/status.h"
#include "config/certificate.h"

/* Below it Landlock has no rights at all; every ABI has what a sandbox without a rule needs. */
#define LANDLOCK_ABI_VERSION (1U << 0)

/* A role that runs as configured, and its user. */
typedef struct Role {
        const char *name;
        const char *user;
} Role;
#define ROLES_MAX 6

/* The last three run only where they are on. */
static guint list_roles(const MgConfig *config, Role roles[ROLES_MAX]) {
        guint n = 0;

        roles[n++] = (Role){"milter", config->user_milter};
        roles[n++] = (Role){"sanitize", config->user_sanitize};
        roles[n++] = (Role){"store", config->user_store};
        if (config->release)
                roles[n++] = (Role){"release", config->user_release};
        if (config->console)
                roles[n++] = (Role){"console", config->user_console};
        if (config->monitor)
                roles[n++] = (Role){"monitor", config->user_monitor};
        return n;
}

static void check_kernel(const MgConfig *config, GArray *findings) {
        guint32 action = SECCOMP_RET_KILL_PROCESS;
        gboolean required = config->landlock == MG_LANDLOCK_REQUIRED;

        if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) != 0)
                mg_findings_add(findings, "kernel.seccomp", MG_SEVERITY_ERROR, "",
                                "このカーネルでは seccomp が使えず、解析プロセスを閉じ込められません。",
                                "This kernel has no seccomp filter: workers cannot be confined, and nothing starts.",
                                "use a kernel with CONFIG_SECCOMP_FILTER");
        if (syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_ABI_VERSION) < 1)
                mg_findings_add(
                        findings, "kernel.landlock", required ? MG_SEVERITY_ERROR : MG_SEVERITY_NOTE, "",
                        required ? "このカーネルでは landlock が使えないため、起動しません。"
                                 : "このカーネルでは landlock が使えません。設定により seccomp だけで動きます。",
                        required ? "This kernel has no landlock, and the configuration requires it: nothing starts."
                                 : "This kernel has no landlock; as configured, seccomp alone confines workers.",
                        required ? "boot with lsm=landlock,..., or mugai.conf: sandbox { landlock = optional }" : "");
}

/* A number is a user too: containers have no names. */
static gboolean find_user(const char *name, uid_t *uid) {
        const struct passwd *user = getpwnam(name);
        guint64 number;

        if (user != NULL)
                *uid = user->pw_uid;
        else if (g_ascii_string_to_unsigned(name, 10, 0, G_MAXINT32, &number, NULL))
                *uid = (uid_t)number;
        else
                return FALSE;
        return TRUE;
}

static void check_users(const MgConfig *config, GArray *findings) {
        Role roles[ROLES_MAX];
        uid_t uid = 0;

        for (guint i = 0, n = list_roles(config, roles); i < n; i++) {
                if (find_user(roles[i].user, &uid))
                        continue;
                g_autofree char *mend =
                        g_strdup_printf("useradd --system --gid %s --no-create-home %s", config->group, roles[i].user);
                mg_findings_add(findings, "users.missing", MG_SEVERITY_ERROR, roles[i].user,
                                "このユーザーがありません。",
                                "There is no such user: mugaid does not start as root without it.", mend);
        }
        const char *const groups[] = {config->group, config->milter_group};
        for (guint i = 0; i < G_N_ELEMENTS(groups); i++) {
                gboolean number = strspn(groups[i], "0123456789") == strlen(groups[i]);
                if (number || getgrnam(groups[i]) != NULL)
                        continue;
                g_autofree char *mend = g_strdup_printf("groupadd --system %s", groups[i]);
                mg_findings_add(findings, "users.group-missing", MG_SEVERITY_ERROR, groups[i],
                                "このグループがありません。", "There is no such group.", mend);
        }
}

/* state_dir holds originals: only the store's user may enter. */
static void check_state(const MgConfig *config, GArray *findings) {
        struct stat status;
        uid_t uid = 0;
        gboolean known = find_user(config->user_store, &uid);
        g_autofree char *mend = g_strdup_printf("install -d -o %s -m 0700 %s", config->user_store, config->state_dir);

        if (stat(config->state_dir, &status) != 0) {
                mg_findings_add(findings, "folders.state-missing", MG_SEVERITY_WARNING, config->state_dir,
                                "原本のフォルダーがまだありません (起動時に作られます)。",
                                "The folder of originals is not there yet, or cannot be looked at by you.", mend);
                return;
        }
        if ((status.st_mode & 0077) != 0)
                mg_findings_add(findings, "folders.state-open", MG_SEVERITY_ERROR, config->state_dir,
                                "原本のフォルダーに保管プロセス以外から入れます。",
                                "Others than the store can enter the folder of originals.", mend);
        if (geteuid() == 0 && known && status.st_uid != uid)
                mg_findings_add(findings, "folders.state-owner", MG_SEVERITY_ERROR, config->state_dir,
                                "原本のフォルダーの所有者が保管プロセスのユーザーではありません。",
                                "The folder of originals does not belong to the store's user.", mend);
}

/* Who can write these decides what happens to mail. */
static void check_writable(const char *path, GArray *findings) {
        struct stat status;

        if (path == NULL || stat(path, &status) != 0 || (status.st_mode & 0002) == 0)
                return;
        g_autofree char *mend = g_strdup_printf("chmod o-w %s", path);
        mg_findings_add(findings, "folders.writable", MG_SEVERITY_ERROR, path, "誰でも書き換えられます。",
                        "Everybody can change this.", mend);
}

static void check_disk(const MgConfig *config, GArray *findings) {
        struct statvfs disk;

        if (statvfs(config->state_dir, &disk) != 0)
                return;
        guint64 space = (guint64)disk.f_bavail * disk.f_frsize;
        g_autofree char *have = mg_text_size(space);
        g_autofree char *reserve = mg_text_size(config->store_reserve);
        g_autofree char *ja =
                g_strdup_printf("空き容量 %s、予備の設定 %s。下回ると新しいメールに 4xx を返します。", have, reserve);
        g_autofree char *en =
                g_strdup_printf("%s free, reserve %s: below the reserve new mail gets 4xx.", have, reserve);

        if (space < config->store_reserve)
                mg_findings_add(findings, "disk.full", MG_SEVERITY_ERROR, config->state_dir, ja, en,
                                "free space on this disk, or move state_dir to a larger one");
        else if (space < config->store_reserve * 2)
                mg_findings_add(findings, "disk.low", MG_SEVERITY_WARNING, config->state_dir, ja, en,
                                "free space on this disk, or move state_dir to a larger one");
}

static void check_sealing(const MgConfig *config, GArray *findings) {
        gint64 now = g_get_real_time() / G_USEC_PER_SEC;

        if (config->sealing->len == 0)
                mg_findings_add(findings, "store.unsealed", MG_SEVERITY_WARNING, config->state_dir,
                                "原本は封印されていません。このディスクを読める人は原本を読めます。",
                                "Originals are not sealed: who reads this disk reads them.",
                                "mugai key init DIR, then mugai.conf: store { seal_to = ... escrow = ... }");
        for (guint i = 0; i < config->sealing->len; i++) {
                const MgCertificate *certificate = g_ptr_array_index(config->sealing, i);
                g_autofree char *worry = mg_certificate_worry(certificate, now);

                if (worry == NULL)
                        continue;
                g_autofree char *ja = g_strdup_printf(
                        "この証明書の期限 (%s) を確認してください。封印は続き、同じ鍵で開けられます。", worry);
                g_autofree char *en =
                        g_strdup_printf("This certificate %s. Originals are sealed to its key all the same.", worry);
                mg_findings_add(findings, "store.certificate-expires", MG_SEVERITY_WARNING, certificate->path, ja, en,
                                "mugai key init DIR, put the new certificates there, reload; keep the old keys");
        }
}

/* What was approved until a day that is over: it matches no longer. */
static void check_expired(const GPtrArray *rules, GArray *findings) {
        guint minute, weekday;
        guint32 today = mg_rule_day(g_get_real_time() / G_USEC_PER_SEC, &minute, &weekday);

        for (guint i = 0; rules != NULL && i < rules->len; i++) {
                const MgRule *rule = g_ptr_array_index(rules, i);

                if (rule->expires == 0 || rule->expires >= today)
                        continue;
                g_autofree char *day = mg_rules_day(rule->expires);
                g_autofree char *ja =
                        g_strdup_printf("%u 行目のこの例外は %s で期限が切れ、もう当てはまりません。", rule->line, day);
                g_autofree char *en = g_strdup_printf("This exemption of line %u expired on %s and matches no longer.",
                                                      rule->line, day);
                mg_findings_add(findings, "rules.expired", MG_SEVERITY_WARNING, rule->name, ja, en,
                                "take it out, or have it approved again and set expires anew; then reload");
        }
}

/* The commands go without rules, so a faulty file is found here. */
static void check_rules(const MgConfig *config, GArray *findings) {
        g_autoptr(GError) error = NULL;

        check_writable(config->rules, findings);
        if (*config->rules == '\0')
                return;
        g_autoptr(MgConfig) whole = mg_config_load(config->path, &error);
        if (whole != NULL) {
                check_expired(whole->policy->rules, findings);
                mg_scanner_check_rules(whole, findings);
                return;
        }
        mg_findings_add(findings, "rules.faulty", MG_SEVERITY_ERROR, config->rules,
                        "この規則は読み込めません。動作中のものはそのままですが、次は起動しません。", error->message,
                        "mugai rules check; the running rules stay, and nothing starts until it loads");
}

static void check_programs(const MgConfig *config, GArray *findings) {
        Role roles[ROLES_MAX];

        for (guint i = 0, n = list_roles(config, roles); i < n; i++) {
                g_autofree char *name = g_strconcat("mugai-", roles[i].name, NULL);
                g_autofree char *path = mg_config_program(name);
                if (access(path, X_OK) == 0)
                        continue;
                mg_findings_add(findings, "programs.missing", MG_SEVERITY_ERROR, path, "プログラムがありません。",
                                "This program is missing or cannot be run.", "install mugai again");
        }
}

static gboolean role_answers(const GArray *figures, const char *role) {
        for (guint i = 0; i < figures->len; i++) {
                if (g_str_equal(g_array_index(figures, MgFigure, i).role, role))
                        return TRUE;
        }
        return FALSE;
}

static void check_roles(const MgConfig *config, GArray *findings) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GArray) figures = mg_status_figures(config, &error);
        Role roles[ROLES_MAX];

        if (figures == NULL) {
                g_autofree char *en = g_strdup_printf("mugaid does not answer: %s.", error->message);
                mg_findings_add(
                        findings, "roles.mugaid", MG_SEVERITY_WARNING, config->run_dir, "mugaid が応答しません。", en,
                        "systemctl start mugai.target, or start mugaid; ask as root or as a member of the group");
                return;
        }
        mg_status_check(config, figures, findings);
        for (guint i = 0, n = list_roles(config, roles); i < n; i++) {
                if (!role_answers(figures, roles[i].name))
                        mg_findings_add(findings, "roles.silent", MG_SEVERITY_ERROR, roles[i].name,
                                        "このプロセスが応答しません。", "This role does not answer.",
                                        "look into its log");
        }
}

/* Where the store does not answer, check_roles() says so; and not everybody may ask. */
static void check_organizations(const MgConfig *config, GArray *findings) {
        g_autoptr(GPtrArray) rows = mg_organizations_ask(config, NULL);

        if (rows != NULL)
                mg_organizations_check(config, rows, findings);
}

void mg_check_host(const MgConfig *config, const char *clamd_conf, GArray *findings) {
        check_kernel(config, findings);
        if (geteuid() == 0)
                check_users(config, findings);
        check_state(config, findings);
        check_writable(config->path, findings);
        check_writable(config->rules_dir, findings);
        check_writable(config->run_dir, findings);
        check_disk(config, findings);
        check_sealing(config, findings);
        check_rules(config, findings);
        check_programs(config, findings);
        check_roles(config, findings);
        mg_scanner_check(config, clamd_conf, findings);
        check_organizations(config, findings);
}

int mg_command_check(const MgCommand *command, int argc, char **argv) {
        g_autofree char *file = NULL, *folder = NULL, *clamd_conf = NULL;
        gboolean postfix = FALSE, no_probe = FALSE, json = FALSE;
        int code = EX_OK;
        GError *error = NULL;
        const GOptionEntry entries[] = {
                {"config", 'c', 0, G_OPTION_ARG_FILENAME, &file, "Configuration", "FILE"},
                {"postfix", 'p', 0, G_OPTION_ARG_NONE, &postfix, "Check Postfix instead of this host", NULL},
                {"postfix-dir", 0, 0, G_OPTION_ARG_FILENAME, &folder,
                 "Postfix's configuration folder (default: its own)", "FOLDER"},
                {"clamd-conf", 0, 0, G_OPTION_ARG_FILENAME, &clamd_conf,
                 "Configuration of the scanner (default: " MG_SCANNER_CONF ")", "FILE"},
                {"no-probe", 0, 0, G_OPTION_ARG_NONE, &no_probe, "Do not ask the next hop by EHLO", NULL},
                {"json", 'j', 0, G_OPTION_ARG_NONE, &json, "A JSON object", NULL},
                {0},
        };
        g_auto(GStrv) operands = mg_cli_parse(command, entries, argc, argv, 0, 0);

        if (operands == NULL)
                return EX_USAGE;
        g_autoptr(MgConfig) config = mg_cli_config(file, &code);
        if (config == NULL)
                return code;
        g_autoptr(GArray) findings = mg_findings_new();
        if (!postfix && folder == NULL)
                mg_check_host(config, clamd_conf != NULL ? clamd_conf : MG_SCANNER_CONF, findings);
        else if (!mg_postfix_run(config, folder, !no_probe, findings, &error))
                return mg_cli_fail(EX_UNAVAILABLE, "Postfix cannot be checked: %s", error->message);
        g_autofree char *text = json ? mg_findings_json(findings) : mg_findings_text(findings);
        mg_cli_print(text);
        code = mg_cli_flush();
        return code == EX_OK && mg_findings_unsafe(findings) ? 1 : code;
}
