/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "sanitize/html_style.h"

/* html_media: media queries, as a window of 800 by 600 pixels on a desktop answers them */

/* Whether one of the queries holds; an empty list does. A feature that is not known does not hold. */
gboolean mg_media_matches(MgPiece queries);
