/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * receiver: where canaries come out, by the least of SMTP that Postfix needs
 *
 * Takes mail for one domain, one recipient each, and tells who made it. A mail beyond MG_RECEIVER_MESSAGE is not taken, and told all the
 * same. Offers no extension, so a client waits for each answer; one that does not is cut off.
 */
#define MG_RECEIVER_SESSIONS 8         /* at once; further ones hear 421 */
#define MG_RECEIVER_S 30               /* that a session lives */
#define MG_RECEIVER_LINE 1000          /* octets of a command */
#define MG_RECEIVER_MESSAGE (128 << 10) /* octets of a mail; a canary has about four thousand */

typedef struct MgReceiver MgReceiver;

/* recipient and message (CRLF, unstuffed) are borrowed. message is NULL where it was too large. */
typedef void (*MgReceived)(const char *recipient, GBytes *message, gpointer data);

/* Takes listener, and copies domain. From the loop of the default context. */
MgReceiver *mg_receiver_new(int listener, const char *domain, MgReceived received, gpointer data);
/* NULL is fine. */
void mg_receiver_free(MgReceiver *receiver);
