/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/release_client.h"
#include "key/open.h"

/*
 * Passphrase: from the terminal, without showing it, or one line of a descriptor
 */

/*
 * fd -1: asks "prompt: " on the terminal; else reads a line of fd, octet by octet, so that the next call gets the next line.
 * UTF-8, as it was typed. NULL with USAGE where there is neither. Free by mg_passphrase_free().
 */
char *mg_passphrase_read(const char *prompt, int fd, GError **error);
/* Wipes and frees. */
void mg_passphrase_free(char *passphrase);
/* The private key of a file, its passphrase by fd as above where it has one. Errors of mg_opener_read() too. */
MgOpener *mg_passphrase_opener(const char *file, int fd, GError **error);
