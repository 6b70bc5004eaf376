/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * dialog: one conversation by SMTP with a server, without waiting in it
 *
 * With a message it is handed over; without one the server is only asked whether it is there: greeting, EHLO, and, where a recipient is
 * given, MAIL, RCPT and RSET. Speaks plain SMTP, from the null sender, and looks up no name. Each reply is one of MG_DIALOG_LINES lines
 * of MG_DIALOG_LINE octets at most, and the whole is over after timeout_ms.
 */
#define MG_DIALOG_LINE 2000
#define MG_DIALOG_LINES 100

typedef struct MgDialog MgDialog;

/* Called once, from the loop, unless the dialog is freed before. fault: NULL where all went well; else a sentence, borrowed. */
typedef void (*MgDialogDone)(const char *fault, gpointer data);

typedef struct MgDialogOrder {
        const char *address;   /* inet:port@host or inet6:port@host; the host as a number or localhost */
        const char *recipient; /* ADDRESS, or NULL where message is */
        GBytes *message;       /* with CRLF, or NULL */
        guint timeout_ms;
} MgDialogOrder;

/* Copies what it needs. Never NULL: what goes wrong at once is said from the loop, too. Free it after done, or before to end it. */
MgDialog *mg_dialog_begin(const MgDialogOrder *order, MgDialogDone done, gpointer data);
/* NULL is fine. */
void mg_dialog_free(MgDialog *dialog);
