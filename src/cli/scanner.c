/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mugai check: the scanner. clamd does not tell its settings; what can be known of them is seen by what it answers to a
 * file of zeros, and read in its configuration. Hands over no mail.
 */
#include "cli/scanner.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clamd.h"
#include "base/fd.h"
#include "base/text.h"
#include "rules/match.h"

/* A person waits. */
#define ANSWER_MS 10000
/* freshclam of Debian looks 24 times a day. */
#define SIGNATURES_DAYS 7
#define CONF_OCTETS 1000000

static char *ask(const MgConfig *config, const char *command, int fd, char **why) {
        MgScanFault fault;
        mg_autofd sock = mg_clamd_ask(config->scan_socket, command, fd, &fault);
        char *answer;

        if (sock < 0) {
                *why = g_strdup(g_strerror(errno));
                return NULL;
        }
        answer = mg_clamd_answer(sock, ANSWER_MS, &fault);
        *why = answer != NULL
                       ? NULL
                       : g_strdup(fault == MG_SCAN_FAULT_SILENT ? "no answer within " G_STRINGIFY(ANSWER_MS) " ms"
                                                                : "it hung up, or said what is no answer");
        return answer;
}

gint64 mg_scanner_signed(const char *version) {
        const char *slash = strchr(version, '/'), *when = slash != NULL ? strchr(slash + 1, '/') : NULL;
        struct tm broken = {.tm_isdst = -1};
        const char *end = when != NULL ? strptime(when + 1, "%a %b %d %H:%M:%S %Y", &broken) : NULL;

        return end != NULL && *end == '\0' ? (gint64)mktime(&broken) : 0;
}

static void check_age(const MgConfig *config, const char *version, GArray *findings) {
        gint64 made = mg_scanner_signed(version), days = (g_get_real_time() / G_USEC_PER_SEC - made) / 86400;
        g_autofree char *clean = mg_text_clean(version, strlen(version), MG_CLASS_LINE, 100, NULL);

        if (made == 0) {
                g_autofree char *ja = g_strdup_printf("定義ファイルの日付が分かりません (%s)。", clean);
                g_autofree char *en = g_strdup_printf("It does not say how old its signatures are (%s).", clean);

                mg_findings_add(findings, "scan.signatures-unknown", MG_SEVERITY_NOTE, config->scan_socket, ja, en, "");
        } else if (days > SIGNATURES_DAYS) {
                g_autofree char *ja =
                        g_strdup_printf("定義ファイルが %" G_GINT64_FORMAT " 日前のものです (%s)。", days, clean);
                g_autofree char *en =
                        g_strdup_printf("Its signatures are %" G_GINT64_FORMAT " days old (%s).", days, clean);

                mg_findings_add(findings, "scan.signatures-old", MG_SEVERITY_WARNING, config->scan_socket, ja, en,
                                "let freshclam run, or bring the signatures here by hand");
        }
}

/* A memory file as mail is: of n octets, or what a text has. */
static int memory_of(const char *text, guint64 n) {
        mg_autofd fd = mg_fd_memory("mugai-original", NULL);

        if (fd < 0 || (text != NULL && !mg_fd_write(fd, text, strlen(text), NULL)) ||
            (text == NULL && ftruncate(fd, (off_t)n) < 0) || !mg_fd_seal(fd, 0, NULL))
                return -1;
        return mg_fd_steal(&fd);
}

static void check_descriptor(const MgConfig *config, GArray *findings) {
        mg_autofd fd = memory_of("Subject: mugai check\r\n\r\n", 0);
        g_autofree char *why = NULL, *answer = ask(config, "FILDES", fd, &why);
        MgScan scan = mg_clamd_verdict(answer != NULL ? answer : "");
        g_autofree char *said = why != NULL ? g_strdup(why) : mg_scan_text(&scan);
        g_autofree char *ja = g_strdup_printf("渡したファイルを検査できません: %s", said);
        g_autofree char *en = g_strdup_printf("It does not scan what is passed to it by descriptor: %s.", said);

        if (scan.verdict != MG_SCAN_CLEAN)
                mg_findings_add(findings, "scan.descriptor", MG_SEVERITY_WARNING, config->scan_socket, ja, en,
                                "where AppArmor confines clamd: put  /memfd:mugai-original* r,  into "
                                "/etc/apparmor.d/local/usr.sbin.clamd, and reload the profile");
}

/* Beyond its bounds it says so (AlertExceedsMax), or OK. */
static void check_bounds(const MgConfig *config, GArray *findings) {
        mg_autofd fd = memory_of(NULL, config->scan_max_size);
        g_autofree char *why = NULL, *answer = ask(config, "FILDES", fd, &why);
        MgScan scan = mg_clamd_verdict(answer != NULL ? answer : "");
        g_autofree char *size = mg_text_size(config->scan_max_size),
                        *limit = mg_text_size(config->policy->limits.mail_size);
        g_autofree char *ja = g_strdup_printf("%s のファイルは clamd の上限を超えます (%s)。", size, scan.said);
        g_autofree char *en = g_strdup_printf("A file of %s is beyond a bound of clamd (%s).", size, scan.said);

        if (scan.fault == MG_SCAN_FAULT_TOO_LARGE)
                mg_findings_add(
                        findings, "scan.bounds", MG_SEVERITY_WARNING, config->scan_socket, ja, en,
                        "clamd.conf: raise MaxFileSize and MaxScanSize, or mugai.conf: lower scan { max_size }");
        if (config->scan_max_size >= config->policy->limits.mail_size)
                return;
        g_free(ja), g_free(en);
        ja = g_strdup_printf("%s を超え %s までのメールは検査されません。", size, limit);
        en = g_strdup_printf("Mail of more than %s, and of up to %s, is not scanned.", size, limit);
        mg_findings_add(findings, "scan.max-size", MG_SEVERITY_WARNING, "scan.max_size", ja, en,
                        "mugai.conf: scan { max_size = ... } as large as limits { mail_size }");
}

/* The value of a key of clamd.conf, or NULL. Caller frees. */
static char *value_of(const char *text, const char *key) {
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

        for (char **line = lines; *line != NULL; line++) {
                gsize n = strlen(key);

                if (strncmp(g_strstrip(*line), key, n) == 0 && g_ascii_isspace((*line)[n]))
                        return g_strdup(g_strstrip(*line + n));
        }
        return NULL;
}

static void check_conf(const MgConfig *config, const char *path, GArray *findings) {
        g_autofree char *text = NULL, *socket = NULL, *alert = NULL;
        struct stat status, ours, theirs;

        if (stat(path, &status) != 0 || status.st_size > CONF_OCTETS || !g_file_get_contents(path, &text, NULL, NULL))
                return;
        socket = value_of(text, "LocalSocket");
        alert = value_of(text, "AlertExceedsMax");
        /* Debian writes /var/run where it means /run. */
        if (socket == NULL || stat(socket, &theirs) != 0 || stat(config->scan_socket, &ours) != 0 ||
            ours.st_dev != theirs.st_dev || ours.st_ino != theirs.st_ino)
                return;
        if (alert == NULL || (g_ascii_strcasecmp(alert, "yes") != 0 && g_ascii_strcasecmp(alert, "true") != 0))
                mg_findings_add(findings, "scan.alert-exceeds-max", MG_SEVERITY_WARNING, path,
                                "clamd は、上限を超えて検査しなかったファイルも「異常なし」と答えます。",
                                "clamd says OK of files that it did not look at because they are beyond a bound of its "
                                "own.",
                                "clamd.conf: AlertExceedsMax yes");
}

/* The role has its own group and user.group, and no other. Only root can tell for it. */
static void check_access(const MgConfig *config, GArray *findings) {
        const struct passwd *user = getpwnam(config->user_milter);
        uid_t uid = user != NULL ? user->pw_uid : 0;
        gid_t own = user != NULL ? user->pw_gid : 0;
        const struct group *group = getgrnam(config->group);
        struct stat status;

        if (geteuid() != 0 || user == NULL || group == NULL || stat(config->scan_socket, &status) != 0 ||
            (status.st_mode & 0002) != 0 || (status.st_uid == uid && (status.st_mode & 0200) != 0) ||
            ((status.st_gid == group->gr_gid || status.st_gid == own) && (status.st_mode & 0020) != 0))
                return;
        g_autofree char *mend =
                g_strdup_printf("clamd.conf: LocalSocketGroup %s and LocalSocketMode 660", config->group);
        mg_findings_add(findings, "scan.access", MG_SEVERITY_WARNING, config->scan_socket,
                        "milter のプロセスはこのソケットに接続できません。",
                        "The user of the milter may not connect to this socket.", mend);
}

void mg_scanner_check_rules(const MgConfig *config, GArray *findings) {
        if (*config->scan_socket != '\0' || !mg_rules_ask_scan(config->policy->rules))
                return;
        mg_findings_add(findings, "scan.none", MG_SEVERITY_WARNING, "scan.socket",
                        "検査結果を使う規則がありますが、検査の設定がないため、当てはまることがありません。",
                        "A rule asks for the scanner's verdict, and no scanner is configured: it is never met.",
                        "mugai.conf: scan { socket = ... }, or take scan out of the rules");
}

void mg_scanner_check(const MgConfig *config, const char *clamd_conf, GArray *findings) {
        g_autofree char *why = NULL, *version = NULL;

        if (*config->scan_socket == '\0')
                return;
        version = ask(config, "VERSION", -1, &why);
        if (version == NULL) {
                g_autofree char *ja =
                        g_strdup_printf("ウイルス検査が応答しません: %s。メールは未検査で届きます。", why);
                g_autofree char *en = g_strdup_printf("The scanner does not answer: %s. Mail goes on unscanned.", why);

                mg_findings_add(findings, "scan.silent", MG_SEVERITY_WARNING, config->scan_socket, ja, en,
                                "systemctl start clamav-daemon; look into its log");
                return;
        }
        check_access(config, findings);
        check_age(config, version, findings);
        check_descriptor(config, findings);
        check_bounds(config, findings);
        check_conf(config, clamd_conf, findings);
}
