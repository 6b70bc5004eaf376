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

/* Loads what cannot be loaded after confinement: the magic database, iconv's modules, GMime, libcrypto. Once per
 * process, FALSE with error if something is missing. Takes tens of milliseconds. */
gboolean mg_sanitize_warm(GError **error);

/* The Reading of a mail. Never NULL: an exceeded bound is a Reading with failure LIMIT. mail must stay mapped
 * meanwhile. Uses the state made by mg_sanitize_warm(). Same bytes, same limits: the same Reading. */
MgReading *mg_sanitize_read(GBytes *mail, const MgLimits *limits);
