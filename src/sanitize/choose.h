/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "sanitize/walk.h"

/* choose: which parts of the tree are the body, and what the others are. */

/* What the multiparts around an entity make of it. */
typedef enum MgPlace {
        MG_PLACE_BODY,        /* shown if it is a text */
        MG_PLACE_ALTERNATIVE, /* another form of what is shown */
        MG_PLACE_RELATED,     /* belongs to a shown or not shown text */
        MG_PLACE_ATTACHMENT,
} MgPlace;

/*
 * One MgPlace an entity, in a newly allocated array. Sets marks (signed, encrypted) of the tree and flags of
 * entities.
 */
guint8 *mg_choose(MgTree *tree, const MgLimits *limits);
