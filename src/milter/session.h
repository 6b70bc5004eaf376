/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "milter/gateway.h"

/* One SMTP session of the mail server at the other end of fd, which is taken, from the agreement on the protocol to its end. */
void mg_session_run(MgGateway *gateway, int fd);
