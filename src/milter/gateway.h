/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"
#include "config/config.h"
#include "milter/ledger.h"

/*
 * gateway: what the sessions of one milter process share
 *
 * The configuration in force, and admission: how many mails are on their way and how much memory they hold.
 * libmilter gives its callbacks no argument of ours but a session's own, so there is one gateway, a file-scope
 * pointer set before smfi_main().
 */
typedef struct MgSettings {
        MgConfig *config; /* immutable */
        char *store_socket;
        char *sanitize_socket;
} MgSettings;

/* A mail keeps the settings with which it began, whatever is loaded meanwhile. */
MgSettings *mg_settings_new(MgConfig *config); /* takes config */
MgSettings *mg_settings_ref(MgSettings *settings);
void mg_settings_unref(MgSettings *settings);

typedef enum MgCount {
        MG_COUNT_CONVERTED, /* in the order of MgOutcome */
        MG_COUNT_FAILED,
        MG_COUNT_DEFERRED,
        MG_COUNT_REFUSED,
        MG_COUNT_PARTS_REMOVED,
        MG_COUNT_BYTES_IN,
        MG_COUNT_BYTES_OUT,
        _MG_COUNT_N,
} MgCount;

typedef struct MgGateway {
        MgLedger *ledger; /* set before sessions begin */
        GMutex lock;      /* of all that follows */
        MgSettings *settings;
        guint mails;    /* between MAIL and the reply to the final dot */
        guint64 memory; /* octets that these mails hold */
        gboolean draining;
        gint64 counts[_MG_COUNT_N];
} MgGateway;

extern MgGateway *mg_gateway;

/* A new mail: OK and *settings to be unreferenced at its end (mg_gateway_leave), or why not. */
MgReply mg_gateway_enter(MgGateway *gateway, MgSettings **settings);
void mg_gateway_leave(MgGateway *gateway, MgSettings *settings, guint64 memory);
/* More memory for a mail; FALSE where max_memory is reached. */
gboolean mg_gateway_grow(MgGateway *gateway, guint64 octets);
/* Memory that a mail holds no longer, before its end. */
void mg_gateway_shrink(MgGateway *gateway, guint64 octets);
void mg_gateway_count(MgGateway *gateway, MgCount count, gint64 n);
void mg_gateway_replace(MgGateway *gateway, MgSettings *settings);
