/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Orders of a configuration with several organizations:
 * where each may go.
 */
#include "release/fulfil.h"

#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "release/handover.h"

/* A configuration with two organizations beside the default one; no role listens. */
static MgConfig *config_new(void) {
        static const char *const domains[][2] = {{"city", "pref.example.jp"}, {"ward", "soto.example.jp"}};
        MgConfig *config = mg_config_load(NULL, NULL);

        g_assert_nonnull(config);
        g_free(config->run_dir);
        config->run_dir = g_strdup("/nonexistent");
        for (guint i = 0; i < G_N_ELEMENTS(domains); i++) {
                MgOrganization *organization = mg_organizations_add(config->organizations, domains[i][0]);

                g_free(organization->release_domains);
                organization->release_domains = g_strdup(domains[i][1]);
        }
        return config;
}

static MgOrder *order_new(const char *organization, const char *address) {
        MgOrder *order = mg_order_new();

        order->number = 12;
        g_free(order->receipt);
        order->receipt = g_strdup("0000005724");
        g_free(order->organization);
        order->organization = g_strdup(organization);
        g_ptr_array_add(order->addresses, g_strdup(address));
        return order;
}

static int original_new(void) {
        static const char text[] = "Subject: x\r\n\r\nx\r\n";
        int fd = mg_fd_memory("original", NULL);

        g_assert_true(mg_fd_write(fd, text, strlen(text), NULL) && mg_fd_seal(fd, 0, NULL));
        return fd;
}

/* Where mail of an organization may go says that organization, not another one. An order that may go gets as far as to
 * look for a worker. */
static void test_allowed(void) {
        static const struct {
                const char *organization;
                const char *address;
                gboolean may;
        } rows[] = {
                {"city", "taro@pref.example.jp", TRUE},    {"ward", "taro@soto.example.jp", TRUE},
                {"city", "taro@soto.example.jp", FALSE},   {"ward", "taro@pref.example.jp", FALSE},
                {"", "taro@pref.example.jp", FALSE},       {"kyodo", "taro@pref.example.jp", FALSE},
                {"ward", "taro@a.soto.example.jp", FALSE},
        };
        g_autoptr(MgConfig) config = config_new();
        const MgAsker store = {"/nonexistent/store.sock"};

        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autoptr(MgOrder) order = order_new(rows[i].organization, rows[i].address);
                mg_autofd original = original_new();
                g_autofree char *text = NULL;
                MgFulfilled what = mg_fulfil_order(config, &store, order, original, &text);

                g_test_message("%s to %s: %s", rows[i].organization, rows[i].address, text);
                g_assert_cmpint(what, ==, rows[i].may ? MG_FULFILLED_LATER : MG_FULFILLED_FAILED);
                g_assert_nonnull(strstr(text, rows[i].may ? "no worker" : "no domain that is allowed now"));
        }
}

int main(int argc, char **argv) {
        g_assert_true(mg_handover_prepare());
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/release/fulfil/allowed", test_allowed);
        return g_test_run();
}
