/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <libmilter/mfapi.h>

/* The callbacks that libmilter gets. One session is one SMTP connection; libmilter may run its callbacks on
 * different threads, one after another. */
extern const struct smfiDesc mg_session_callbacks;
