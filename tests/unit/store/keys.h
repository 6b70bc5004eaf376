/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "key/open.h"
#include "key/pair.h"
#include "store/seal.h"

/* Keys: an organization (P-256), another one, an escrow (RSA) and strangers of both kinds, made once a program */
typedef enum KeyOf { KEY_ORGANIZATION, KEY_ESCROW, KEY_OTHER, KEY_STRANGER, KEY_RSA_STRANGER, _KEY_N } KeyOf;

#define KEY_PASSPHRASE "正しい馬 battery staple"

const MgPair *key_pair(KeyOf who);
const MgOpener *key_opener(KeyOf who);
/* The organization's certificate and the escrow's. */
GPtrArray *key_certificates(void);
/* Sealed to organization and escrow. */
MgSeal *key_seal(void);
/* To both organizations and the escrow. */
MgSeal *key_seal_of_two(void);
/* Writes both certificates into a folder, and what keys_seal_of() makes of such a folder; NULL where there are none. */
void keys_write(const char *dir);
MgSeal *keys_seal_of(const char *dir);
/* Writes that of the other organization: other.crt. */
void keys_write_other(const char *dir);
