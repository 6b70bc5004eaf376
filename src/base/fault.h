/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/packet.h"

/*
 * Fault: the answer of a role to what could not be done, in place of any other: code and message of an error of MG_ERROR
 */
#define MG_FAULT 211 /* among the kinds of records of every role */

/* An error of another domain goes as SYSTEM. */
void mg_fault_send(int sock, const GError *fault);
/* Turns the record into the error that the role had, with "who: " before its message. */
void mg_fault_take(const MgPacket *packet, const char *who, GError **error);
