/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the keys of canaries bear on each other and on others. Asks nobody whether an address answers.
 */
#include <string.h>

#include "base/text.h"
#include "config/load.h"
#include "config/syntax.h"
#include "config/table.h"

/* A round takes about a second. */
#define EVERY_MS_MIN 1000

static gboolean refuse(const MgLoad *load, GError **error, const char *key, const char *format, ...)
        G_GNUC_PRINTF(4, 5);
static gboolean refuse(const MgLoad *load, GError **error, const char *key, const char *format, ...) {
        g_autofree char *text = NULL;
        va_list values;

        va_start(values, format);
        text = g_strdup_vprintf(format, values);
        va_end(values);
        mg_syntax_error(error, load->name, mg_load_line_two(load, key, "monitor.canary_every"), "\"%s\" %s", key, text);
        return FALSE;
}

/* What stands behind the @, without brackets. */
static gboolean is_number(const char *address) {
        const char *at = strchr(address, '@');
        const gsize n = at ? strlen(at + 1) : 0;
        g_autofree char *host = n > 2 && at[1] == '[' ? g_strndup(at + 2, n - 2) : g_strdup(at ? at + 1 : "");

        return g_str_equal(host, "localhost") || g_hostname_is_ip_address(host);
}

static gboolean is_loopback(const char *address) {
        return g_str_has_suffix(address, "@127.0.0.1") || g_str_has_suffix(address, "@localhost") ||
               g_str_has_suffix(address, "@::1") || g_str_has_suffix(address, "@[::1]");
}

static gboolean check_hops(const MgLoad *load, GError **error) {
        const MgKey *spelling = mg_key_find("monitor.canary_entrance");
        const char *key = "monitor.canary_next_hop";
        g_auto(GStrv) hops = g_strsplit(load->config->canary_next_hop, " ", -1);

        if (g_strv_length(hops) > MG_NEXT_HOPS_MAX)
                return refuse(load, error, key, "names %u servers; it may name %d", g_strv_length(hops),
                              MG_NEXT_HOPS_MAX);
        for (guint i = 0; hops[i]; i++) {
                g_autofree char *taken = NULL;
                MgConfig scratch = {0};
                g_autofree char *fault = mg_key_set(spelling, &scratch, hops[i]);

                taken = scratch.canary_entrance;
                if (fault || !is_number(hops[i]))
                        return refuse(load, error, key,
                                      "has %s; each should be inet:port@host, the host by its number since no name is "
                                      "looked up, as in inet:25@10.20.0.25",
                                      hops[i]);
        }
        return TRUE;
}

gboolean mg_load_canary(const MgLoad *load, GError **error) {
        const MgConfig *config = load->config;
        const char *recipient = config->canary_next_hop_recipient;

        if (config->canary_every_ms == 0)
                return TRUE;
        if (config->canary_every_ms < EVERY_MS_MIN)
                return refuse(load, error, "monitor.canary_every",
                              "is %u ms; it should be 1 s or more, or 0 s for none", config->canary_every_ms);
        if (!is_number(config->canary_entrance))
                return refuse(load, error, "monitor.canary_entrance",
                              "is %s; it should be the port by which mail comes in, the host by its number, as in "
                              "inet:25@127.0.0.1",
                              config->canary_entrance);
        if (!is_loopback(config->canary_listen))
                return refuse(load, error, "monitor.canary_listen",
                              "is %s; it should be a port of this host, as in inet:10027@127.0.0.1",
                              config->canary_listen);
        if (!mg_text_is(recipient, strlen(recipient), MG_CLASS_ADDRESS))
                return refuse(load, error, "monitor.canary_next_hop_recipient",
                              "is \"%s\"; it should be a mail address, as in postmaster@city.example.lg.jp", recipient);
        return check_hops(load, error);
}
