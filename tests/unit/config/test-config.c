/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole files: the shipped one agrees with the table in both directions, faults have file, line and sentence, and
 * what two keys say about each other is looked at.
 */
#include "base/error.h"
#include "config/certificate.h"
#include "config/config.h"
#include "config/syntax.h"
#include "config/table.h"
#include "key/pair.h"
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
        g_assert_cmpstr(config->user_release, ==, "mugai-release");
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
        g_assert_cmpint(config->store_level, ==, 1);
        g_assert_false(config->release);
        g_assert_cmpstr(config->release_smtp, ==, "inet:10026@127.0.0.1");
        g_assert_cmpuint(config->release_unlock_ms, ==, 900000);
        g_assert_cmpuint(config->key_alarm_ms, ==, 4 * 3600000);
        g_assert_cmpstr(config->release_letters, ==, "inet:25@127.0.0.1");
        g_assert_cmpstr(config->release_from, ==, "mugai@mugai.invalid");
        g_assert_cmpuint(config->request_days, ==, 14);
        g_assert_cmpuint(config->digest_every_ms, ==, 3600000);
        g_assert_cmpuint(config->expiry_warning, ==, 7);
        g_assert_cmpuint(config->quota_alarm, ==, 80);
        g_assert_cmpuint(mg_organizations_count(config->organizations), ==, 1);
        const MgOrganization *first = mg_organizations_get(config->organizations, 0);
        g_assert_cmpstr(first->name, ==, "");
        g_assert_cmpstr(first->seal_to, ==, "");
        g_assert_cmpuint(first->retention, ==, 30);
        g_assert_cmpuint(first->retention_failed, ==, 90);
        g_assert_cmpuint(first->quota, ==, 0);
        g_assert_cmpstr(first->release_domains, ==, "");
        g_assert_cmpuint(first->approvals, ==, 1);
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
                g_assert_true(g_hash_table_contains(seen, key->name) || mg_key_titled(key));
        }
}

/* The section that the shipped file shows as a comment has every key of one, and loads. */
static void test_shipped_organization(Folder *folder, gconstpointer data) {
        g_autofree char *dir = mg_config_rules_dir();
        g_autofree char *path = g_build_filename(dir, "mugai.conf", NULL);
        g_autofree char *text = NULL;
        g_autoptr(GString) section = g_string_new(NULL);
        g_autoptr(GError) error = NULL;
        g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
        char *begin = strstr(text, "# organization "), *end = begin != NULL ? strstr(begin, "# }\n") : NULL;
        g_assert_nonnull(end);
        end[3] = '\0';
        g_auto(GStrv) lines = g_strsplit(begin, "\n", -1);
        for (char **line = lines; *line != NULL; line++) {
                g_assert_true(g_str_has_prefix(*line, "# "));
                /* Its certificate is on nobody's disk. */
                if (strstr(*line, "seal_to") == NULL)
                        g_string_append_printf(section, "%s\n", *line + 2);
        }
        g_autoptr(MgConfig) config = load(folder, section->str, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(mg_organizations_count(config->organizations), ==, 2);
        for (const MgKey *key = mg_keys(); key->name != NULL; key++) {
                g_autofree char *wanted =
                        g_strdup_printf("%s = ", strchr(key->name, '.') != NULL ? strchr(key->name, '.') + 1 : "");
                g_test_message("%s", key->name);
                g_assert_true(!mg_key_titled(key) || strstr(begin, wanted) != NULL);
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
        {"audit {\n anchor_file = /var/lib/mugai/anchors\n}\n", 2,
         "\"audit.anchor_file\" stands in \"state_dir\" /var/lib/mugai, beside the trail; put it elsewhere, best on "
         "another "
         "machine"},
        {"audit {\n lines_to = /var/lib/mugai/lines\n}\n", 2,
         "\"audit.lines_to\" stands in \"state_dir\" /var/lib/mugai, beside the trail; put it elsewhere, best on "
         "another "
         "machine"},
        {"audit {\n lines_to = journal\n}\n", 2,
         "\"audit.lines_to\" is \"journal\"; it should be syslog, the absolute path of a file, or \"\""},
        {"audit {\n lines_to = /var/../log\n}\n", 2,
         "\"audit.lines_to\" is \"/var/../log\"; it should be syslog, the absolute path of a file, or \"\""},
        {"log {\n to = file\n file = \"\"\n}\n", 3, "\"log.to\" is file but \"log.file\" is empty; name the file"},
        {"release {\n enabled = yes\n}\n", 2,
         "\"release.enabled\" is yes but \"release.allowed_domains\" is empty; name the domains of the Internet-side "
         "mailboxes that originals may be released to"},
        {"release {\n enabled = yes\n allowed_domains = a.jp\n smtp = inet:25@mx.a.jp\n}\n", 4,
         "\"release.smtp\" is inet:25@mx.a.jp; it should be a port of Postfix on this host, as in "
         "inet:10026@127.0.0.1"},
        {"release {\n letters = inet:25@mx.a.jp\n allowed_domains = a.jp\n enabled = yes\n}\n", 4,
         "\"release.letters\" is inet:25@mx.a.jp; it should be a port of Postfix on this host, as in "
         "inet:25@127.0.0.1"},
        {"release {\n allowed_domains = a.jp\n enabled = yes\n from = \"IT <it@a.jp>\"\n}\n", 4,
         "\"release.from\" is \"IT <it@a.jp>\"; it should be a mail address, as in it@city.example.jp"},
        {"console {\n user_header = X-User\n}\nstore {\n vouched_sign_in = yes\n}\n", 2,
         "\"console.user_header\" is X-User, and anybody who connects could send it: name the web server's address in "
         "\"console.proxy\", or let \"console.socket\" be unix:/path"},
        {"console {\n proxy = 127.0.0.1\n user_header = X-User\n}\n", 3,
         "\"console.user_header\" is X-User, and \"store.vouched_sign_in\" is no: nobody could sign in by it; say yes "
         "there, or leave the field out"},
        {"monitor {\n canary_every = 10 ms\n}\n", 2,
         "\"monitor.canary_every\" is 10 ms; it should be 1 s or more, or 0 s for none"},
        {"monitor {\n canary_every = 5 min\n canary_entrance = inet:25@mx.a.jp\n}\n", 3,
         "\"monitor.canary_entrance\" is inet:25@mx.a.jp; it should be the port by which mail comes in, the host by "
         "its number, as in inet:25@127.0.0.1"},
        {"monitor {\n canary_every = 5 min\n canary_listen = inet:25@192.0.2.1\n}\n", 3,
         "\"monitor.canary_listen\" is inet:25@192.0.2.1; it should be a port of this host, as in "
         "inet:10027@127.0.0.1"},
        {"monitor {\n canary_every = 5 min\n canary_domain = \"a.jp b.jp\"\n}\n", 3,
         "\"monitor.canary_domain\" has 2 domains; it should have from 1 to 1"},
        {"monitor {\n canary_every = 5 min\n canary_next_hop = \"inet:25@192.0.2.1 inet:25@mx.a.jp\"\n}\n", 3,
         "\"monitor.canary_next_hop\" has inet:25@mx.a.jp; each should be inet:port@host, the host by its number since "
         "no name is looked up, as in inet:25@10.20.0.25"},
        {"monitor {\n canary_every = 5 min\n canary_next_hop = 192.0.2.1\n}\n", 3,
         "\"monitor.canary_next_hop\" has 192.0.2.1; each should be inet:port@host, the host by its number since no "
         "name is looked up, as in inet:25@10.20.0.25"},
        {"monitor {\n canary_every = 5 min\n canary_next_hop = \"1 2 3 4 5 6 7 8 9\"\n}\n", 3,
         "\"monitor.canary_next_hop\" names 9 servers; it may name 8"},
        {"monitor {\n canary_every = 5 min\n canary_next_hop_recipient = \"a b\"\n}\n", 3,
         "\"monitor.canary_next_hop_recipient\" is \"a b\"; it should be a mail address, as in "
         "postmaster@city.example.lg.jp"},
        {"monitor {\n alarm_command = mail\n}\n", 2,
         "\"monitor.alarm_command\" is \"mail\"; it should be an absolute path without \".\", \"..\", doubled or final "
         "slash, as in /var/lib/mugai"},
        {"release {\n lgwan_domains = \".lg.jp b.jp\"\n allowed_domains = \"a.jp b.jp\"\n}\n", 3,
         "\"release.allowed_domains\" has b.jp, which is one of \"release.lgwan_domains\"; originals are released to "
         "domains of the Internet side only"},
        {"release {\n smtp = unix:/x/y\n allowed_domains = a.jp\n enabled = yes\n}\n", 4,
         "\"release.smtp\" is unix:/x/y; it should be a port of Postfix on this host, as in inet:10026@127.0.0.1"},
        {"organization a {\n domains = a.jp\n}\norganization a {\n domains = b.jp\n}\n", 4,
         "section \"organization a\" is there twice, first in line 1; keep one of them"},
        {"organization a {\n domains = a.jp\n domains = b.jp\n}\n", 3,
         "key \"organization a.domains\" is there twice, first in line 2; keep one of them"},
        {"node = 1\norganization a {\n quota = 30 MB\n}\n", 2,
         "organization \"a\" has no \"domains\"; name the domains of its recipients, as in domains = "
         "\"city.example.jp .city.example.jp\""},
        {"organization a {\n}\n", 1,
         "organization \"a\" has no \"domains\"; name the domains of its recipients, as in domains = "
         "\"city.example.jp .city.example.jp\""},
        {"organization a {\n domains = a.jp\n}\norganization b {\n domains = \"b.jp A.jp\"\n}\n", 5,
         "domain a.jp stands in \"domains\" of organization \"a\" too; a domain belongs to one organization"},
        {"organization a {\n domains = \".a.jp a.jp .a.jp\"\n}\n", 2,
         "domain .a.jp stands in \"domains\" of organization \"a\" twice"},
        {"organization a {\n domains = a.jp\n quotas = 1 GB\n}\n", 3,
         "there is no key \"organization.quotas\"; \"organization.quota\" is the nearest one"},
        {"organization a {\n domains = a.jp\n retention = 5\n}\n", 3,
         "\"organization.retention\" is \"5\"; it should be a whole number of days with unit d, as in 30 d"},
        {"organization a {\n domains = a.jp\n approvals = 3\n}\n", 3,
         "\"organization.approvals\" is 3; it should be from 1 to 2"},
        {"organization a {\n domains = a.jp\n quota = 10 MB\n}\n", 3,
         "\"organization.quota\" is 10 MB, below the 25 MB of \"limits.mail_size\": the largest mail must fit"},
        {"store {\n quota = 10 MB\n}\norganization a {\n domains = a.jp\n}\n", 2,
         "\"store.quota\" is 10 MB, below the 25 MB of \"limits.mail_size\": the largest mail must fit"},
        {"organization {\n domains = a.jp\n}\n", 2,
         "\"organization.domains\" stands in a section with the organization's name: organization NAME { ... }"},
        {"log x {\n}\n", 1, "section \"log\" has a title, \"x\"; only \"organization\" takes one"},
        {"organization a23456789012345678901234567890123 {\n}\n", 1,
         "the name \"a23456789012345678901234567890123\" has 33 characters; an organization's may have 32"},
        {"organization a {\n domains = a.jp\n release_domains = \"b.jp a.jp\"\n}\n", 3,
         "\"organization.release_domains\" has a.jp, where organization \"a\" has recipients; originals are released "
         "to "
         "domains of the Internet side only"},
        {"organization a {\n domains = \".lg.jp\"\n}\nrelease {\n allowed_domains = x.lg.jp\n}\n", 5,
         "\"release.allowed_domains\" has x.lg.jp, where organization \"a\" has recipients; originals are released to "
         "domains of the Internet side only"},
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
                "release {\n enabled = yes\n allowed_domains = a.example.jp\n smtp = inet6:25@::1\n}\n",
                "milter { socket = inet:8891@127.0.0.1 }\n",
                "organization a { domains = a.jp }\norganization b {\n domains = \".a.jp b.jp\"\n release_domains = "
                "c.jp\n}\n",
                "sandbox {\n  workers = 3\n  deadline = 500 ms\n}\npolicy { subject_tag = \"\" }\n",
        };
        for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
                g_autoptr(GError) error = NULL;
                g_autoptr(MgConfig) config = load(folder, texts[i], &error);
                g_assert_no_error(error);
                g_assert_nonnull(config);
        }
}

/* What a section does not say it has from the keys outside, wherever in the file these stand. */
static void test_organizations(Folder *folder, gconstpointer data) {
        g_autoptr(GError) error = NULL;
        g_autoptr(MgConfig) config = load(folder,
                                          "store {\n retention = 10 d\n quota = 1 GB\n}\n"
                                          "organization city {\n domains = \"city.example.jp .city.example.jp\"\n"
                                          " retention = 400 d\n approvals = 2\n}\n"
                                          "organization ward-2 {\n domains = ward.example.jp\n quota = 2 GB\n"
                                          " release_domains = ward.example.org\n}\n"
                                          "release {\n allowed_domains = \"post.example.org\"\n}\n",
                                          &error);
        static const struct {
                const char *name, *domains, *release_domains;
                guint retention, approvals;
                guint64 quota;
        } rows[] = {{"", "", "post.example.org", 10, 1, 1 << 30},
                    {"city", "city.example.jp .city.example.jp", "post.example.org", 400, 2, 1 << 30},
                    {"ward-2", "ward.example.jp", "ward.example.org", 10, 1, 2ull << 30}};
        g_assert_no_error(error);
        g_assert_cmpuint(mg_organizations_count(config->organizations), ==, G_N_ELEMENTS(rows));
        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                const MgOrganization *got = mg_organizations_get(config->organizations, i);
                g_assert_cmpstr(got->name, ==, rows[i].name);
                g_assert_cmpstr(got->domains, ==, rows[i].domains);
                g_assert_cmpstr(got->release_domains, ==, rows[i].release_domains);
                g_assert_cmpuint(got->retention, ==, rows[i].retention);
                g_assert_cmpuint(got->retention_failed, ==, 90);
                g_assert_cmpuint(got->approvals, ==, rows[i].approvals);
                g_assert_cmpuint(got->quota, ==, rows[i].quota);
                g_assert_true(mg_organizations_named(config->organizations, rows[i].name) == got);
        }
        g_assert_true(mg_organizations_named(config->organizations, "gone") ==
                      mg_organizations_get(config->organizations, 0));
}

/* 256 organizations load, 257 do not. */
static void test_many_organizations(Folder *folder, gconstpointer data) {
        g_autoptr(GString) text = g_string_new(NULL);
        g_autoptr(GError) error = NULL;
        for (guint i = 0; i < 256; i++)
                g_string_append_printf(text, "organization o%u { domains = o%u.jp }\n", i, i);
        g_autoptr(MgConfig) config = load(folder, text->str, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(mg_organizations_count(config->organizations), ==, 257);
        g_string_append(text, "organization more { domains = more.jp }\n");
        g_assert_null(load(folder, text->str, &error));
        g_assert_nonnull(strstr(error->message, ":257: this is organization number 257; there may be 256 of them"));
}

/* Writes the certificate of a new key that was valid for so many days from then on. */
static void write_certificate(const Folder *folder, const char *name, gint64 from, guint days) {
        g_autofree char *path = g_build_filename(folder->rules, name, NULL);
        g_autoptr(GError) error = NULL;
        g_auto(MgPair) pair = {0};
        mg_pair_make(&pair, MG_PAIR_P256, "test", from, days, "four words and more", &error);
        g_assert_no_error(error);
        g_assert_true(g_file_set_contents(path, pair.certificate, -1, NULL));
}

static void remove_file(const Folder *folder, const char *name) {
        g_autofree char *path = g_build_filename(folder->rules, name, NULL);
        g_assert_cmpint(g_remove(path), ==, 0);
}

static MgConfig *load_sealing(const Folder *folder, const char *text, GError **error) {
        g_auto(GStrv) pieces = g_strsplit(text, "DIR", -1);
        g_autofree char *whole = g_strjoinv(folder->rules, pieces);
        return load(folder, whole, error);
}

#define SEALING "store {\n seal_to = DIR/one.crt\n escrow = DIR/escrow.crt\n}\n"

/* Each organization has a key: its own, or that of all. A date stops nothing. */
static void test_sealing(Folder *folder, gconstpointer data) {
        static const struct {
                const char *text, *fault;
        } rows[] = {
                {SEALING, NULL},
                {SEALING
                 "organization a {\n domains = a.jp\n seal_to = DIR/two.crt\n}\norganization b {\n domains = b.jp\n"
                 "}\n",
                 NULL},
                {"organization a {\n domains = a.jp\n seal_to = DIR/two.crt\n}\n",
                 ":3: \"organization.seal_to\" stands without \"store.escrow\""},
                {"store {\n escrow = DIR/escrow.crt\n}\norganization a {\n domains = a.jp\n seal_to = DIR/two.crt\n}\n",
                 ":2: \"store.escrow\" stands without \"store.seal_to\""},
                {SEALING "organization a {\n domains = a.jp\n seal_to = \"\"\n}\n",
                 ":7: \"store.escrow\" stands without \"organization.seal_to\""},
                {SEALING "organization a {\n domains = a.jp\n seal_to = DIR/none.crt\n}\n", "none.crt cannot be read"},
                {SEALING "organization a {\n domains = a.jp\n seal_to = DIR/escrow.crt\n}\n", ":7: \"store.escrow\": "},
                {"store {\n seal_to = DIR/one.crt\n escrow = DIR/one.crt\n}\norganization a {\n domains = a.jp\n"
                 " seal_to = DIR/two.crt\n}\n",
                 "one.crt has the same key as \"store.seal_to\""},
        };
        gint64 now = g_get_real_time() / G_USEC_PER_SEC;
        write_certificate(folder, "one.crt", now - (gint64)500 * 86400, 365);
        write_certificate(folder, "two.crt", now + 86400, 365);
        write_certificate(folder, "escrow.crt", now, 365);
        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autoptr(GError) error = NULL;
                g_autoptr(MgConfig) config = load_sealing(folder, rows[i].text, &error);
                g_test_message("%s", rows[i].text);
                g_assert_true((config == NULL) == (rows[i].fault != NULL));
                g_assert_true(rows[i].fault == NULL || strstr(error->message, rows[i].fault) != NULL);
        }
        g_autoptr(MgConfig) config = load_sealing(folder, rows[1].text, NULL);
        static const char *const whose[] = {"", "a", NULL};
        g_assert_cmpuint(config->sealing->len, ==, G_N_ELEMENTS(whose));
        for (guint i = 0; i < G_N_ELEMENTS(whose); i++)
                g_assert_cmpstr(((const MgCertificate *)g_ptr_array_index(config->sealing, i))->organization, ==,
                                whose[i]);
        for (guint i = 0; i < 3; i++)
                g_assert_cmpuint(mg_organizations_get(config->organizations, i)->sealing, ==, i == 1);
        remove_file(folder, "one.crt");
        remove_file(folder, "two.crt");
        remove_file(folder, "escrow.crt");
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

static void test_domains(Folder *folder, gconstpointer data) {
        static const struct {
                const char *address;
                gboolean has;
        } rows[] = {{"x@city.example.jp", TRUE},
                    {"x@CITY.example.JP", TRUE},
                    {"\"a@b\"@city.example.jp", TRUE},
                    {"x@a.city.example.jp", FALSE},
                    {"x@example.jp", FALSE},
                    {"city.example.jp", FALSE},
                    {"x@", FALSE},
                    {"x@city.example.jp.", FALSE},
                    {"", FALSE}};
        g_autoptr(MgConfig) config =
                load(folder, "release { allowed_domains = \"School.example.jp  city.example.jp\" }\n", NULL);
        g_assert_cmpstr(mg_organizations_get(config->organizations, 0)->release_domains, ==,
                        "school.example.jp city.example.jp");
        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_test_message("%s", rows[i].address);
                g_assert_cmpint(mg_config_has_domain(mg_organizations_get(config->organizations, 0)->release_domains,
                                                     rows[i].address),
                                ==, rows[i].has);
        }
        g_assert_false(mg_config_has_domain("", "x@city.example.jp"));
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add("/config/config/" #name, Folder, NULL, folder_set_up, test_##name, folder_tear_down)
        ADD(empty);
        ADD(shipped);
        ADD(shipped_comments);
        ADD(shipped_organization);
        ADD(bad);
        ADD(good);
        ADD(organizations);
        ADD(many_organizations);
        ADD(sealing);
        ADD(digest);
        ADD(changed);
        ADD(domains);
        ADD(missing);
        ADD(places);
        return g_test_run();
}
