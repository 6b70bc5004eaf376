/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "mugai/policy.h"
#include "mugai/reading.h"

/*
 * sanitize: the bytes of one mail -> Reading
 *
 * Runs inside the confined worker. May crash, hang or run out of memory on hostile mail: its parent copes. Opens
 * nothing: what it needs is loaded by mg_sanitize_warm() in the parent.
 */

/* Loads what cannot be loaded after confinement: the magic database, iconv's modules, libcrypto. Once per
 * process, FALSE with error if something is missing. Takes tens of milliseconds. */
gboolean mg_sanitize_warm(GError **error);

/* The Reading of a mail. Never NULL: an exceeded bound is a Reading with failure LIMIT. mail must stay mapped
 * meanwhile. Uses the state made by mg_sanitize_warm(). Same bytes, same limits: the same Reading. */
MgReading *mg_sanitize_read(GBytes *mail, const MgLimits *limits);
/* The same with the texts of its body read in that character set, whatever the mail says of it; where there is none of that name a
 * Reading with failure INTERNAL. Header fields are read as ever. */
MgReading *mg_sanitize_read_as(GBytes *mail, const MgLimits *limits, const char *charset);

/*
 * What a file is, by its octets alone: a Reading whose one part it is, an attachment without name or claim. Texts are looked
 * at for scripts, as those are that have a name.
 */
MgReading *mg_sanitize_look(GBytes *content, const MgLimits *limits);

/*
 * Reads the mail again until it comes to a part of that size and digest (SHA-256), whose octets, decoded, func is called with, and
 * returns what it returned. FALSE where there is none.
 */
typedef gboolean (*MgPartFunc)(GBytes *content, gpointer data);
gboolean mg_sanitize_take(GBytes *mail, const MgLimits *limits, guint64 size, const guint8 sha256[32], MgPartFunc func,
                          gpointer data);
