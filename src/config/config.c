/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mugai.conf -> MgConfig: defaults, then the file's entries by the table, then what several keys say about each other.
 * Does not look at the system: whether users, groups and folders are there is the supervisor's to find out.
 */
#include "config/config.h"

#include <string.h>

#include "base/error.h"
#include "config/certificate.h"
#include "config/notice.h"
#include "config/syntax.h"
#include "config/table.h"

/* sun_path is 108 octets with its NUL. */
#define SOCKET_PATH_MAX 107
#define LONGEST_SOCKET "/sanitize.sock"

/* What a worker needs beside the mail (program, libraries, tables of libmagic and iconv), and how many times a mail
 * stands in its memory: raw, decoded, as text and as result. A 25 MB mail was seen to fit into 100 MB. */
#define WORKER_BASE ((guint64)100 << 20)
#define WORKER_COPIES 4

/* One load: the keys' lines, so that a fault between two keys can name the line of the one that stands in the file. */
typedef struct Load {
        const char *name;
        MgConfig *config;
        GArray *entries; /* NULL without a file */
} Load;

void mg_config_free(MgConfig *config) {
        if (config == NULL)
                return;
        g_free(config->path);
        g_free(config->state_dir);
        g_free(config->run_dir);
        g_free(config->rules_dir);
        g_free(config->log_file);
        g_free(config->user_milter);
        g_free(config->user_sanitize);
        g_free(config->user_store);
        g_free(config->group);
        g_free(config->milter_socket);
        g_free(config->milter_group);
        g_free(config->seal_to);
        g_free(config->escrow);
        g_clear_pointer(&config->sealing, g_ptr_array_unref);
        g_clear_pointer(&config->policy, mg_policy_unref);
        g_free(config);
}

static MgConfig *config_new(void) {
        MgConfig *config = g_new0(MgConfig, 1);
        config->policy = mg_policy_new();
        config->sealing = g_ptr_array_new_with_free_func((GDestroyNotify)mg_certificate_free);
        for (const MgKey *key = mg_keys(); key->name != NULL; key++)
                if (key->preset != NULL) {
                        g_autofree char *fault = mg_key_set(key, config, key->preset);
                        if (fault != NULL)
                                g_error("the default does not load: %s", fault);
                }
        return config;
}

static gboolean take_entries(Load *load, GError **error) {
        for (guint i = 0; i < load->entries->len; i++) {
                const MgEntry *entry = &g_array_index(load->entries, MgEntry, i);
                const MgKey *key = mg_key_find(entry->key);
                g_autofree char *fault =
                        key != NULL ? mg_key_set(key, load->config, entry->value) : mg_key_suggest(entry->key);
                if (fault != NULL) {
                        mg_syntax_error(error, load->name, entry->line, "%s", fault);
                        return FALSE;
                }
        }
        return TRUE;
}

static guint line_of(const Load *load, const char *key) {
        for (guint i = 0; load->entries != NULL && i < load->entries->len; i++) {
                const MgEntry *entry = &g_array_index(load->entries, MgEntry, i);
                if (strcmp(entry->key, key) == 0)
                        return entry->line;
        }
        return 0;
}

/* Where a fault between two keys is: at the one that stands further down. */
static guint line_of_two(const Load *load, const char *a, const char *b) {
        guint line = MAX(line_of(load, a), line_of(load, b));
        return MAX(line, 1);
}

/* Whether path is folder or stands in it. */
static gboolean is_inside(const char *path, const char *folder) {
        gsize n = strlen(folder);
        return strncmp(path, folder, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

/* small must not be above big. */
static gboolean check_order(const Load *load, const char *small_key, guint64 least, const char *big_key, guint64 most,
                            const char *why, GError **error) {
        if (least <= most)
                return TRUE;
        g_autofree char *least_text = mg_value_size(least);
        g_autofree char *most_text = mg_value_size(most);
        mg_syntax_error(error, load->name, line_of_two(load, small_key, big_key),
                        "\"%s\" is %s, below the %s that \"%s\" asks for: %s", big_key, most_text, least_text,
                        small_key, why);
        return FALSE;
}

static gboolean check_sizes(const Load *load, GError **error) {
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

static gboolean check_folders(const Load *load, GError **error) {
        const MgConfig *config = load->config;
        if (is_inside(config->state_dir, config->run_dir) || is_inside(config->run_dir, config->state_dir)) {
                mg_syntax_error(error, load->name, line_of_two(load, "state_dir", "run_dir"),
                                "\"state_dir\" %s and \"run_dir\" %s should be two folders, neither inside the other",
                                config->state_dir, config->run_dir);
                return FALSE;
        }
        gsize n = strlen(config->run_dir);
        gsize room = SOCKET_PATH_MAX - strlen(LONGEST_SOCKET);
        if (n > room) {
                mg_syntax_error(error, load->name, line_of_two(load, "run_dir", "run_dir"),
                                "\"run_dir\" has %zu octets; it may have %zu, since sockets stand in it", n, room);
                return FALSE;
        }
        if (g_str_has_prefix(config->milter_socket, "unix:") &&
            is_inside(config->milter_socket + 5, config->state_dir)) {
                mg_syntax_error(error, load->name, line_of_two(load, "milter.socket", "state_dir"),
                                "\"milter.socket\" stands in \"state_dir\" %s, which only the store may enter; put it "
                                "elsewhere",
                                config->state_dir);
                return FALSE;
        }
        if (config->log_to == MG_LOG_TO_FILE && *config->log_file == '\0') {
                mg_syntax_error(error, load->name, line_of_two(load, "log.to", "log.file"),
                                "\"log.to\" is file but \"log.file\" is empty; name the file");
                return FALSE;
        }
        return TRUE;
}

static gboolean read_certificate(const Load *load, const char *key, const char *path, GError **error) {
        g_autofree char *fault = NULL;
        MgCertificate *certificate = mg_certificate_read(path, g_get_real_time() / G_USEC_PER_SEC, &fault);

        if (certificate == NULL) {
                mg_syntax_error(error, load->name, line_of_two(load, key, key), "\"%s\": %s %s", key, path, fault);
                return FALSE;
        }
        g_ptr_array_add(load->config->sealing, certificate);
        return TRUE;
}

/* Both keys or none: an organization that lost its key must not have lost its originals. */
static gboolean check_sealing(const Load *load, GError **error) {
        const MgConfig *config = load->config;
        gboolean organization = *config->seal_to != '\0', escrow = *config->escrow != '\0';

        if (organization != escrow) {
                mg_syntax_error(error, load->name, line_of_two(load, "store.seal_to", "store.escrow"),
                                "\"%s\" stands without \"%s\"; originals are sealed to both, the second being the "
                                "certificate of "
                                "%s (mugai key init makes both)",
                                organization ? "store.seal_to" : "store.escrow",
                                organization ? "store.escrow" : "store.seal_to",
                                organization ? "a key that is kept offline" : "the organization's key");
                return FALSE;
        }
        if (!organization)
                return TRUE;
        if (!read_certificate(load, "store.seal_to", config->seal_to, error) ||
            !read_certificate(load, "store.escrow", config->escrow, error))
                return FALSE;
        const MgCertificate *one = g_ptr_array_index(config->sealing, 0);
        const MgCertificate *other = g_ptr_array_index(config->sealing, 1);
        if (memcmp(one->key_digest, other->key_digest, sizeof one->key_digest) != 0)
                return TRUE;
        mg_syntax_error(
                error, load->name, line_of_two(load, "store.seal_to", "store.escrow"),
                "\"store.escrow\": %s has the same key as \"store.seal_to\"; it should be a second key that is kept "
                "offline",
                config->escrow);
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

MgConfig *mg_config_load(const char *path, GError **error) {
        g_autoptr(MgConfig) config = config_new();
        g_autoptr(GArray) entries = NULL;
        config->path = path != NULL ? g_canonicalize_filename(path, NULL) : NULL;
        Load load = {.name = path != NULL ? path : "built-in defaults", .config = config};
        if (path != NULL) {
                entries = mg_syntax_read(path, error);
                load.entries = entries;
                if (entries == NULL || !take_entries(&load, error))
                        return NULL;
        }
        if (!check_sizes(&load, error) || !check_folders(&load, error) || !check_sealing(&load, error))
                return NULL;
        resolve(config);
        if (!mg_notice_load(config->rules_dir, config->policy, error))
                return NULL;
        mg_policy_seal(config->policy);
        return g_steal_pointer(&config);
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
