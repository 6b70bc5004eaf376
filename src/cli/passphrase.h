/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * Passphrase: from the terminal, without showing it, or one line of a descriptor
 */

/* Octets of a passphrase at most. */
#define MG_PASSPHRASE_MAX 1000

/*
 * fd -1: asks "prompt: " on the terminal; else reads a line of fd, octet by octet, so that the next call gets the next line.
 * UTF-8, as it was typed. NULL with USAGE where there is neither. Free by mg_passphrase_free().
 */
char *mg_passphrase_read(const char *prompt, int fd, GError **error);
/* Wipes and frees. */
void mg_passphrase_free(char *passphrase);
