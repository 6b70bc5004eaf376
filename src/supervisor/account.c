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
        if (!accounts->root)
                return TRUE;
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
        const char *const keys[_MG_ROLE_N] = {"user.store", "user.sanitize", "user.milter"};
        const char *const names[_MG_ROLE_N] = {config->user_store, config->user_sanitize, config->user_milter};
        *accounts = (MgAccounts){.root = root};
        for (guint i = 0; i < _MG_ROLE_N; i++) {
                if (!root)
                        accounts->role[i] = (MgAccount){geteuid(), getegid()};
                else if (!find_user(keys[i], names[i], &accounts->role[i], error))
                        return FALSE;
        }
        for (guint i = 1; root && i < _MG_ROLE_N; i++)
                for (guint j = 0; j < i; j++)
                        if (accounts->role[i].uid == accounts->role[j].uid) {
                                g_set_error(error, MG_ERROR, MG_ERROR_CONFIG,
                                            "\"%s\" and \"%s\" are the same user; each role needs one of its own",
                                            keys[j], keys[i]);
                                return FALSE;
                        }
        return find_groups(config, accounts, error);
}
