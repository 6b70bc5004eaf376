/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "sanitize/walk.h"

/* entity: the header of one part -> what it claims to be. */

MgEntity *mg_entity_new(void);
void mg_entity_free(MgEntity *entity);

/* Whether the type of the entity is this one, in lower case. */
gboolean mg_entity_is(const MgEntity *entity, const char *type);
/*
 * The type by which a part of this Content-Type is read, of class MIME. A multipart of another form is read as
 * multipart/mixed (RFC 2046 section 5.1.3), all else as fallback. value: in lower case; returned where it will do.
 */
const char *mg_entity_type(const char *value, const char *fallback);
/* Whether a parameter of its Content-Type has this value, case ignored. */
gboolean mg_entity_says(const MgEntity *entity, const char *name, const char *value);

/*
 * Fills type, content, disposition, id, name, coding, flags, attachment from entity->fields. fallback: the type
 * where the header says none. Duplicate fields: any that calls it an attachment wins. Returns further types that
 * other readers would take (of MgStructured, owned), or NULL.
 */
GPtrArray *mg_entity_describe(MgEntity *entity, const char *fallback, const MgLimits *limits);

/*
 * Boundaries that readers may take from a raw Content-Type, at least one where there is any: strings, owned.
 * *sure: all readers take the same.
 */
GPtrArray *mg_entity_boundaries(const MgEntity *entity, const MgStructured *content, gboolean *sure);

/*
 * The name of a file for a list: the last component of what may be a path in anybody's notation, without the dots and
 * blanks that some systems drop, of class LINE and within limits. name: UTF-8. What was in it is added to *flags
 * (MG_PART_NAME_*). Caller frees.
 */
char *mg_entity_clean_name(const char *name, const MgLimits *limits, guint32 *flags);
