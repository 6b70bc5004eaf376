/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of keys. Says nothing of how a value is read (value.c) nor of how keys bear on each other (config.c).
 */
#include "config/table.h"

#include <stddef.h>
#include <string.h>

#define KB(n) ((guint64)(n) << 10)
#define MB(n) ((guint64)(n) << 20)
#define GB(n) ((guint64)(n) << 30)

static const MgChoice yes_or_no[] = {{"yes", TRUE}, {"no", FALSE}, {NULL, 0}};
static const MgChoice log_to[] = {{"stderr", MG_LOG_TO_STDERR},
                                  {"journal", MG_LOG_TO_JOURNAL},
                                  {"syslog", MG_LOG_TO_SYSLOG},
                                  {"file", MG_LOG_TO_FILE},
                                  {NULL, 0}};
static const MgChoice log_format[] = {
        {"text", MG_LINE_TEXT}, {"logfmt", MG_LINE_LOGFMT}, {"json", MG_LINE_JSON}, {"cef", MG_LINE_CEF}, {NULL, 0}};
static const MgChoice log_level[] = {{"error", MG_LOG_ERROR},
                                     {"warning", MG_LOG_WARNING},
                                     {"info", MG_LOG_INFO},
                                     {"debug", MG_LOG_DEBUG},
                                     {NULL, 0}};
static const MgChoice landlock[] = {{"required", MG_LANDLOCK_REQUIRED}, {"optional", MG_LANDLOCK_OPTIONAL}, {NULL, 0}};
static const MgChoice links[] = {{"defang", MG_LINKS_DEFANG},
                                 {"text", MG_LINKS_TEXT},
                                 {"host", MG_LINKS_HOST},
                                 {"remove", MG_LINKS_REMOVE},
                                 {NULL, 0}};
static const MgChoice charset[] = {{"utf-8", MG_CHARSET_UTF_8}, {"iso-2022-jp", MG_CHARSET_ISO_2022_JP}, {NULL, 0}};
static const MgChoice cookie[] = {{"secure", MG_COOKIE_SECURE}, {"plain", MG_COOKIE_PLAIN}, {NULL, 0}};
static const MgChoice languages[] = {{"ja", MG_LANGUAGE_JA}, {"en", MG_LANGUAGE_EN}, {NULL, 0}};

/*
 * What a limit may be set to: type, least, most. The upper ends are where the reason for the bound (mugai/policy.h)
 * begins to bite: GMime hangs on parameter names of about 70 octets, and it stops nesting at 1024. A limit without
 * a row here does not compile.
 */
#define RANGE_mail_size MG_KEY_SIZE, KB(64), GB(1)
#define RANGE_header_fields MG_KEY_COUNT, 20, 10000
#define RANGE_header_bytes MG_KEY_SIZE, KB(8), MB(16)
#define RANGE_field_bytes MG_KEY_SIZE, KB(1), MB(1)
#define RANGE_parameters MG_KEY_COUNT, 4, 1000
#define RANGE_parameter_name MG_KEY_COUNT, 16, 60
#define RANGE_group_depth MG_KEY_COUNT, 1, 1000
#define RANGE_addresses MG_KEY_COUNT, 1, 10000
#define RANGE_references MG_KEY_COUNT, 0, 1000
#define RANGE_hops MG_KEY_COUNT, 51, 1000
#define RANGE_nesting MG_KEY_COUNT, 1, 200
#define RANGE_parts MG_KEY_COUNT, 1, 10000
#define RANGE_name_chars MG_KEY_COUNT, 16, 1000
#define RANGE_text_chars MG_KEY_COUNT, 64, 10000
#define RANGE_body MG_KEY_SIZE, KB(4), MB(32)
#define RANGE_html_bytes MG_KEY_SIZE, KB(4), GB(1)
#define RANGE_html_depth MG_KEY_COUNT, 16, 2000
#define RANGE_html_nodes MG_KEY_COUNT, 1000, 100000000
#define RANGE_style_rules MG_KEY_COUNT, 0, 100000
#define RANGE_style_steps MG_KEY_COUNT, 1, 1000000000
#define RANGE_style_marks MG_KEY_COUNT, 0, 10000
#define RANGE_links MG_KEY_COUNT, 0, 100000
#define RANGE_link_hosts MG_KEY_COUNT, 0, 10000
#define RANGE_listed_parts MG_KEY_COUNT, 1, 10000
#define RANGE_ranges MG_KEY_COUNT, 16, 100000
#define RANGE_archive_members MG_KEY_COUNT, 0, 1000000
#define RANGE_archive_listed MG_KEY_COUNT, 0, 10000
#define RANGE_archive_depth MG_KEY_COUNT, 0, 20
#define RANGE_archive_bytes MG_KEY_SIZE, 0, GB(1)
#define RANGE_archive_ratio MG_KEY_COUNT, 1, 100000
#define RANGE_archive_milliseconds MG_KEY_COUNT, 10, 60000
#define RANGE_archive_strays MG_KEY_COUNT, 0, 1000000
#define RANGE_archive_extended MG_KEY_COUNT, 0, 10000
#define RANGE_document_bytes MG_KEY_SIZE, KB(4), GB(1)
#define RANGE_authentication_results MG_KEY_COUNT, 1, 1000
#define RANGE_notice_members MG_KEY_COUNT, 0, 100
#define RANGE_kept_parts MG_KEY_COUNT, 0, 100
#define RANGE_kept_bytes MG_KEY_SIZE, 0, MB(100)

#define FIELD(type, field) offsetof(type, field), sizeof(((type *)0)->field)
#define IN_CONFIG(field) MG_HOME_CONFIG, FIELD(MgConfig, field)
#define IN_POLICY(field) MG_HOME_POLICY, FIELD(MgPolicy, field)
#define IN_ORGANIZATION(field) MG_HOME_ORGANIZATION, FIELD(MgOrganization, field)
#define LIMIT_ROW(field, value, reason) {"limits." #field, RANGE_X(RANGE_##field, field)},
#define RANGE_X(range, field) RANGE_Y(range, field)
#define RANGE_Y(type, min, max, field) type, FALSE, IN_POLICY(limits.field), min, max, NULL, NULL

/* What an organization may say for itself, and what is said for all others: type, where it goes, least and most. */
#define ORGANIZATION_seal_to MG_KEY_PATH, RELOAD, IN_ORGANIZATION(seal_to), 0, 0
#define ORGANIZATION_retention MG_KEY_DAYS, RELOAD, IN_ORGANIZATION(retention), 1, 36500
#define ORGANIZATION_retention_failed MG_KEY_DAYS, RELOAD, IN_ORGANIZATION(retention_failed), 1, 36500
#define ORGANIZATION_quota MG_KEY_SIZE, RELOAD, IN_ORGANIZATION(quota), 0, GB(1048576)
#define ORGANIZATION_release_domains MG_KEY_DOMAINS, RELOAD, IN_ORGANIZATION(release_domains), 0, MG_DOMAINS_MAX
#define ORGANIZATION_approvals MG_KEY_COUNT, RELOAD, IN_ORGANIZATION(approvals), 1, 2

#define RESTART TRUE
#define RELOAD FALSE

static const MgKey keys[] = {
        {"node", MG_KEY_COUNT, RESTART, IN_CONFIG(node), 0, 9, "1", NULL},
        {"state_dir", MG_KEY_PATH, RESTART, IN_CONFIG(state_dir), 1, 0, "/var/lib/mugai", NULL},
        {"run_dir", MG_KEY_PATH, RESTART, IN_CONFIG(run_dir), 1, 0, "/run/mugai", NULL},
        {"rules_dir", MG_KEY_PATH, RELOAD, IN_CONFIG(rules_dir), 0, 0, "", NULL},

        {"log.to", MG_KEY_CHOICE, RESTART, IN_CONFIG(log_to), 0, 0, "stderr", log_to},
        {"log.format", MG_KEY_CHOICE, RESTART, IN_CONFIG(log_format), 0, 0, "text", log_format},
        {"log.file", MG_KEY_PATH, RESTART, IN_CONFIG(log_file), 0, 0, "/var/log/mugai.log", NULL},
        {"log.level", MG_KEY_CHOICE, RELOAD, IN_CONFIG(log_level), 0, 0, "info", log_level},

        {"user.milter", MG_KEY_NAME, RESTART, IN_CONFIG(user_milter), 1, 0, "mugai-milter", NULL},
        {"user.sanitize", MG_KEY_NAME, RESTART, IN_CONFIG(user_sanitize), 1, 0, "mugai-sanitize", NULL},
        {"user.store", MG_KEY_NAME, RESTART, IN_CONFIG(user_store), 1, 0, "mugai-store", NULL},
        {"user.release", MG_KEY_NAME, RESTART, IN_CONFIG(user_release), 1, 0, "mugai-release", NULL},
        {"user.console", MG_KEY_NAME, RESTART, IN_CONFIG(user_console), 1, 0, "mugai-console", NULL},
        {"user.monitor", MG_KEY_NAME, RESTART, IN_CONFIG(user_monitor), 1, 0, "mugai-monitor", NULL},
        {"user.group", MG_KEY_NAME, RESTART, IN_CONFIG(group), 1, 0, "mugai", NULL},

        {"milter.socket", MG_KEY_ADDRESS, RESTART, IN_CONFIG(milter_socket), 0, 0, "unix:/run/mugai/milter/milter.sock",
         NULL},
        {"milter.group", MG_KEY_NAME, RESTART, IN_CONFIG(milter_group), 0, 0, "postfix", NULL},
        {"milter.max_mails", MG_KEY_COUNT, RELOAD, IN_CONFIG(max_mails), 1, 10000, "100", NULL},
        {"milter.priority_mails", MG_KEY_COUNT, RELOAD, IN_CONFIG(priority_mails), 0, 1000, "16", NULL},
        {"milter.max_memory", MG_KEY_SIZE, RELOAD, IN_CONFIG(max_memory), MB(1), GB(1024), "1 GB", NULL},
        {"milter.authserv_id", MG_KEY_DOMAINS, RELOAD, IN_CONFIG(authserv_id), 0, 1, "", NULL},
        {"milter.behind_relay", MG_KEY_CHOICE, RELOAD, IN_CONFIG(behind_relay), 0, 0, "no", yes_or_no},

        {"postfix.next_hop", MG_KEY_HOP, RELOAD, IN_CONFIG(next_hop), 0, 0, "", NULL},

        {"sandbox.landlock", MG_KEY_CHOICE, RELOAD, IN_CONFIG(landlock), 0, 0, "required", landlock},
        {"sandbox.workers", MG_KEY_COUNT, RELOAD, IN_CONFIG(workers), 0, 1024, "0", NULL},
        {"sandbox.waiting", MG_KEY_COUNT, RELOAD, IN_CONFIG(waiting), 0, 10000, "200", NULL},
        /* Below what src/milter/mail.c allows a mail before its commit, so that the notice is still heard. */
        {"sandbox.deadline", MG_KEY_DURATION, RELOAD, IN_CONFIG(deadline_ms), 100, 240000, "20 s", NULL},
        {"sandbox.memory", MG_KEY_SIZE, RELOAD, IN_CONFIG(worker_memory), MB(64), GB(64), "512 MB", NULL},

        {"scan.socket", MG_KEY_PATH, RELOAD, IN_CONFIG(scan_socket), 0, 0, "", NULL},
        /* Less where the mail has less time left (src/milter/mail.c). */
        {"scan.wait", MG_KEY_DURATION, RELOAD, IN_CONFIG(scan_wait_ms), 0, 30000, "5 s", NULL},
        {"scan.grace", MG_KEY_DURATION, RELOAD, IN_CONFIG(scan_grace_ms), 0, 5000, "200 ms", NULL},
        {"scan.max_size", MG_KEY_SIZE, RELOAD, IN_CONFIG(scan_max_size), KB(64), GB(1), "25 MB", NULL},

        {"store.reserve", MG_KEY_SIZE, RELOAD, IN_CONFIG(store_reserve), 0, GB(1024), "500 MB", NULL},
        {"store.level", MG_KEY_COUNT, RELOAD, IN_CONFIG(store_level), 1, 19, "1", NULL},
        {"store.seal_to", ORGANIZATION_seal_to, "", NULL},
        {"store.escrow", MG_KEY_PATH, RELOAD, IN_CONFIG(escrow), 0, 0, "", NULL},
        {"store.retention", ORGANIZATION_retention, "30 d", NULL},
        {"store.retention_failed", ORGANIZATION_retention_failed, "90 d", NULL},
        {"store.expiry_warning", MG_KEY_DAYS, RELOAD, IN_CONFIG(expiry_warning), 1, 365, "7 d", NULL},
        {"store.quota", ORGANIZATION_quota, "0 B", NULL},
        {"store.vouched_sign_in", MG_KEY_CHOICE, RESTART, IN_CONFIG(vouched_sign_in), 0, 0, "no", yes_or_no},
        {"store.quota_alarm", MG_KEY_COUNT, RELOAD, IN_CONFIG(quota_alarm), 1, 100, "80", NULL},

        {"audit.anchor_every", MG_KEY_DURATION, RESTART, IN_CONFIG(anchor_every_ms), 1000, 1440 * 60000, "60 min",
         NULL},
        {"audit.anchor_file", MG_KEY_PATH, RESTART, IN_CONFIG(anchor_file), 0, 0, "", NULL},
        {"audit.lines_to", MG_KEY_TEXT, RESTART, IN_CONFIG(lines_to), 0, 4096, "", NULL},

        {"organization.domains", MG_KEY_ALL_BELOW, RELOAD, IN_ORGANIZATION(domains), 1, MG_DOMAINS_MAX, NULL, NULL},
        {"organization.seal_to", ORGANIZATION_seal_to, NULL, NULL},
        {"organization.retention", ORGANIZATION_retention, NULL, NULL},
        {"organization.retention_failed", ORGANIZATION_retention_failed, NULL, NULL},
        {"organization.quota", ORGANIZATION_quota, NULL, NULL},
        {"organization.release_domains", ORGANIZATION_release_domains, NULL, NULL},
        {"organization.approvals", ORGANIZATION_approvals, NULL, NULL},

        {"release.enabled", MG_KEY_CHOICE, RESTART, IN_CONFIG(release), 0, 0, "no", yes_or_no},
        {"release.smtp", MG_KEY_ADDRESS, RELOAD, IN_CONFIG(release_smtp), 0, 0, "inet:10026@127.0.0.1", NULL},
        {"release.letters", MG_KEY_ADDRESS, RELOAD, IN_CONFIG(release_letters), 0, 0, "inet:25@127.0.0.1", NULL},
        {"release.from", MG_KEY_TEXT, RELOAD, IN_CONFIG(release_from), 0, 254, "mugai@mugai.invalid", NULL},
        {"release.lgwan_domains", MG_KEY_ALL_BELOW, RELOAD, IN_ORGANIZATION(domains), 0, MG_DOMAINS_MAX, "", NULL},
        {"release.request_days", MG_KEY_DAYS, RELOAD, IN_CONFIG(request_days), 1, 365, "14 d", NULL},
        {"release.digest_every", MG_KEY_DURATION, RELOAD, IN_CONFIG(digest_every_ms), 60000, 1440 * 60000, "60 min",
         NULL},
        {"release.allowed_domains", ORGANIZATION_release_domains, "", NULL},
        {"release.approvals", ORGANIZATION_approvals, "1", NULL},
        {"release.key_alarm", MG_KEY_DURATION, RELOAD, IN_CONFIG(key_alarm_ms), 60000, 10080 * 60000, "240 min", NULL},
        {"release.unlock", MG_KEY_DURATION, RELOAD, IN_CONFIG(release_unlock_ms), 60000, 480 * 60000, "15 min", NULL},

        {"console.enabled", MG_KEY_CHOICE, RESTART, IN_CONFIG(console), 0, 0, "no", yes_or_no},
        {"console.socket", MG_KEY_ADDRESS, RESTART, IN_CONFIG(console_socket), 0, 0, "inet:8025@127.0.0.1", NULL},
        {"console.group", MG_KEY_NAME, RESTART, IN_CONFIG(console_group), 0, 0, "", NULL},
        {"console.certificate", MG_KEY_PATH, RESTART, IN_CONFIG(console_certificate), 0, 0, "", NULL},
        {"console.key", MG_KEY_PATH, RESTART, IN_CONFIG(console_key), 0, 0, "", NULL},
        {"console.proxy", MG_KEY_TEXT, RESTART, IN_CONFIG(console_proxy), 0, 64, "", NULL},
        {"console.user_header", MG_KEY_NAME, RESTART, IN_CONFIG(console_user_header), 0, 0, "", NULL},
        {"console.header_time", MG_KEY_DURATION, RESTART, IN_CONFIG(console_header_ms), 100, 60000, "20 s", NULL},
        {"console.request_time", MG_KEY_DURATION, RESTART, IN_CONFIG(console_request_ms), 1000, 600000, "60 s", NULL},
        {"console.per_address", MG_KEY_COUNT, RESTART, IN_CONFIG(console_per_address), 1, 100, "30", NULL},
        {"console.cookie", MG_KEY_CHOICE, RESTART, IN_CONFIG(console_cookie), 0, 0, "secure", cookie},

        {"monitor.enabled", MG_KEY_CHOICE, RESTART, IN_CONFIG(monitor), 0, 0, "no", yes_or_no},
        {"monitor.listen", MG_KEY_ADDRESS, RESTART, IN_CONFIG(monitor_listen), 0, 0, "inet:9464@127.0.0.1", NULL},
        {"monitor.canary_every", MG_KEY_DURATION, RELOAD, IN_CONFIG(canary_every_ms), 0, 1440 * 60000, "0 s", NULL},
        {"monitor.canary_entrance", MG_KEY_ADDRESS, RELOAD, IN_CONFIG(canary_entrance), 0, 0, "inet:25@127.0.0.1",
         NULL},
        {"monitor.canary_domain", MG_KEY_DOMAINS, RESTART, IN_CONFIG(canary_domain), 1, 1, "canary.mugai.invalid",
         NULL},
        {"monitor.canary_listen", MG_KEY_ADDRESS, RESTART, IN_CONFIG(canary_listen), 0, 0, "inet:10027@127.0.0.1",
         NULL},
        {"monitor.canary_next_hop", MG_KEY_TEXT, RELOAD, IN_CONFIG(canary_next_hop), 0, 1000, "", NULL},
        {"monitor.canary_next_hop_recipient", MG_KEY_TEXT, RELOAD, IN_CONFIG(canary_next_hop_recipient), 0, 254, "",
         NULL},
        {"monitor.alarm_command", MG_KEY_PATH, RELOAD, IN_CONFIG(alarm_command), 0, 0, "", NULL},

        {"policy.rules", MG_KEY_PATH, RELOAD, IN_CONFIG(rules), 0, 0, "", NULL},
        {"policy.links", MG_KEY_CHOICE, RELOAD, IN_POLICY(links), 0, 0, "defang", links},
        {"policy.charset", MG_KEY_CHOICE, RELOAD, IN_POLICY(charset), 0, 0, "utf-8", charset},
        {"policy.languages", MG_KEY_CHOICES, RELOAD, IN_POLICY(languages), 0, 0, "ja en", languages},
        {"policy.subject_tag", MG_KEY_TEXT, RELOAD, IN_POLICY(subject_tag), 0, 40, "【添付削除】", NULL},

        MG_LIMITS(LIMIT_ROW)

                {0},
};

const MgKey *mg_keys(void) {
        return keys;
}

const MgKey *mg_key_find(const char *name) {
        for (const MgKey *key = keys; key->name != NULL; key++)
                if (strcmp(key->name, name) == 0)
                        return key;
        return NULL;
}

gboolean mg_key_titled(const MgKey *key) {
        return g_str_has_prefix(key->name, MG_SECTION_ORGANIZATION ".");
}

#define NAME_MAX_COMPARED 40

/* Levenshtein's distance of two short ASCII words. */
static guint distance(const char *a, const char *b) {
        guint row[NAME_MAX_COMPARED + 1];
        gsize na = strlen(a), nb = strlen(b);
        if (na > NAME_MAX_COMPARED || nb > NAME_MAX_COMPARED)
                return G_MAXUINT;
        for (gsize j = 0; j <= nb; j++)
                row[j] = (guint)j;
        for (gsize i = 1; i <= na; i++) {
                guint diagonal = row[0];
                row[0] = (guint)i;
                for (gsize j = 1; j <= nb; j++) {
                        guint up = row[j];
                        guint changed = diagonal + (a[i - 1] != b[j - 1]);
                        row[j] = MIN(MIN(up, row[j - 1]) + 1, changed);
                        diagonal = up;
                }
        }
        return row[nb];
}

char *mg_key_suggest(const char *name) {
        const char *tail = strrchr(name, '.') != NULL ? strrchr(name, '.') + 1 : name;
        const MgKey *nearest = NULL;
        guint least = G_MAXUINT;
        for (const MgKey *key = keys; key->name != NULL; key++) {
                const char *key_tail = strchr(key->name, '.') != NULL ? strchr(key->name, '.') + 1 : key->name;
                /* The right key in the wrong section is as near as a slip of one letter. */
                guint far = MIN(distance(name, key->name), strcmp(tail, key_tail) == 0 ? 1 : G_MAXUINT);
                if (far < least) {
                        least = far;
                        nearest = key;
                }
        }
        if (nearest == NULL || least > 2 + strlen(name) / 5)
                return g_strdup_printf("there is no key \"%s\"; all keys are in the shipped mugai.conf", name);
        return g_strdup_printf("there is no key \"%s\"; \"%s\" is the nearest one", name, nearest->name);
}
