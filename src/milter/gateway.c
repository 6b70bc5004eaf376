/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Admission and settings. Knows nothing of mail.
 */
#include "milter/gateway.h"

MgSettings *mg_settings_new(MgConfig *config) {
        MgSettings *settings = g_atomic_rc_box_new0(MgSettings);

        settings->config = config;
        settings->store_socket = mg_config_socket(config, "store.sock");
        settings->sanitize_socket = mg_config_socket(config, "sanitize.sock");
        return settings;
}

MgSettings *mg_settings_ref(MgSettings *settings) {
        return g_atomic_rc_box_acquire(settings);
}

static void settings_clear(gpointer data) {
        MgSettings *settings = data;

        mg_config_free(settings->config);
        g_free(settings->store_socket);
        g_free(settings->sanitize_socket);
}

void mg_settings_unref(MgSettings *settings) {
        g_atomic_rc_box_release_full(settings, settings_clear);
}

MgSettings *mg_gateway_settings(MgGateway *gateway) {
        g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&gateway->lock);

        return mg_settings_ref(gateway->settings);
}

/* Under the lock. */
static MgReply take_place(MgGateway *gateway, const MgConfig *config, guint places) {
        if (gateway->draining)
                return MG_REPLY_STOPPING;
        if (gateway->mails >= places || gateway->memory >= config->max_memory)
                return MG_REPLY_BUSY;
        gateway->mails++;
        return MG_REPLY_OK;
}

MgReply mg_gateway_enter(MgGateway *gateway, MgSettings **settings) {
        g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&gateway->lock);

        *settings = mg_settings_ref(gateway->settings);
        return take_place(gateway, (*settings)->config, (*settings)->config->max_mails);
}

MgReply mg_gateway_enter_ahead(MgGateway *gateway, const MgSettings *settings) {
        g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&gateway->lock);

        return take_place(gateway, settings->config, settings->config->max_mails + settings->config->priority_mails);
}

void mg_gateway_leave(MgGateway *gateway, MgSettings *settings, guint64 memory) {
        g_mutex_lock(&gateway->lock);
        gateway->mails--;
        gateway->memory -= memory;
        g_mutex_unlock(&gateway->lock);
        mg_settings_unref(settings);
}

gboolean mg_gateway_grow(MgGateway *gateway, guint64 octets) {
        g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&gateway->lock);

        if (gateway->memory + octets > gateway->settings->config->max_memory)
                return FALSE;
        gateway->memory += octets;
        return TRUE;
}

void mg_gateway_shrink(MgGateway *gateway, guint64 octets) {
        g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&gateway->lock);

        gateway->memory -= octets;
}

void mg_gateway_count(MgGateway *gateway, const MgRecord *record, MgReply reply, gint64 ms) {
        g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&gateway->lock);

        mg_tally_add(&gateway->tally, record, reply, ms);
}

void mg_gateway_replace(MgGateway *gateway, MgSettings *settings) {
        MgSettings *old;

        g_mutex_lock(&gateway->lock);
        old = gateway->settings;
        gateway->settings = settings;
        g_mutex_unlock(&gateway->lock);
        mg_settings_unref(old);
}
