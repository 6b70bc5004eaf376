/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* syslog: a datagram for /dev/log, as RFC 3164 and every syslog(3) has it; time is now. priority: of <syslog.h>. Caller frees. */
char *mg_syslog_text(int priority, const char *program, const char *line);
