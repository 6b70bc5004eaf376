/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole files: the shipped one agrees with the table in both directions, faults have file, line and sentence, and
 * what two keys say about each other is looked at.
 */
#include "base/error.h"
#include "config/config.h"
#include "config/syntax.h"
#include "config/table.h"
#include "rules.h"

typedef struct Folder {
        char *rules;
        char *path; /* of mugai.conf */
} Folder;

static void folder_set_up(Folder *folder, gconstpointer data) {
        folder->rules = rules_make();
        folder->path = g_build_filename(folder->rules, "mugai.conf", NULL);
}

static void folder_tear_down(Folder *folder, gconstpointer data) {
        g_remove(folder->path);
        g_free(folder->path);
        rules_remove(folder->rules);
}

static MgConfig *load(const Folder *folder, const char *text, GError **error) {
        g_autofree char *whole = g_strdup_printf("%s\nrules_dir = %s\n", text, folder->rules);
        g_assert_true(g_file_set_contents(folder->path, whole, -1, NULL));
        return mg_config_load(folder->path, error);
}

static void test_empty(Folder *folder, gconstpointer data) {
        g_autoptr(GError) error = NULL;
        g_autoptr(MgConfig) config = load(folder, "", &error);
        g_assert_no_error(error);
        g_assert_cmpstr(config->path, ==, folder->path);
        g_assert_cmpuint(config->node, ==, 1);
        g_assert_cmpstr(config->state_dir, ==, "/var/lib/mugai");
        g_assert_cmpstr(config->run_dir, ==, "/run/mugai");
        g_assert_cmpstr(config->rules_dir, ==, folder->rules);
        g_assert_cmpint(config->log_to, ==, MG_LOG_TO_STDERR);
        g_assert_cmpint(config->log_level, ==, 6);
        g_assert_cmpstr(config->user_milter, ==, "mugai-milter");
        g_assert_cmpstr(config->user_sanitize, ==, "mugai-sanitize");
        g_assert_cmpstr(config->user_store, ==, "mugai-store");
        g_assert_cmpstr(config->group, ==, "mugai");
        g_assert_cmpstr(config->milter_socket, ==, "unix:/run/mugai/milter/milter.sock");
        g_assert_cmpstr(config->milter_group, ==, "postfix");
        g_assert_cmpuint(config->max_mails, ==, 100);
        g_assert_cmpuint(config->max_memory, ==, 1 << 30);
        g_assert_cmpint(config->landlock, ==, MG_LANDLOCK_REQUIRED);
        g_assert_cmpuint(config->workers, ==, 2 * g_get_num_processors());
        g_assert_cmpuint(config->waiting, ==, 200);
        g_assert_cmpuint(config->deadline_ms, ==, 20000);
        g_assert_cmpuint(config->worker_memory, ==, 512 << 20);
        g_assert_cmpuint(config->store_reserve, ==, 500 << 20);
        g_assert_cmpint(config->store_level, ==, 3);
        g_assert_cmpint(config->policy->links, ==, MG_LINKS_DEFANG);
        g_assert_cmpint(config->policy->charset, ==, MG_CHARSET_UTF_8);
        g_assert_cmpuint(config->policy->languages, ==, MG_LANGUAGE_JA | MG_LANGUAGE_EN);
        g_assert_cmpstr(config->policy->subject_tag, ==, "【添付削除】");
        g_assert_cmpmem(&config->policy->limits, sizeof(MgLimits), &mg_limits_default, sizeof(MgLimits));
        g_assert_cmpstr(config->policy->texts[0][MG_TEXT_receipt], ==, "receipt {receipt}");
        g_autofree char *socket = mg_config_socket(config, "store.sock");
        g_assert_cmpstr(socket, ==, "/run/mugai/store.sock");
}

/* Every key of the table stands in the shipped file, and nothing else; each at its default. */
static void test_shipped(Folder *folder, gconstpointer data) {
        g_autofree char *dir = mg_config_rules_dir();
        g_autofree char *path = g_build_filename(dir, "mugai.conf", NULL);
        g_autoptr(GError) error = NULL;
        g_autoptr(GArray) entries = mg_syntax_read(path, &error);
        g_assert_no_error(error);
        g_autoptr(MgConfig) shipped = load(folder, "", &error);
        g_autoptr(MgConfig) defaults = load(folder, "", &error);
        g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
        for (guint i = 0; i < entries->len; i++) {
                const MgEntry *entry = &g_array_index(entries, MgEntry, i);
                const MgKey *key = mg_key_find(entry->key);
                g_test_message("%s", entry->key);
                g_assert_nonnull(key);
                g_hash_table_add(seen, entry->key);
                g_autofree char *fault = mg_key_set(key, shipped, entry->value);
                g_assert_cmpstr(fault, ==, NULL);
                if (key->preset != NULL)
                        g_assert_cmpstr(entry->value, ==, key->preset);
                else
                        g_assert_true(mg_key_equal(key, shipped, defaults));
        }
        for (const MgKey *key = mg_keys(); key->name != NULL; key++) {
                g_test_message("%s", key->name);
                g_assert_true(g_hash_table_contains(seen, key->name));
        }
}

/* Above each key of the shipped file stand two lines of comment, the second in Japanese; the first says the default. */
static void test_shipped_comments(Folder *folder, gconstpointer data) {
        g_autofree char *dir = mg_config_rules_dir();
        g_autofree char *path = g_build_filename(dir, "mugai.conf", NULL);
        g_autofree char *text = NULL;
        g_autoptr(GError) error = NULL;
        g_autoptr(GArray) entries = mg_syntax_read(path, &error);
        g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
        for (guint i = 0; i < entries->len; i++) {
                const MgEntry *entry = &g_array_index(entries, MgEntry, i);
                const MgKey *key = mg_key_find(entry->key);
                g_test_message("%s", entry->key);
                g_assert_cmpuint(entry->line, >, 3);
                const char *english = lines[entry->line - 3], *japanese = lines[entry->line - 2];
                g_assert_nonnull(strstr(english, "# "));
                g_assert_nonnull(strstr(english, "(default "));
                g_assert_nonnull(strstr(japanese, "# "));
                g_assert_nonnull(strstr(japanese, "(既定"));
                g_assert_true((strstr(english, "restart)") != NULL) == key->restart);
                g_assert_true((strstr(japanese, "要再起動)") != NULL) == key->restart);
                /* A default that is no address stands in the comment as it would be written. */
                if (key->type != MG_KEY_ADDRESS && key->preset != NULL && *key->preset != '\0')
                        g_assert_nonnull(strstr(strstr(english, "(default "), key->preset));
        }
}

static const struct {
        const char *text;
        guint line;
        const char *want;
} bad[] = {
        {"node = 1\nstat_dir = /x\n", 2, "there is no key \"stat_dir\"; \"state_dir\" is the nearest one"},
        {"sandbox {\n  memory = 512\n}\n", 2,
         "\"sandbox.memory\" is \"512\"; it should be a whole number with unit B, KB, MB or GB, as in 25 MB"},
        {"node = 1\nnode = 1\n", 2, "key \"node\" is there twice, first in line 1; keep one of them"},
        {"log {\n}\nlog {\n}\n", 3, "section \"log\" is there twice, first in line 1; keep one of them"},
        {"limits {\n  mail_size = 200 MB\n}\n", 2,
         "\"sandbox.memory\" is 512 MB, below the 900 MB that \"limits.mail_size\" asks for: a worker needs 100 MB and "
         "four times "
         "the largest mail"},
        {"limits {\n}\nsandbox {\n  memory = 64 MB\n}\n", 4,
         "\"sandbox.memory\" is 64 MB, below the 200 MB that \"limits.mail_size\" asks for: a worker needs 100 MB and "
         "four times "
         "the largest mail"},
        {"milter {\n\n  max_memory = 1 MB\n}\n", 3,
         "\"milter.max_memory\" is 1 MB, below the 25 MB that \"limits.mail_size\" asks for: the largest mail must "
         "fit"},
        {"limits {\n field_bytes = 1 MB\n header_bytes = 8 KB\n}\n", 3,
         "\"limits.header_bytes\" is 8 KB, below the 1 MB that \"limits.field_bytes\" asks for: one header field must "
         "fit into the "
         "header"},
        {"limits {\n header_bytes = 8 MB\n mail_size = 6 MB\n}\n", 3,
         "\"limits.mail_size\" is 6 MB, below the 8 MB that \"limits.header_bytes\" asks for: the header must fit into "
         "the mail"},
        {"limits {\n mail_size = 2 MB\n}\n", 2,
         "\"limits.mail_size\" is 2 MB, below the 4 MB that \"limits.body\" asks for: the outgoing body must not be "
         "larger than the "
         "mail"},
        {"state_dir = /srv/m\nrun_dir = /srv/m\n", 2,
         "\"state_dir\" /srv/m and \"run_dir\" /srv/m should be two folders, neither inside the other"},
        {"run_dir = /srv/m\nstate_dir = /srv/m/state\n", 2,
         "\"state_dir\" /srv/m/state and \"run_dir\" /srv/m should be two folders, neither inside the other"},
        {"run_dir = /var/lib/mugai/run\n", 1,
         "\"state_dir\" /var/lib/mugai and \"run_dir\" /var/lib/mugai/run should be two folders, neither inside the "
         "other"},
        {"\nrun_dir = "
         "/12345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345\n",
         2, "\"run_dir\" has 96 octets; it may have 93, since sockets stand in it"},
        {"milter {\n socket = unix:/var/lib/mugai/m.sock\n}\n", 2,
         "\"milter.socket\" stands in \"state_dir\" /var/lib/mugai, which only the store may enter; put it elsewhere"},
        {"log {\n to = file\n file = \"\"\n}\n", 3, "\"log.to\" is file but \"log.file\" is empty; name the file"},
};

static void test_bad(Folder *folder, gconstpointer data) {
        for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
                g_autoptr(GError) error = NULL;
                g_autoptr(MgConfig) config = load(folder, bad[i].text, &error);
                g_autofree char *want = g_strdup_printf("%s:%u: %s", folder->path, bad[i].line, bad[i].want);
                g_assert_null(config);
                g_assert_error(error, MG_ERROR, MG_ERROR_CONFIG);
                g_assert_cmpstr(error->message, ==, want);
        }
}

static void test_good(Folder *folder, gconstpointer data) {
        static const char *const texts[] = {
                "run_dir = /srv/mugai-run\nstate_dir = /srv/mugai\n", /* a common beginning is not inside */
                "limits { mail_size = 103 MB }\n",
                "log { to = file }\n",
                "milter { socket = inet:8891@127.0.0.1 }\n",
                "sandbox {\n  workers = 3\n  deadline = 500 ms\n}\npolicy { subject_tag = \"\" }\n",
        };
        for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
                g_autoptr(GError) error = NULL;
                g_autoptr(MgConfig) config = load(folder, texts[i], &error);
                g_assert_no_error(error);
                g_assert_nonnull(config);
        }
}

/* The policy's digest is the same for the same policy, whatever else stands in the file. */
static void test_digest(Folder *folder, gconstpointer data) {
        g_autoptr(MgConfig) a = load(folder, "node = 1\n", NULL);
        g_autoptr(MgConfig) b = load(folder, "node = 2\n", NULL);
        g_autoptr(MgConfig) c = load(folder, "policy { links = text }\n", NULL);
        g_assert_cmpmem(a->policy->digest, 32, b->policy->digest, 32);
        g_assert_true(memcmp(a->policy->digest, c->policy->digest, 32) != 0);
}

static void test_changed(Folder *folder, gconstpointer data) {
        g_autoptr(MgConfig) a = load(folder, "", NULL);
        g_autoptr(MgConfig) b = load(folder,
                                     "run_dir = /run/other\nmilter {\n socket = inet:1@h\n max_mails = 3\n}\n"
                                     "log {\n level = debug\n}\n",
                                     NULL);
        g_auto(GStrv) none = mg_config_changed(a, a);
        g_auto(GStrv) some = mg_config_changed(a, b);
        g_autofree char *names = g_strjoinv(" ", some);
        g_assert_cmpuint(g_strv_length(none), ==, 0);
        g_assert_cmpstr(names, ==, "run_dir milter.socket");
}

static void test_missing(Folder *folder, gconstpointer data) {
        g_autoptr(GError) error = NULL;
        g_autofree char *want = g_strdup_printf("%s: cannot be read: No such file or directory", folder->path);
        g_assert_null(mg_config_load(folder->path, &error));
        g_assert_error(error, MG_ERROR, MG_ERROR_CONFIG);
        g_assert_cmpstr(error->message, ==, want);
}

/* Variables of the environment lead nowhere: the places follow from where this program stands. */
static void test_places(Folder *folder, gconstpointer data) {
        g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
        g_autofree char *here = g_path_get_dirname(self);
        g_autofree char *build = g_canonicalize_filename("../../..", here);
        g_autofree char *want_rules = g_build_filename(build, "rules", NULL);
        g_autofree char *want_program = g_build_filename(build, "src", "mugai-store", NULL);
        g_setenv("MG_RULES_DIR", "/x", TRUE);
        g_setenv("XDG_DATA_DIRS", "/x", TRUE);
        g_setenv("PATH", "/x", TRUE);
        g_autofree char *rules = mg_config_rules_dir();
        g_autofree char *program = mg_config_program("mugai-store");
        g_assert_cmpstr(rules, ==, want_rules);
        g_assert_cmpstr(program, ==, want_program);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add("/config/config/" #name, Folder, NULL, folder_set_up, test_##name, folder_tear_down)
        ADD(empty);
        ADD(shipped);
        ADD(shipped_comments);
        ADD(bad);
        ADD(good);
        ADD(digest);
        ADD(changed);
        ADD(missing);
        ADD(places);
        return g_test_run();
}
