/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * pulse: sessions that libmilter forgot are served within MG_PULSE_MS
 *
 * Debian's libmilter serves sessions by a pool of threads, which grows when no thread is free. Two sessions that speak
 * before the one free thread has its turn wake that thread twice: it serves one of them, and the other is served when any
 * thread comes free. Where all others wait for a store or a worker, that is half a minute or more. Each new connection
 * that finds no free thread starts one, which then looks for what else is to do; so the milter connects to itself.
 */
#define MG_PULSE_MS 500

/* After the socket listens; spec is milter.socket. Starts a thread that beats while a mail is in work. */
gboolean mg_pulse_start(const char *spec, GError **error);
