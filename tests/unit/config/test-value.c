/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One value of one key: what each type takes, where it goes, and the sentence for each way in which it is wrong.
 */
#include <string.h>

#include "base/log.h"
#include "config/table.h"

static MgConfig *config_new(void) {
        MgConfig *config = g_new0(MgConfig, 1);
        config->policy = mg_policy_new();
        config->organizations = mg_organizations_new();
        return config;
}

static const struct {
        const char *key;
        const char *value;
        guint64 want;
} numbers[] = {
        {"node", "0", 0},
        {"node", "9", 9},
        {"sandbox.workers", "1024", 1024},
        {"sandbox.memory", "64 MB", 64 << 20},
        {"sandbox.memory", "64MB", 64 << 20},
        {"sandbox.memory", "65536 KB", 64 << 20},
        {"sandbox.memory", "65536\tKiB", 64 << 20},
        {"sandbox.memory", "67108864 B", 64 << 20},
        {"sandbox.memory", "64 MiB", 64 << 20},
        {"sandbox.memory", "1 GiB", 1 << 30},
        {"sandbox.memory", "64 GB", (guint64)64 << 30},
        {"sandbox.deadline", "100 ms", 100},
        {"sandbox.deadline", "20s", 20000},
        {"sandbox.deadline", "20 s", 20000},
        {"sandbox.deadline", "4 min", 240000},
        {"store.reserve", "0 B", 0},
        {"store.retention", "1 d", 1},
        {"store.retention_failed", "36500d", 36500},
        {"store.quota", "100 GB", (guint64)100 << 30},
        {"release.approvals", "2", 2},
        {"store.level", "19", 19},
        {"log.level", "debug", MG_LOG_DEBUG},
        {"log.to", "file", MG_LOG_TO_FILE},
        {"sandbox.landlock", "optional", MG_LANDLOCK_OPTIONAL},
        {"policy.links", "text", MG_LINKS_TEXT},
        {"policy.links", "host", MG_LINKS_HOST},
        {"policy.links", "remove", MG_LINKS_REMOVE},
        {"policy.charset", "iso-2022-jp", MG_CHARSET_ISO_2022_JP},
        {"policy.languages", "ja", MG_LANGUAGE_JA},
        {"policy.languages", "en", MG_LANGUAGE_EN},
        {"policy.languages", "en  ja", MG_LANGUAGE_JA | MG_LANGUAGE_EN},
        {"limits.mail_size", "10 MB", 10 << 20},
        {"limits.nesting", "7", 7},
};

static const char *home_of(const MgKey *key, const MgConfig *config) {
        return key->home == MG_HOME_POLICY         ? (gconstpointer)config->policy
               : key->home == MG_HOME_ORGANIZATION ? (gconstpointer)mg_organizations_get(config->organizations, 0)
                                                   : (gconstpointer)config;
}

static guint64 stored(const MgKey *key, const MgConfig *config) {
        const char *base = home_of(key, config);
        guint64 wide;
        guint32 narrow;
        memcpy(&narrow, base + key->offset, sizeof narrow);
        if (key->width == sizeof narrow)
                return narrow;
        memcpy(&wide, base + key->offset, sizeof wide);
        return wide;
}

static void test_numbers(void) {
        for (guint i = 0; i < G_N_ELEMENTS(numbers); i++) {
                g_autoptr(MgConfig) config = config_new();
                const MgKey *key = mg_key_find(numbers[i].key);
                g_assert_nonnull(key);
                g_autofree char *fault = mg_key_set(key, config, numbers[i].value);
                g_assert_cmpstr(fault, ==, NULL);
                g_assert_cmpuint(stored(key, config), ==, numbers[i].want);
        }
}

static const struct {
        const char *key;
        const char *value;
        const char *want;
} texts[] = {
        {"state_dir", "/var/lib/mugai", "/var/lib/mugai"},
        {"rules_dir", "", ""},
        {"rules_dir", "/規則", "/規則"},
        {"user.milter", "mugai-milter", "mugai-milter"},
        {"user.store", "1234", "1234"},
        {"milter.group", "", ""},
        {"postfix.next_hop", "", ""},
        {"postfix.next_hop", "[10.20.0.25]", "[10.20.0.25]"},
        {"postfix.next_hop", "[2001:db8::25]:2525", "[2001:db8::25]:2525"},
        {"postfix.next_hop", "[mail.example.jp]:25", "[mail.example.jp]:25"},
        {"postfix.next_hop", "example.jp", "example.jp"},
        {"milter.socket", "unix:/run/mugai/m.sock", "unix:/run/mugai/m.sock"},
        {"milter.socket", "inet:8891@127.0.0.1", "inet:8891@127.0.0.1"},
        {"milter.socket", "inet6:8891@::1", "inet6:8891@::1"},
        {"milter.socket", "inet6:8891@[::1]", "inet6:8891@[::1]"},
        {"policy.subject_tag", "", ""},
        {"policy.subject_tag", "【添付削除】", "【添付削除】"},
        {"store.seal_to", "/etc/mugai/organization.crt", "/etc/mugai/organization.crt"},
        {"release.allowed_domains", "", ""},
        {"release.allowed_domains", "city.example.jp", "city.example.jp"},
        {"release.allowed_domains", " City.EXAMPLE.jp\n\ta-b.xn--1lqs71d.jp", "city.example.jp a-b.xn--1lqs71d.jp"},
        {"organization.domains", ".JP  a.jp .a.jp", ".jp a.jp .a.jp"},
};

static void test_texts(void) {
        for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
                g_autoptr(MgConfig) a = config_new(), b = config_new();
                const MgKey *key = mg_key_find(texts[i].key);
                g_autofree char *fault = mg_key_set(key, a, texts[i].value);
                g_assert_cmpstr(fault, ==, NULL);
                g_assert_cmpstr(*(char *const *)(gconstpointer)(home_of(key, a) + key->offset), ==, texts[i].want);
                g_assert_cmpint(mg_key_equal(key, a, b), ==, key->home == MG_HOME_POLICY && *texts[i].value == '\0');
                g_autofree char *second = mg_key_set(key, b, texts[i].value);
                g_assert_cmpstr(second, ==, NULL);
                g_assert_true(mg_key_equal(key, a, b));
        }
}

#define SIZE_HELP "it should be a whole number with unit B, KB, MB or GB, as in 25 MB"
#define DURATION_HELP "it should be a whole number with unit ms, s or min, as in 20 s"
#define COUNT_HELP "it should be a whole number without unit, as in 100"
#define DAYS_HELP "it should be a whole number of days with unit d, as in 30 d"
#define BELOW_HELP                                                                                                     \
        "which is no domain; it should be names with a blank between, \".\" before one for all that is below it, as "  \
        "in "                                                                                                          \
        "city.example.jp .school.example.jp"
#define LABEL "123456789012345678901234567890123456789012345678901234567890123"
#define PATH_HELP "it should be an absolute path without \".\", \"..\", doubled or final slash, as in /var/lib/mugai"
#define NAME_HELP "it should be a name of at most 32 letters, digits, _ . and -, or a number"
#define HOP_HELP                                                                                                       \
        "it should be a mail server as Postfix spells it: [10.20.0.25], [mail.example.jp]:2525, or a domain with MX "  \
        "records"
#define ADDRESS_HELP "it should be unix:/path, inet:port@host or inet6:port@host"
#define LANGUAGES_HELP "it should be ja or en, or several of them with a blank between"
#define DOMAINS_HELP                                                                                                   \
        "which is no domain; it should be names with a blank between, as in city.example.jp school.example.jp"
#define FORTY "1234567890123456789012345678901234567890"

static const struct {
        const char *key;
        const char *value;
        const char *want;
} bad[] = {
        {"sandbox.memory", "25", "\"sandbox.memory\" is \"25\"; " SIZE_HELP},
        {"sandbox.memory", "25 min", "\"sandbox.memory\" is \"25 min\"; " SIZE_HELP},
        {"sandbox.memory", "512 mb", "\"sandbox.memory\" is \"512 mb\"; " SIZE_HELP},
        {"sandbox.memory", "0.5 GB", "\"sandbox.memory\" is \"0.5 GB\"; " SIZE_HELP},
        {"sandbox.memory", "-1 GB", "\"sandbox.memory\" is \"-1 GB\"; " SIZE_HELP},
        {"sandbox.memory", "512 MB 3", "\"sandbox.memory\" is \"512 MB 3\"; " SIZE_HELP},
        {"sandbox.memory", "MB", "\"sandbox.memory\" is \"MB\"; " SIZE_HELP},
        {"sandbox.memory", "", "\"sandbox.memory\" is \"\"; " SIZE_HELP},
        {"sandbox.memory", "1 MB", "\"sandbox.memory\" is 1 MB; it should be from 64 MB to 64 GB"},
        {"sandbox.memory", "65 GB", "\"sandbox.memory\" is 65 GB; it should be from 64 MB to 64 GB"},
        {"sandbox.memory", "18446744073709551617 B",
         "\"sandbox.memory\" is 18446744073709551617 B; it should be from 64 MB to 64 GB"},
        {"sandbox.memory", "999999999999 GB",
         "\"sandbox.memory\" is 999999999999 GB; it should be from 64 MB to 64 GB"},
        {"sandbox.deadline", "20", "\"sandbox.deadline\" is \"20\"; " DURATION_HELP},
        {"sandbox.deadline", "20 MB", "\"sandbox.deadline\" is \"20 MB\"; " DURATION_HELP},
        {"sandbox.deadline", "1 ms", "\"sandbox.deadline\" is 1 ms; it should be from 100 ms to 4 min"},
        {"sandbox.deadline", "5 min", "\"sandbox.deadline\" is 5 min; it should be from 100 ms to 4 min"},
        {"node", "1 s", "\"node\" is \"1 s\"; " COUNT_HELP},
        {"node", "one", "\"node\" is \"one\"; " COUNT_HELP},
        {"node", "１", "\"node\" is \"１\"; " COUNT_HELP},
        {"node", "10", "\"node\" is 10; it should be from 0 to 9"},
        {"store.level", "0", "\"store.level\" is 0; it should be from 1 to 19"},
        {"limits.parameter_name", "61", "\"limits.parameter_name\" is 61; it should be from 16 to 60"},
        {"limits.mail_size", "2 GB", "\"limits.mail_size\" is 2 GB; it should be from 64 KB to 1 GB"},
        {"state_dir", "", "\"state_dir\" is \"\"; " PATH_HELP},
        {"state_dir", "var/lib", "\"state_dir\" is \"var/lib\"; " PATH_HELP},
        {"state_dir", "/", "\"state_dir\" is \"/\"; " PATH_HELP},
        {"state_dir", "/var/lib/", "\"state_dir\" is \"/var/lib/\"; " PATH_HELP},
        {"state_dir", "/var/../lib", "\"state_dir\" is \"/var/../lib\"; " PATH_HELP},
        {"state_dir", "/var//lib", "\"state_dir\" is \"/var//lib\"; " PATH_HELP},
        {"state_dir", "/var/\n", "\"state_dir\" is \"/var/\n\"; " PATH_HELP},
        {"rules_dir", "rules", "\"rules_dir\" is \"rules\"; " PATH_HELP},
        {"user.store", "", "\"user.store\" is \"\"; " NAME_HELP},
        {"user.store", "a b", "\"user.store\" is \"a b\"; " NAME_HELP},
        {"user.store", "-x", "\"user.store\" is \"-x\"; " NAME_HELP},
        {"user.store", FORTY, "\"user.store\" is \"" FORTY "\"; " NAME_HELP},
        {"postfix.next_hop", "[10.20.0.25", "\"postfix.next_hop\" is \"[10.20.0.25\"; " HOP_HELP},
        {"postfix.next_hop", "[]", "\"postfix.next_hop\" is \"[]\"; " HOP_HELP},
        {"postfix.next_hop", "a.jp:", "\"postfix.next_hop\" is \"a.jp:\"; " HOP_HELP},
        {"postfix.next_hop", "a.jp:65536", "\"postfix.next_hop\" is \"a.jp:65536\"; " HOP_HELP},
        {"postfix.next_hop", "a.jp }, { b", "\"postfix.next_hop\" is \"a.jp }, { b\"; " HOP_HELP},
        {"postfix.next_hop", "relay:[a.jp]", "\"postfix.next_hop\" is \"relay:[a.jp]\"; " HOP_HELP},
        {"milter.socket", "", "\"milter.socket\" is \"\"; " ADDRESS_HELP},
        {"milter.socket", "/run/x", "\"milter.socket\" is \"/run/x\"; " ADDRESS_HELP},
        {"milter.socket", "unix:run/x", "\"milter.socket\" is \"unix:run/x\"; " ADDRESS_HELP},
        {"milter.socket", "inet:8891", "\"milter.socket\" is \"inet:8891\"; " ADDRESS_HELP},
        {"milter.socket", "inet:0@host", "\"milter.socket\" is \"inet:0@host\"; " ADDRESS_HELP},
        {"milter.socket", "inet:65536@host", "\"milter.socket\" is \"inet:65536@host\"; " ADDRESS_HELP},
        {"milter.socket", "inet:25@", "\"milter.socket\" is \"inet:25@\"; " ADDRESS_HELP},
        {"milter.socket", "inet:25@a b", "\"milter.socket\" is \"inet:25@a b\"; " ADDRESS_HELP},
        {"milter.socket", "unix:/" FORTY FORTY FORTY,
         "\"milter.socket\" has a path of 121 octets; a socket's path may have 103"},
        {"release.allowed_domains", "jp", "\"release.allowed_domains\" has \"jp\", " DOMAINS_HELP},
        {"release.allowed_domains", "a.jp,b.jp", "\"release.allowed_domains\" has \"a.jp,b.jp\", " DOMAINS_HELP},
        {"release.allowed_domains", "a.jp -b.jp", "\"release.allowed_domains\" has \"-b.jp\", " DOMAINS_HELP},
        {"release.allowed_domains", "a..jp", "\"release.allowed_domains\" has \"a..jp\", " DOMAINS_HELP},
        {"release.allowed_domains", ".a.jp", "\"release.allowed_domains\" has \".a.jp\", " DOMAINS_HELP},
        {"release.allowed_domains", "市.jp", "\"release.allowed_domains\" has \"市.jp\", " DOMAINS_HELP},
        {"release.allowed_domains", "x@a.jp", "\"release.allowed_domains\" has \"x@a.jp\", " DOMAINS_HELP},
        {"release.enabled", "true", "\"release.enabled\" is \"true\"; it should be yes or no"},
        {"log.to", "File", "\"log.to\" is \"File\"; it should be stderr, journal, syslog or file"},
        {"policy.links", "", "\"policy.links\" is \"\"; it should be defang, text, host or remove"},
        {"policy.languages", "", "\"policy.languages\" is \"\"; " LANGUAGES_HELP},
        {"policy.languages", "ja ja", "\"policy.languages\" is \"ja ja\"; " LANGUAGES_HELP},
        {"policy.languages", "ja,en", "\"policy.languages\" is \"ja,en\"; " LANGUAGES_HELP},
        {"policy.languages", "both", "\"policy.languages\" is \"both\"; " LANGUAGES_HELP},
        {"policy.subject_tag", "a\nb",
         "\"policy.subject_tag\" holds a character that may not cross (a line end, a control, an invisible or a "
         "private one); "
         "write one line of plain text"},
        {"policy.subject_tag", "\xe2\x80\xae",
         "\"policy.subject_tag\" holds a character that may not cross (a line end, a control, an invisible or a "
         "private one); "
         "write one line of plain text"},
        {"store.retention", "30", "\"store.retention\" is \"30\"; " DAYS_HELP},
        {"store.retention", "30 min", "\"store.retention\" is \"30 min\"; " DAYS_HELP},
        {"store.retention", "0 d", "\"store.retention\" is 0 d; it should be from 1 d to 36500 d"},
        {"release.approvals", "0", "\"release.approvals\" is 0; it should be from 1 to 2"},
        {"release.allowed_domains", "b.jp a-.jp", "\"release.allowed_domains\" has \"a-.jp\", " DOMAINS_HELP},
        {"release.allowed_domains", "a.jp.", "\"release.allowed_domains\" has \"a.jp.\", " DOMAINS_HELP},
        {"release.allowed_domains", "b.jp a" LABEL ".jp",
         "\"release.allowed_domains\" has \"a" LABEL ".jp\", " DOMAINS_HELP},
        {"release.allowed_domains", LABEL "." LABEL "." LABEL "." LABEL,
         "\"release.allowed_domains\" has \"" LABEL "." LABEL "." LABEL "." LABEL "\", " DOMAINS_HELP},
        {"organization.domains", "..jp", "\"organization.domains\" has \"..jp\", " BELOW_HELP},
        {"organization.domains", ".", "\"organization.domains\" has \".\", " BELOW_HELP},
        {"organization.domains", "a.jp *.jp", "\"organization.domains\" has \"*.jp\", " BELOW_HELP},
        {"organization.domains", "jp", "\"organization.domains\" has \"jp\", " BELOW_HELP},
        {"organization.domains", " ", "\"organization.domains\" has 0 domains; it should have from 1 to 64"},
        {"policy.subject_tag", FORTY "添", "\"policy.subject_tag\" has 41 characters; it may have 40"},
};

/* 64 domains are taken, 65 are not. */
static void test_many_domains(void) {
        const MgKey *key = mg_key_find("release.allowed_domains");
        g_autoptr(MgConfig) config = config_new();
        g_autoptr(GString) list = g_string_new(NULL);
        for (guint i = 0; i < 64; i++)
                g_string_append_printf(list, " d%u.jp", i);
        g_autofree char *fine = mg_key_set(key, config, list->str);
        g_assert_cmpstr(fine, ==, NULL);
        g_string_append(list, " more.jp");
        g_autofree char *fault = mg_key_set(key, config, list->str);
        g_assert_cmpstr(fault, ==, "\"release.allowed_domains\" has 65 domains; it should have from 0 to 64");
}

static void test_bad(void) {
        for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
                g_autoptr(MgConfig) config = config_new();
                const MgKey *key = mg_key_find(bad[i].key);
                g_assert_nonnull(key);
                g_autofree char *fault = mg_key_set(key, config, bad[i].value);
                g_assert_cmpstr(fault, ==, bad[i].want);
        }
}

static const struct {
        const char *name;
        const char *want;
} unknown[] = {
        {"stat_dir", "there is no key \"stat_dir\"; \"state_dir\" is the nearest one"},
        {"limits.mailsize", "there is no key \"limits.mailsize\"; \"limits.mail_size\" is the nearest one"},
        {"limits.deadline", "there is no key \"limits.deadline\"; \"sandbox.deadline\" is the nearest one"},
        {"max_mails", "there is no key \"max_mails\"; \"milter.max_mails\" is the nearest one"},
        {"include", "there is no key \"include\"; all keys are in the shipped mugai.conf"},
        {"x.", "there is no key \"x.\"; all keys are in the shipped mugai.conf"},
        {FORTY FORTY, "there is no key \"" FORTY FORTY "\"; all keys are in the shipped mugai.conf"},
};

static void test_unknown(void) {
        for (guint i = 0; i < G_N_ELEMENTS(unknown); i++) {
                g_assert_null(mg_key_find(unknown[i].name));
                g_autofree char *sentence = mg_key_suggest(unknown[i].name);
                g_assert_cmpstr(sentence, ==, unknown[i].want);
        }
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/config/value/numbers", test_numbers);
        g_test_add_func("/config/value/texts", test_texts);
        g_test_add_func("/config/value/many-domains", test_many_domains);
        g_test_add_func("/config/value/bad", test_bad);
        g_test_add_func("/config/value/unknown", test_unknown);
        return g_test_run();
}
