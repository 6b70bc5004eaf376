/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mugai.conf -> MgConfig: defaults, then the file's entries by the table, then what several keys say about each other.
 * Does not look at the system: whether users, groups and folders are there is the supervisor's to find out.
 */
#include "config/config.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "config/certificate.h"
#include "config/load.h"
#include "config/notice.h"
#include "config/rules.h"
#include "config/syntax.h"
#include "config/table.h"

/* sun_path is 108 octets with its NUL. */
#define SOCKET_PATH_MAX 107
#define LONGEST_SOCKET "/sanitize.sock"

/* What a worker needs beside the mail (program, libraries, tables of libmagic and iconv), and how many times a mail
 * stands in its memory: raw, decoded, as text and as result. A 25 MB mail was seen to fit into 100 MB. */
#define WORKER_BASE ((guint64)100 << 20)
#define WORKER_COPIES 4

MgHeaderTrust mg_config_trust(const MgConfig *config) {
        return (MgHeaderTrust){config->authserv_id, config->policy->limits.authentication_results};
}

void mg_config_free(MgConfig *config) {
        if (config == NULL)
                return;
        g_free(config->path);
        g_free(config->state_dir);
        g_free(config->run_dir);
        g_free(config->rules_dir);
        g_free(config->log_file);
        g_free(config->anchor_file);
        g_free(config->lines_to);
        g_free(config->user_milter);
        g_free(config->user_sanitize);
        g_free(config->user_store);
        g_free(config->user_release);
        g_free(config->user_console);
        g_free(config->user_monitor);
        g_free(config->group);
        g_free(config->milter_socket);
        g_free(config->milter_group);
        g_free(config->authserv_id);
        g_free(config->rules);
        g_free(config->scan_socket);
        g_free(config->escrow);
        g_clear_pointer(&config->sealing, g_ptr_array_unref);
        g_free(config->release_smtp);
        g_free(config->release_letters);
        g_free(config->next_hop);
        g_free(config->release_from);
        g_free(config->console_socket);
        g_free(config->console_group);
        g_free(config->console_certificate);
        g_free(config->console_key);
        g_free(config->console_proxy);
        g_free(config->console_user_header);
        g_free(config->monitor_listen);
        g_free(config->canary_entrance);
        g_free(config->canary_domain);
        g_free(config->canary_listen);
        g_free(config->canary_next_hop);
        g_free(config->canary_next_hop_recipient);
        g_free(config->alarm_command);
        mg_organizations_unref(config->organizations);
        g_clear_pointer(&config->policy, mg_policy_unref);
        g_free(config);
}

static MgConfig *config_new(void) {
        MgConfig *config = g_new0(MgConfig, 1);
        config->policy = mg_policy_new();
        config->organizations = mg_organizations_new();
        config->sealing = g_ptr_array_new_with_free_func((GDestroyNotify)mg_certificate_free);
        for (const MgKey *key = mg_keys(); key->name != NULL; key++)
                if (key->preset != NULL) {
                        g_autofree char *fault = mg_key_set(key, config, key->preset);
                        if (fault != NULL)
                                g_error("the default does not load: %s", fault);
                }
        return config;
}

static char *take_entry(MgConfig *config, const MgEntry *entry) {
        const MgKey *key = mg_key_find(entry->key);
        if (key == NULL)
                return mg_key_suggest(entry->key);
        if (mg_key_titled(key))
                return g_strdup_printf("\"%s\" stands in a section with the organization's name: organization NAME "
                                       "{ ... }",
                                       key->name);
        return mg_key_set(key, config, entry->value);
}

/* What has a title waits until all else is known: mg_load_organizations(). */
static gboolean take_entries(const MgLoad *load, GError **error) {
        for (guint i = 0; i < load->entries->len; i++) {
                const MgEntry *entry = &g_array_index(load->entries, MgEntry, i);
                g_autofree char *fault = entry->title == NULL ? take_entry(load->config, entry) : NULL;
                if (fault != NULL) {
                        mg_syntax_error(error, load->name, entry->line, "%s", fault);
                        return FALSE;
                }
        }
        return TRUE;
}

/* Whether path is folder or stands in it. */
static gboolean is_inside(const char *path, const char *folder) {
        gsize n = strlen(folder);
        return strncmp(path, folder, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

/* small must not be above big. */
static gboolean check_order(const MgLoad *load, const char *small_key, guint64 least, const char *big_key, guint64 most,
                            const char *why, GError **error) {
        if (least <= most)
                return TRUE;
        g_autofree char *least_text = mg_value_size(least);
        g_autofree char *most_text = mg_value_size(most);
        mg_syntax_error(error, load->name, mg_load_line_two(load, small_key, big_key),
                        "\"%s\" is %s, below the %s that \"%s\" asks for: %s", big_key, most_text, least_text,
                        small_key, why);
        return FALSE;
}

static gboolean check_sizes(const MgLoad *load, GError **error) {
        const MgLimits *limits = &load->config->policy->limits;
        return check_order(load, "limits.mail_size", WORKER_BASE + WORKER_COPIES * limits->mail_size, "sandbox.memory",
                           load->config->worker_memory, "a worker needs 100 MB and four times the largest mail",
                           error) &&
               check_order(load, "limits.mail_size", limits->mail_size, "milter.max_memory", load->config->max_memory,
                           "the largest mail must fit", error) &&
               check_order(load, "limits.field_bytes", limits->field_bytes, "limits.header_bytes", limits->header_bytes,
                           "one header field must fit into the header", error) &&
               check_order(load, "limits.header_bytes", limits->header_bytes, "limits.mail_size", limits->mail_size,
                           "the header must fit into the mail", error) &&
               check_order(load, "limits.body", limits->body, "limits.mail_size", limits->mail_size,
                           "the outgoing body must not be larger than the mail", error);
}

static gboolean check_folders(const MgLoad *load, GError **error) {
        const MgConfig *config = load->config;
        if (is_inside(config->state_dir, config->run_dir) || is_inside(config->run_dir, config->state_dir)) {
                mg_syntax_error(error, load->name, mg_load_line_two(load, "state_dir", "run_dir"),
                                "\"state_dir\" %s and \"run_dir\" %s should be two folders, neither inside the other",
                                config->state_dir, config->run_dir);
                return FALSE;
        }
        gsize n = strlen(config->run_dir);
        gsize room = SOCKET_PATH_MAX - strlen(LONGEST_SOCKET);
        if (n > room) {
                mg_syntax_error(error, load->name, mg_load_line_two(load, "run_dir", "run_dir"),
                                "\"run_dir\" has %zu octets; it may have %zu, since sockets stand in it", n, room);
                return FALSE;
        }
        if (g_str_has_prefix(config->milter_socket, "unix:") &&
            is_inside(config->milter_socket + 5, config->state_dir)) {
                mg_syntax_error(error, load->name, mg_load_line_two(load, "milter.socket", "state_dir"),
                                "\"milter.socket\" stands in \"state_dir\" %s, which only the store may enter; put it "
                                "elsewhere",
                                config->state_dir);
                return FALSE;
        }
        if (config->log_to == MG_LOG_TO_FILE && *config->log_file == '\0') {
                mg_syntax_error(error, load->name, mg_load_line_two(load, "log.to", "log.file"),
                                "\"log.to\" is file but \"log.file\" is empty; name the file");
                return FALSE;
        }
        return TRUE;
}

/* Where acts and anchors leave to: who can write the trail must not thereby write these. */
static gboolean check_trail(const MgLoad *load, GError **error) {
        const MgConfig *config = load->config;
        const struct {
                const char *key, *value;
        } places[] = {{"audit.anchor_file", config->anchor_file}, {"audit.lines_to", config->lines_to}};
        for (guint i = 0; i < G_N_ELEMENTS(places); i++) {
                if (!is_inside(places[i].value, config->state_dir))
                        continue;
                mg_syntax_error(
                        error, load->name, mg_load_line_two(load, places[i].key, "state_dir"),
                        "\"%s\" stands in \"state_dir\" %s, beside the trail; put it elsewhere, best on another "
                        "machine",
                        places[i].key, config->state_dir);
                return FALSE;
        }
        g_autofree char *canonical =
                *config->lines_to == '/' ? g_canonicalize_filename(config->lines_to, NULL) : g_strdup("");
        if (*config->lines_to == '\0' || strcmp(config->lines_to, "syslog") == 0 ||
            strcmp(config->lines_to, canonical) == 0)
                return TRUE;
        mg_syntax_error(error, load->name, mg_load_line_two(load, "audit.lines_to", "audit.lines_to"),
                        "\"audit.lines_to\" is \"%s\"; it should be syslog, the absolute path of a file, or \"\"",
                        config->lines_to);
        return FALSE;
}

/* One that is smaller would refuse the largest mail for ever. */
static gboolean check_quotas(const MgLoad *load, GError **error) {
        const MgConfig *config = load->config;
        guint64 least = config->policy->limits.mail_size;
        for (guint i = 0; i < mg_organizations_count(config->organizations); i++) {
                const MgOrganization *organization = mg_organizations_get(config->organizations, i);
                guint line = i > 0 ? mg_load_line(load, organization->name, "organization.quota") : 0;
                if (organization->quota == 0 || organization->quota >= least)
                        continue;
                g_autofree char *least_text = mg_value_size(least);
                g_autofree char *quota_text = mg_value_size(organization->quota);
                mg_syntax_error(error, load->name,
                                line > 0 ? line : mg_load_line_two(load, "store.quota", "limits.mail_size"),
                                "\"%s\" is %s, below the %s of \"limits.mail_size\": the largest mail must fit",
                                line > 0 ? "organization.quota" : "store.quota", quota_text, least_text);
                return FALSE;
        }
        return TRUE;
}

/* recipients may begin with a dot, domain does not. */
static gboolean covers(const char *recipients, const char *domain) {
        return strcmp(recipients, domain) == 0 || (*recipients == '.' && g_str_has_suffix(domain, recipients));
}

/* The first of domains that is among the recipients of an organization, of the default one as far as it says so. */
static const char *find_inside(const MgOrganizations *all, char **domains, const MgOrganization **owner) {
        for (guint i = 0; i < mg_organizations_count(all); i++) {
                *owner = mg_organizations_get(all, i);
                g_auto(GStrv) recipients = g_strsplit((*owner)->domains, " ", -1);
                for (char **at = recipients; *at != NULL; at++)
                        for (char **domain = domains; *domain != NULL; domain++)
                                if (covers(*at, *domain))
                                        return *domain;
        }
        return NULL;
}

/* What is released stays on the Internet side: it may not come back in as mail for the other one. */
static gboolean check_release_domains(const MgLoad *load, GError **error) {
        const MgOrganizations *all = load->config->organizations;
        for (guint i = 0; i < mg_organizations_count(all); i++) {
                const MgOrganization *organization = mg_organizations_get(all, i), *owner;
                guint line = i > 0 ? mg_load_line(load, organization->name, "organization.release_domains") : 0;
                if (i > 0 && line == 0)
                        continue;
                g_auto(GStrv) domains = g_strsplit(organization->release_domains, " ", -1);
                const char *inside = find_inside(all, domains, &owner);
                if (inside == NULL)
                        continue;
                g_autofree char *where =
                        *owner->name != '\0' ? g_strdup_printf("where organization \"%s\" has recipients", owner->name)
                                             : g_strdup("which is one of \"release.lgwan_domains\"");
                mg_syntax_error(error, load->name,
                                line > 0 ? line
                                         : mg_load_line_two(load, "release.allowed_domains", "release.lgwan_domains"),
                                "\"%s\" has %s, %s; originals are released to domains of the Internet side only",
                                line > 0 ? "organization.release_domains" : "release.allowed_domains", inside, where);
                return FALSE;
        }
        return TRUE;
}

static gboolean is_loopback(const char *address) {
        static const char *const loopback[] = {"127.0.0.1", "localhost", "::1", "[::1]", NULL};
        const char *at = strchr(address, '@');

        return at != NULL && g_strv_contains(loopback, at + 1);
}

static gboolean check_port(const MgLoad *load, const char *key, const char *value, const char *example,
                           GError **error) {
        if (is_loopback(value))
                return TRUE;
        mg_syntax_error(error, load->name, mg_load_line_two(load, key, "release.enabled"),
                        "\"%s\" is %s; it should be a port of Postfix on this host, as in %s", key, value, example);
        return FALSE;
}

/* Released mail goes to Postfix on this host, which owns queue, TLS and retry; what leaves must be said. */
static gboolean check_release(const MgLoad *load, GError **error) {
        const MgConfig *config = load->config;
        const char *from = config->release_from;

        if (!config->release)
                return TRUE;
        if (!check_port(load, "release.smtp", config->release_smtp, "inet:10026@127.0.0.1", error) ||
            !check_port(load, "release.letters", config->release_letters, "inet:25@127.0.0.1", error))
                return FALSE;
        if (*from == '\0' || !mg_text_is(from, strlen(from), MG_CLASS_ADDRESS)) {
                mg_syntax_error(error, load->name, mg_load_line_two(load, "release.from", "release.enabled"),
                                "\"release.from\" is \"%s\"; it should be a mail address, as in it@city.example.jp",
                                from);
                return FALSE;
        }
        for (guint i = 0; i < mg_organizations_count(config->organizations); i++)
                if (*mg_organizations_get(config->organizations, i)->release_domains != '\0')
                        return TRUE;
        mg_syntax_error(error, load->name, mg_load_line_two(load, "release.allowed_domains", "release.enabled"),
                        "\"release.enabled\" is yes but \"release.allowed_domains\" is empty; name the domains of the "
                        "Internet-side mailboxes that originals may be released to");
        return FALSE;
}

/* Passwords never cross a network in the clear, and a cookie for plain HTTP stays on this host. */
static gboolean check_console(const MgLoad *load, GError **error) {
        const MgConfig *config = load->config;
        gboolean tls = *config->console_certificate != '\0';

        if (tls != (*config->console_key != '\0')) {
                mg_syntax_error(error, load->name, mg_load_line_two(load, "console.certificate", "console.key"),
                                "\"%s\" is given and \"%s\" is not; TLS needs both",
                                tls ? "console.certificate" : "console.key",
                                tls ? "console.key" : "console.certificate");
                return FALSE;
        }
        if (!config->console || tls || g_str_has_prefix(config->console_socket, "unix:") ||
            is_loopback(config->console_socket))
                return TRUE;
        mg_syntax_error(error, load->name, mg_load_line_two(load, "console.socket", "console.enabled"),
                        "\"console.socket\" is %s and there is no \"console.certificate\": passwords would cross the "
                        "network in the clear; name certificate and key, or listen on loopback behind a web server",
                        config->console_socket);
        return FALSE;
}

/* Who may say who somebody is: one peer, which is named, and whom the store believes. */
static gboolean check_user_header(const MgLoad *load, GError **error) {
        const MgConfig *config = load->config;

        if (*config->console_user_header == '\0')
                return TRUE;
        if (*config->console_proxy == '\0' && !g_str_has_prefix(config->console_socket, "unix:")) {
                mg_syntax_error(error, load->name, mg_load_line_two(load, "console.user_header", "console.socket"),
                                "\"console.user_header\" is %s, and anybody who connects could send it: name the web "
                                "server's address in \"console.proxy\", or let \"console.socket\" be unix:/path",
                                config->console_user_header);
                return FALSE;
        }
        if (config->vouched_sign_in)
                return TRUE;
        mg_syntax_error(error, load->name, mg_load_line_two(load, "console.user_header", "store.vouched_sign_in"),
                        "\"console.user_header\" is %s, and \"store.vouched_sign_in\" is no: nobody could sign in by "
                        "it; say yes there, or leave the field out",
                        config->console_user_header);
        return FALSE;
}

/* Figures say how much mail there is, and nobody is asked who he is. */
static gboolean check_monitor(const MgLoad *load, GError **error) {
        if (!load->config->monitor || is_loopback(load->config->monitor_listen))
                return TRUE;
        mg_syntax_error(error, load->name, mg_load_line_two(load, "monitor.listen", "monitor.enabled"),
                        "\"monitor.listen\" is %s; it should be a port of this host, as in inet:9464@127.0.0.1: what "
                        "collects figures from elsewhere comes by a web server or an agent on this host",
                        load->config->monitor_listen);
        return FALSE;
}

/* 0 workers is twice the processors; an empty rules_dir is the shipped one. */
static void resolve(MgConfig *config) {
        if (config->workers == 0)
                config->workers = 2 * g_get_num_processors();
        if (*config->rules_dir == '\0') {
                g_free(config->rules_dir);
                config->rules_dir = mg_config_rules_dir();
        }
}

MgConfig *mg_config_load_with(const char *path, const char *rules, GError **error) {
        g_autoptr(MgConfig) config = config_new();
        g_autoptr(GArray) entries = NULL;
        config->path = path != NULL ? g_canonicalize_filename(path, NULL) : NULL;
        MgLoad load = {.name = path != NULL ? path : "built-in defaults", .config = config};
        if (path != NULL) {
                entries = mg_syntax_read(path, error);
                load.entries = entries;
                if (entries == NULL || !take_entries(&load, error))
                        return NULL;
        }
        if (!mg_load_organizations(&load, error) || !check_sizes(&load, error) || !check_folders(&load, error) ||
            !check_trail(&load, error) || !check_quotas(&load, error) || !check_release(&load, error) ||
            !check_console(&load, error) || !check_user_header(&load, error) || !check_release_domains(&load, error) ||
            !check_monitor(&load, error) || !mg_load_canary(&load, error) || !mg_load_sealing(&load, error))
                return NULL;
        resolve(config);
        if (rules == NULL)
                rules = config->rules;
        if (!mg_notice_load(config->rules_dir, config->policy, error) ||
            (*rules != '\0' && !mg_rules_load(rules, config, error)))
                return NULL;
        mg_policy_seal(config->policy);
        return g_steal_pointer(&config);
}

MgConfig *mg_config_load(const char *path, GError **error) {
        return mg_config_load_with(path, NULL, error);
}

char *mg_config_socket(const MgConfig *config, const char *name) {
        return g_build_filename(config->run_dir, name, NULL);
}

char **mg_config_changed(const MgConfig *running, const MgConfig *next) {
        g_autoptr(GPtrArray) names = g_ptr_array_new();
        for (const MgKey *key = mg_keys(); key->name != NULL; key++)
                if (key->restart && !mg_key_equal(key, running, next))
                        g_ptr_array_add(names, g_strdup(key->name));
        g_ptr_array_add(names, NULL);
        return (char **)g_ptr_array_steal(names, NULL);
}
