/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/worker.h"
#include "config/config.h"

/*
 * zygote: the sanitize role, one thread, warm; forks a confined worker for each mail
 *
 * Takes MG_WORK_READ on its socket (base/worker.h), starts at most config->workers at once, lets config->waiting
 * more wait, and closes the connection of what comes beyond. Holds pidfd and deadline of each worker; at the
 * deadline it kills. It looks at no byte of a mail.
 */

/*
 * What a worker does with the mapped mail. Runs confined, with two descriptors (0: the original, 1: the result);
 * its return ends the process with 0 where TRUE. mugai-sanitize passes mg_work_sanitize(); the tests pass hostile ones.
 */
typedef gboolean (*MgWorkFunc)(GBytes *mail, int result, const MgWorkOrder *order);

/* Reads the mail and answers, takes out the part that is asked for, or says what a file is: the honest worker. */
gboolean mg_work_sanitize(GBytes *mail, int result, const MgWorkOrder *order);

/*
 * Serves until drained (control socket says so or closes, SIGTERM or SIGINT) and the last worker ended. listening
 * and control (-1: none) are taken over. TRUE after an orderly end.
 */
gboolean mg_zygote_run(MgConfig *config, int listening, int control, MgWorkFunc work, GError **error);
