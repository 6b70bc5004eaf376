/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/type.h"
#include "mugai/reading.h"

/* nature: what a part is, by its octets, flags and the worst of its names; pure. */
MgTypeClass mg_nature_class(const MgFacts *facts);
/* By its octets, or by the worst of its names. */
gboolean mg_nature_is_program(const MgFacts *facts);
gboolean mg_nature_is_encrypted(const MgFacts *facts);
gboolean mg_nature_is_signature(const MgFacts *facts);
