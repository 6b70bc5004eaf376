/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"
#include "config/config.h"
#include "milter/ledger.h"
#include "milter/scan.h"
#include "milter/tally.h"

/*
 * gateway: what the sessions of one milter process share
 *
 * The configuration in force, and admission: how many mails are on their way and how much memory they hold.
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

typedef struct MgGateway {
        MgLedger *ledger; /* set before sessions begin */
        MgScanWatch scanner;
        GMutex lock; /* of all that follows */
        MgSettings *settings;
        guint mails;    /* between MAIL and the reply to the final dot */
        guint64 memory; /* octets that these mails hold */
        gboolean draining;
        MgTally tally;
} MgGateway;

/* The settings in force; the caller unreferences them. */
MgSettings *mg_gateway_settings(MgGateway *gateway);
/* A new mail: OK and *settings to be unreferenced at its end (mg_gateway_leave), or why not. */
MgReply mg_gateway_enter(MgGateway *gateway, MgSettings **settings);
/*
 * The same for a mail that enter() called BUSY and that a rule prefers, with the settings that it gave: beyond
 * max_mails there are priority_mails places.
 */
MgReply mg_gateway_enter_ahead(MgGateway *gateway, const MgSettings *settings);
void mg_gateway_leave(MgGateway *gateway, MgSettings *settings, guint64 memory);
/* More memory for a mail; FALSE where max_memory is reached. */
gboolean mg_gateway_grow(MgGateway *gateway, guint64 octets);
/* Memory that a mail holds no longer, before its end. */
void mg_gateway_shrink(MgGateway *gateway, guint64 octets);
/* ms: from the end of the mail on, or less than 0. */
void mg_gateway_count(MgGateway *gateway, const MgRecord *record, MgReply reply, gint64 ms);
void mg_gateway_replace(MgGateway *gateway, MgSettings *settings);
