/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "mugai/policy.h"

/* Octets of one notice text. */
#define MG_NOTICE_TEXT_MAX 4096

/* Reads dir/notice.ja.conf and dir/notice.en.conf into the texts of a policy that is not sealed yet. */
gboolean mg_notice_load(const char *dir, MgPolicy *policy, GError **error);
/* The same of one text; language 0 Japanese, 1 English. name stands in errors. */
gboolean mg_notice_parse(const char *name, const char *text, gsize n, guint language, MgPolicy *policy, GError **error);
