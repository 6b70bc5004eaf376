/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Admission: bounded mails and memory, none while draining; a mail keeps the settings with which it began.
 */
#include "milter/gateway.h"

static MgSettings *settings(guint mails, guint64 memory) {
        g_autoptr(GError) error = NULL;
        MgConfig *config = mg_config_load(NULL, &error);

        g_assert_no_error(error);
        config->max_mails = mails;
        config->max_memory = memory;
        return mg_settings_new(config);
}

static void test_admission(void) {
        MgGateway gateway = {.settings = settings(2, 100)};
        MgSettings *first, *second, *third;

        g_mutex_init(&gateway.lock);
        g_assert_cmpint(mg_gateway_enter(&gateway, &first), ==, MG_REPLY_OK);
        g_assert_cmpint(mg_gateway_enter(&gateway, &second), ==, MG_REPLY_OK);
        g_assert_cmpint(mg_gateway_enter(&gateway, &third), ==, MG_REPLY_BUSY);
        mg_settings_unref(third);
        g_assert_true(mg_gateway_grow(&gateway, 60));
        g_assert_false(mg_gateway_grow(&gateway, 41));
        g_assert_true(mg_gateway_grow(&gateway, 40));
        mg_gateway_shrink(&gateway, 60);
        g_assert_true(mg_gateway_grow(&gateway, 60));
        mg_gateway_leave(&gateway, first, 0);
        /* A place is free, the memory is not. */
        g_assert_cmpint(mg_gateway_enter(&gateway, &third), ==, MG_REPLY_BUSY);
        mg_settings_unref(third);
        mg_gateway_leave(&gateway, second, 100);
        g_assert_cmpint(mg_gateway_enter(&gateway, &first), ==, MG_REPLY_OK);
        gateway.draining = TRUE;
        g_assert_cmpint(mg_gateway_enter(&gateway, &third), ==, MG_REPLY_STOPPING);
        mg_settings_unref(third);
        mg_gateway_leave(&gateway, first, 0);
        g_assert_cmpuint(gateway.mails, ==, 0);
        g_assert_cmpuint(gateway.memory, ==, 0);
        mg_settings_unref(gateway.settings);
        g_mutex_clear(&gateway.lock);
}

/* Places beyond the bound, as many as there are, and no memory beyond it. */
static void test_ahead(void) {
        MgGateway gateway = {.settings = settings(1, 100)};
        MgSettings *all[4];

        gateway.settings->config->priority_mails = 2;
        g_mutex_init(&gateway.lock);
        g_assert_cmpint(mg_gateway_enter(&gateway, &all[0]), ==, MG_REPLY_OK);
        for (guint i = 1; i < 4; i++) {
                g_assert_cmpint(mg_gateway_enter(&gateway, &all[i]), ==, MG_REPLY_BUSY);
                g_assert_cmpint(mg_gateway_enter_ahead(&gateway, all[i]), ==, i < 3 ? MG_REPLY_OK : MG_REPLY_BUSY);
        }
        g_assert_cmpuint(gateway.mails, ==, 3);
        mg_settings_unref(all[3]);
        mg_gateway_leave(&gateway, all[0], 0);
        g_assert_true(mg_gateway_grow(&gateway, 100));
        g_assert_cmpint(mg_gateway_enter_ahead(&gateway, all[1]), ==, MG_REPLY_BUSY);
        mg_gateway_shrink(&gateway, 100);
        gateway.draining = TRUE;
        g_assert_cmpint(mg_gateway_enter_ahead(&gateway, all[1]), ==, MG_REPLY_STOPPING);
        mg_gateway_leave(&gateway, all[1], 0);
        mg_gateway_leave(&gateway, all[2], 0);
        g_assert_cmpuint(gateway.mails, ==, 0);
        mg_settings_unref(gateway.settings);
        g_mutex_clear(&gateway.lock);
}

static void test_replace(void) {
        MgGateway gateway = {.settings = settings(5, 100)};
        MgSettings *old, *fresh;

        g_mutex_init(&gateway.lock);
        g_assert_cmpint(mg_gateway_enter(&gateway, &old), ==, MG_REPLY_OK);
        mg_gateway_replace(&gateway, settings(7, 100));
        g_assert_cmpuint(old->config->max_mails, ==, 5);
        g_assert_cmpint(mg_gateway_enter(&gateway, &fresh), ==, MG_REPLY_OK);
        g_assert_cmpuint(fresh->config->max_mails, ==, 7);
        mg_gateway_leave(&gateway, old, 0);
        mg_gateway_leave(&gateway, fresh, 0);
        mg_settings_unref(gateway.settings);
        g_mutex_clear(&gateway.lock);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/gateway/admission", test_admission);
        g_test_add_func("/gateway/ahead", test_ahead);
        g_test_add_func("/gateway/replace", test_replace);
        return g_test_run();
}
