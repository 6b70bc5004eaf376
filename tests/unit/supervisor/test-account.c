/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Users and groups: names and numbers, and the sentence for each that cannot be used. Uses accounts that every
 * Debian has.
 */
#include "supervisor/account.h"

#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"

static const struct {
        const char *store, *sanitize, *milter, *group, *socket, *milter_group;
        const char *want; /* of the error, or NULL */
} rows[] = {
        {"daemon", "60001", "60002", "adm", "unix:/x/y", "mail", NULL},
        {"daemon", "60001", "60002", "adm", "unix:/x/y", "60003", NULL},
        {"daemon", "60001", "60002", "adm", "unix:/x/y", "", NULL},
        {"daemon", "60001", "60002", "adm", "inet:1@h", "no-such-group", NULL},
        {"no-such-user", "60001", "60002", "adm", "inet:1@h", "",
         "the user \"no-such-user\" of \"user.store\" does not exist; create it with: useradd --system --user-group "
         "--no-create-home --shell /usr/sbin/nologin no-such-user"},
        {"60003", "60001", "no-such-user", "adm", "inet:1@h", "",
         "the user \"no-such-user\" of \"user.milter\" does not exist; create it with: useradd --system --user-group "
         "--no-create-home --shell /usr/sbin/nologin no-such-user"},
        {"60001", "root", "60002", "adm", "inet:1@h", "",
         "the user \"root\" of \"user.sanitize\" is root or in root's group; name another one"},
        {"60001", "0", "60002", "adm", "inet:1@h", "",
         "the user \"0\" of \"user.sanitize\" is root or in root's group; name another one"},
        {"60001", "60002", "60001", "adm", "inet:1@h", "",
         "\"user.store\" and \"user.milter\" are the same user; each role needs one of its own"},
        {"60001", "60002", "60003", "no-such-group", "inet:1@h", "",
         "the group \"no-such-group\" of \"user.group\" does not exist; create it with: groupadd --system "
         "no-such-group"},
        {"60001", "60002", "60003", "adm", "unix:/x/y", "no-such-group",
         "the group \"no-such-group\" of \"milter.group\" does not exist; install Postfix, or name the group that may "
         "connect to "
         "the socket"},
};

static MgConfig config_of(guint i) {
        return (MgConfig){.user_store = (char *)rows[i].store,
                          .user_sanitize = (char *)rows[i].sanitize,
                          .user_milter = (char *)rows[i].milter,
                          .group = (char *)rows[i].group,
                          .milter_socket = (char *)rows[i].socket,
                          .milter_group = (char *)rows[i].milter_group};
}

static void test_root(void) {
        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                MgConfig config = config_of(i);
                MgAccounts accounts;
                g_autoptr(GError) error = NULL;
                gboolean good = mg_accounts_find(&config, TRUE, &accounts, &error);
                g_assert_cmpint(good, ==, rows[i].want == NULL);
                g_assert_cmpstr(error != NULL ? error->message : NULL, ==, rows[i].want);
        }
}

static void test_ids(void) {
        MgConfig config = config_of(0);
        MgAccounts accounts;
        g_assert_true(mg_accounts_find(&config, TRUE, &accounts, NULL));
        const struct passwd *daemon_entry = getpwnam("daemon");
        g_assert_cmpuint(accounts.role[MG_ROLE_STORE].uid, ==, daemon_entry->pw_uid);
        g_assert_cmpuint(accounts.role[MG_ROLE_STORE].gid, ==, daemon_entry->pw_gid);
        g_assert_cmpuint(accounts.role[MG_ROLE_SANITIZE].uid, ==, 60001);
        g_assert_cmpuint(accounts.role[MG_ROLE_SANITIZE].gid, ==, 60001);
        g_assert_cmpuint(accounts.group, ==, getgrnam("adm")->gr_gid);
        g_assert_cmpuint(accounts.milter_group, ==, getgrnam("mail")->gr_gid);
        config = config_of(3);
        g_assert_true(mg_accounts_find(&config, TRUE, &accounts, NULL));
        g_assert_cmpuint(accounts.milter_group, ==, MG_NO_GID);
}

/* The user of the release role is looked for where that role runs, and no sooner. */
static void test_release(void) {
        MgConfig config = config_of(1);
        MgAccounts accounts;
        g_autoptr(GError) error = NULL;
        config.user_release = (char *)"no-such-user";
        g_assert_true(mg_accounts_find(&config, TRUE, &accounts, NULL));
        g_assert_cmpuint(accounts.n, ==, MG_ROLE_RELEASE);
        config.release = TRUE;
        g_assert_false(mg_accounts_find(&config, TRUE, &accounts, &error));
        g_assert_nonnull(strstr(error->message, "\"no-such-user\" of \"user.release\" does not exist"));
        g_clear_error(&error);
        config.user_release = (char *)"60002";
        g_assert_false(mg_accounts_find(&config, TRUE, &accounts, &error));
        g_assert_cmpstr(error->message, ==,
                        "\"user.milter\" and \"user.release\" are the same user; each role needs one of its own");
        config.user_release = (char *)"60004";
        g_assert_true(mg_accounts_find(&config, TRUE, &accounts, NULL));
        g_assert_cmpuint(accounts.n, ==, MG_ROLE_RELEASE + 1);
        g_assert_cmpuint(accounts.id[3], ==, MG_ROLE_RELEASE);
        g_assert_cmpuint(accounts.role[3].uid, ==, 60004);
}

/* The console runs with and without the release role; the group of its unix socket is looked for where it has one. */
static void test_console(void) {
        MgConfig config = config_of(1);
        MgAccounts accounts;
        g_autoptr(GError) error = NULL;
        config.console = TRUE;
        config.user_console = (char *)"60005";
        config.console_socket = (char *)"inet:8025@127.0.0.1";
        config.console_group = (char *)"no-such-group";
        g_assert_true(mg_accounts_find(&config, TRUE, &accounts, NULL));
        g_assert_cmpuint(accounts.n, ==, 4);
        g_assert_cmpuint(accounts.id[3], ==, MG_ROLE_CONSOLE);
        g_assert_cmpuint(accounts.role[3].uid, ==, 60005);
        g_assert_cmpuint(accounts.console_group, ==, MG_NO_GID);
        config.console_socket = (char *)"unix:/run/desk/console.sock";
        g_assert_false(mg_accounts_find(&config, TRUE, &accounts, &error));
        g_assert_nonnull(strstr(error->message, "\"no-such-group\" of \"console.group\" does not exist"));
        config.console_group = (char *)"60009";
        g_assert_true(mg_accounts_find(&config, TRUE, &accounts, NULL));
        g_assert_cmpuint(accounts.console_group, ==, 60009);
        config.console_group = (char *)"";
        g_assert_true(mg_accounts_find(&config, TRUE, &accounts, NULL));
        g_assert_cmpuint(accounts.console_group, ==, accounts.group);
        config.release = TRUE;
        config.user_release = (char *)"60004";
        g_assert_true(mg_accounts_find(&config, TRUE, &accounts, NULL));
        g_assert_cmpuint(accounts.n, ==, MG_ROLE_CONSOLE + 1);
        g_assert_cmpuint(accounts.role[4].uid, ==, 60005);
        config.monitor = TRUE;
        config.user_monitor = (char *)"60006";
        g_assert_true(mg_accounts_find(&config, TRUE, &accounts, NULL));
        g_assert_cmpuint(accounts.n, ==, _MG_ROLE_N);
        g_assert_cmpuint(accounts.id[5], ==, MG_ROLE_MONITOR);
        g_assert_cmpuint(accounts.role[5].uid, ==, 60006);
}

/* Whoever is not root needs none of them. */
static void test_ordinary(void) {
        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                MgConfig config = config_of(i);
                MgAccounts accounts;
                g_assert_true(mg_accounts_find(&config, FALSE, &accounts, NULL));
                g_assert_cmpuint(accounts.role[MG_ROLE_STORE].uid, ==, geteuid());
                g_assert_cmpuint(accounts.role[MG_ROLE_MILTER].uid, ==, geteuid());
        }
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/supervisor/account/root", test_root);
        g_test_add_func("/supervisor/account/ids", test_ids);
        g_test_add_func("/supervisor/account/release", test_release);
        g_test_add_func("/supervisor/account/console", test_console);
        g_test_add_func("/supervisor/account/ordinary", test_ordinary);
        return g_test_run();
}
