/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names or numbers of users and groups -> ids. Creates none; says how.
 */
#include "supervisor/account.h"

#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"

/* A number of at most nine digits; those need no account. */
static gboolean is_number(const char *name, guint32 *number) {
        gsize n = strspn(name, "0123456789");
        if (n == 0 || n > 9 || name[n] != '\0')
                return FALSE;
        *number = (guint32)g_ascii_strtoull(name, NULL, 10);
        return TRUE;
}

static gboolean find_user(const char *key, const char *name, MgAccount *account, GError **error) {
        guint32 number = 0;
        gboolean numeric = is_number(name, &number);
        const struct passwd *entry = numeric ? getpwuid(number) : getpwnam(name);
        if (entry != NULL)
                *account = (MgAccount){entry->pw_uid, entry->pw_gid};
        else if (numeric)
                *account = (MgAccount){number, number};
        else {
                g_set_error(error, MG_ERROR, MG_ERROR_CONFIG,
                            "the user \"%s\" of \"%s\" does not exist; create it with: "
                            "useradd --system --user-group --no-create-home --shell /usr/sbin/nologin %s",
                            name, key, name);
                return FALSE;
        }
        if (account->uid != 0 && account->gid != 0)
                return TRUE;
        g_set_error(error, MG_ERROR, MG_ERROR_CONFIG,
                    "the user \"%s\" of \"%s\" is root or in root's group; name another one", name, key);
        return FALSE;
}

/* MG_NO_GID where there is none. */
static gid_t find_group(const char *name) {
        guint32 number = 0;
        if (is_number(name, &number))
                return number;
        const struct group *entry = getgrnam(name);
        return entry != NULL ? entry->gr_gid : MG_NO_GID;
}

static gboolean find_groups(const MgConfig *config, MgAccounts *accounts, GError **error) {
        gboolean local = g_str_has_prefix(config->milter_socket, "unix:") && *config->milter_group != '\0';
        accounts->group = find_group(config->group);
        accounts->milter_group = local ? find_group(config->milter_group) : MG_NO_GID;
        gboolean desk = config->console && g_str_has_prefix(config->console_socket, "unix:");
        accounts->console_group = !desk                            ? MG_NO_GID
                                  : *config->console_group != '\0' ? find_group(config->console_group)
                                                                   : accounts->group;
        if (!accounts->root)
                return TRUE;
        if (desk && accounts->console_group == MG_NO_GID && *config->console_group != '\0') {
                g_set_error(error, MG_ERROR, MG_ERROR_CONFIG,
                            "the group \"%s\" of \"console.group\" does not exist; name the group of the web server",
                            config->console_group);
                return FALSE;
        }
        if (accounts->group == MG_NO_GID) {
                g_set_error(error, MG_ERROR, MG_ERROR_CONFIG,
                            "the group \"%s\" of \"user.group\" does not exist; create it with: groupadd --system %s",
                            config->group, config->group);
                return FALSE;
        }
        if (local && accounts->milter_group == MG_NO_GID) {
                g_set_error(error, MG_ERROR, MG_ERROR_CONFIG,
                            "the group \"%s\" of \"milter.group\" does not exist; install Postfix, or name the group "
                            "that may "
                            "connect to the socket",
                            config->milter_group);
                return FALSE;
        }
        return TRUE;
}

gboolean mg_accounts_find(const MgConfig *config, gboolean root, MgAccounts *accounts, GError **error) {
        const struct {
                const char *key;
                const char *name;
                gboolean runs;
        } roles[_MG_ROLE_N] = {
                [MG_ROLE_STORE] = {"user.store", config->user_store, TRUE},
                [MG_ROLE_SANITIZE] = {"user.sanitize", config->user_sanitize, TRUE},
                [MG_ROLE_MILTER] = {"user.milter", config->user_milter, TRUE},
                [MG_ROLE_RELEASE] = {"user.release", config->user_release, config->release},
                [MG_ROLE_CONSOLE] = {"user.console", config->user_console, config->console},
                [MG_ROLE_MONITOR] = {"user.monitor", config->user_monitor, config->monitor},
        };
        *accounts = (MgAccounts){.root = root};
        for (guint id = 0; id < _MG_ROLE_N; id++) {
                MgAccount *account = &accounts->role[accounts->n];
                if (!roles[id].runs)
                        continue;
                if (!root)
                        *account = (MgAccount){geteuid(), getegid()};
                else if (!find_user(roles[id].key, roles[id].name, account, error))
                        return FALSE;
                accounts->id[accounts->n++] = id;
        }
        for (guint i = 1; root && i < accounts->n; i++)
                for (guint j = 0; j < i; j++)
                        if (accounts->role[i].uid == accounts->role[j].uid) {
                                g_set_error(error, MG_ERROR, MG_ERROR_CONFIG,
                                            "\"%s\" and \"%s\" are the same user; each role needs one of its own",
                                            roles[accounts->id[j]].key, roles[accounts->id[i]].key);
                                return FALSE;
                        }
        return find_groups(config, accounts, error);
}
