/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a part's own header claims: type, name, coding, disposition. Takes every reading of a field that stands
 * twice and of parameters that contradict each other. Does not look at content.
 */
#include "sanitize/entity.h"

#include <string.h>

#include "base/text.h"
#include "sanitize/name.h"

MgEntity *mg_entity_new(void) {
        MgEntity *entity = g_new0(MgEntity, 1);
        entity->parent = MG_ENTITY_NONE;
        entity->path = g_strdup("");
        entity->type = g_strdup("");
        entity->claimed = g_strdup("");
        entity->name = g_strdup("");
        entity->names = g_ptr_array_new_with_free_func(g_free);
        entity->range = MG_RANGE_CONTENT;
        entity->speaks = -1;
        entity->says = -1;
        return entity;
}

void mg_entity_free(MgEntity *entity) {
        if (entity == NULL)
                return;
        g_free(entity->path);
        g_free(entity->type);
        g_free(entity->claimed);
        g_free(entity->id);
        g_free(entity->name);
        g_ptr_array_unref(entity->names);
        mg_structured_free(entity->content);
        mg_structured_free(entity->disposition);
        g_clear_pointer(&entity->fields, g_array_unref);
        g_free(entity);
}

gboolean mg_entity_is(const MgEntity *entity, const char *type) {
        return strcmp(entity->type, type) == 0;
}

gboolean mg_entity_says(const MgEntity *entity, const char *name, const char *value) {
        const char *found = entity->content != NULL ? mg_structured_get(entity->content, name) : NULL;
        return found != NULL && g_ascii_strcasecmp(found, value) == 0;
}

static gboolean field_is(const MgRawField *field, const char *name) {
        return strlen(name) == field->name_n && g_ascii_strncasecmp(field->name, name, field->name_n) == 0;
}

static gboolean same_value(const MgRawField *a, const MgRawField *b) {
        return a->value_n == b->value_n && memcmp(a->value, b->value, a->value_n) == 0;
}

/* The n-th field of the name, or NULL. */
static const MgRawField *nth(const GArray *fields, const char *name, guint n) {
        for (guint i = 0; i < fields->len; i++) {
                const MgRawField *field = &g_array_index(fields, MgRawField, i);
                if (field_is(field, name) && n-- == 0)
                        return field;
        }
        return NULL;
}

/*
 * All fields of the name that differ from the ones before them, parsed; *ambiguous where there is more than one or
 * one is odd.
 */
static GPtrArray *parse_all(const MgEntity *entity, const char *name, const MgLimits *limits, gboolean *ambiguous) {
        GPtrArray *all = g_ptr_array_new_with_free_func((GDestroyNotify)mg_structured_free);
        const MgRawField *first = NULL;
        for (guint i = 0; i < entity->fields->len && all->len < 8; i++) {
                const MgRawField *field = &g_array_index(entity->fields, MgRawField, i);
                if (!field_is(field, name) || (first != NULL && same_value(first, field)))
                        continue;
                first = first != NULL ? first : field;
                g_ptr_array_add(all, mg_structured_parse(field->value, field->value_n, limits));
                *ambiguous |= all->len > 1 || ((MgStructured *)all->pdata[all->len - 1])->odd;
        }
        return all;
}

char *mg_entity_clean_name(const char *name, const MgLimits *limits, guint32 *flags) {
        const char *base = name;
        for (const char *p = name; *p != '\0'; p++)
                if (*p == '/' || *p == '\\')
                        base = p[1] != '\0' ? p + 1 : base;
        g_autofree char *clean = mg_text_clean(base, strlen(base), MG_CLASS_LINE, limits->name_chars, NULL);
        g_strstrip(clean);
        gsize n = strlen(clean);
        while (n > 0 && (clean[n - 1] == '.' || clean[n - 1] == ' ' || clean[n - 1] == '/' || clean[n - 1] == '\\'))
                clean[--n] = '\0';
        if (strcmp(clean, name) != 0)
                *flags |= MG_PART_NAME_CLEANED;
        if (base != name || (g_ascii_isalpha(name[0]) && name[1] == ':') || strcmp(name, "..") == 0)
                *flags |= MG_PART_NAME_PATH;
        if (mg_name_hides(name, strlen(name)))
                *flags |= MG_PART_NAME_HIDDEN;
        if (mg_name_mixes(clean))
                *flags |= MG_PART_NAME_SCRIPT;
        return g_steal_pointer(&clean);
}

static void count_unreadable(MgEntity *entity, const MgParameter *parameter) {
        entity->replaced += MIN(parameter->replaced, G_MAXUINT32 - entity->replaced);
        entity->guessed += MIN(parameter->guessed, G_MAXUINT32 - entity->guessed);
}

/* One more name of the part: the first one is shown, further ones are kept where they are others (C2). */
static void add_name(MgEntity *entity, const MgParameter *parameter, const char **shown, const MgLimits *limits) {
        const char *raw = parameter->value;
        if (*shown != NULL && strcmp(*shown, raw) == 0)
                return;
        g_autofree char *name = mg_entity_clean_name(raw, limits, &entity->flags);
        if (*shown == NULL) {
                *shown = raw;
                g_free(entity->name);
                entity->name = g_steal_pointer(&name);
                count_unreadable(entity, parameter);
                return;
        }
        entity->flags |= MG_PART_NAMES_DIFFER;
        if (name[0] == '\0' || strcmp(name, entity->name) == 0 ||
            g_ptr_array_find_with_equal_func(entity->names, name, g_str_equal, NULL))
                return;
        if (entity->names->len >= MG_FACTS_NAMES_MAX) {
                entity->flags |= MG_PART_AMBIGUOUS;
                return;
        }
        g_ptr_array_add(entity->names, g_steal_pointer(&name));
        count_unreadable(entity, parameter);
}

/* Every value of the parameter, in order. */
static void add_names(MgEntity *entity, const GPtrArray *all, const char *parameter, const char **shown,
                      const MgLimits *limits) {
        for (guint i = 0; i < all->len; i++) {
                const MgStructured *structured = all->pdata[i];
                for (guint k = 0; k < structured->parameters->len; k++) {
                        const MgParameter *p = &g_array_index(structured->parameters, MgParameter, k);
                        if (strcmp(p->name, parameter) == 0 && p->value[0] != '\0')
                                add_name(entity, p, shown, limits);
                }
        }
}

static void describe_name(MgEntity *entity, const GPtrArray *types, const GPtrArray *dispositions,
                          const MgLimits *limits) {
        const char *shown = NULL;
        add_names(entity, dispositions, "filename", &shown, limits);
        add_names(entity, types, "name", &shown, limits);
}

static void describe_coding(MgEntity *entity) {
        gboolean known = TRUE;
        const MgRawField *first = nth(entity->fields, "content-transfer-encoding", 0);
        if (first == NULL)
                return;
        entity->coding = mg_coding_parse(first->value, first->value_n, &known);
        if (!known)
                entity->flags |= MG_PART_BROKEN_CODING;
        const MgRawField *second = nth(entity->fields, "content-transfer-encoding", 1);
        gboolean again = TRUE;
        if (second != NULL && mg_coding_parse(second->value, second->value_n, &again) != entity->coding)
                entity->flags |= MG_PART_BROKEN_CODING | MG_PART_AMBIGUOUS;
}

static void describe_id(MgEntity *entity) {
        const MgRawField *field = nth(entity->fields, "content-id", 0);
        if (field == NULL)
                return;
        const char *s = field->value;
        gsize n = field->value_n;
        while (n > 0 && (g_ascii_isspace(*s) || *s == '<'))
                s++, n--;
        while (n > 0 && (g_ascii_isspace(s[n - 1]) || s[n - 1] == '>'))
                n--;
        if (n > 0 && n <= 998)
                entity->id = g_strndup(s, n);
}

/* RFC 2183 section 2.8: a disposition that is not known is an attachment. */
static gboolean is_attachment(const GPtrArray *dispositions) {
        for (guint i = 0; i < dispositions->len; i++) {
                const MgStructured *disposition = dispositions->pdata[i];
                if (disposition->value[0] != '\0' && strcmp(disposition->value, "inline") != 0)
                        return TRUE;
        }
        return FALSE;
}

static gboolean usable(const char *type) {
        return type[0] != '\0' && strlen(type) <= 127 && mg_text_is(type, strlen(type), MG_CLASS_MIME);
}

const char *mg_entity_type(const char *value, const char *fallback) {
        if (usable(value))
                return value;
        return g_str_has_prefix(value, "multipart/") ? "multipart/mixed" : fallback;
}

GPtrArray *mg_entity_describe(MgEntity *entity, const char *fallback, const MgLimits *limits) {
        gboolean ambiguous = FALSE, odd_disposition = FALSE;
        g_autoptr(GPtrArray) types = parse_all(entity, "content-type", limits, &ambiguous);
        g_autoptr(GPtrArray) dispositions = parse_all(entity, "content-disposition", limits, &odd_disposition);
        describe_name(entity, types, dispositions, limits);
        describe_coding(entity);
        describe_id(entity);
        entity->attachment = is_attachment(dispositions);
        if (ambiguous || odd_disposition)
                entity->flags |= MG_PART_AMBIGUOUS;
        const MgStructured *first = types->len > 0 ? types->pdata[0] : NULL;
        g_free(entity->type);
        entity->type = g_strdup(first != NULL ? mg_entity_type(first->value, fallback) : fallback);
        if (first != NULL) {
                if (usable(first->value)) {
                        g_free(entity->claimed);
                        entity->claimed = g_strdup(first->value);
                }
                entity->content = g_ptr_array_steal_index(types, 0);
        }
        if (dispositions->len > 0)
                entity->disposition = g_ptr_array_steal_index(dispositions, 0);
        return types->len > 0 ? g_steal_pointer(&types) : NULL;
}

/* Whether "boundary=" is followed by just this value, quoted or not, in a raw field. */
static gboolean says(const char *field, gsize n, const char *boundary) {
        const char *end = field + n;
        gsize boundary_n = strlen(boundary);
        for (const char *p = field; end - p > 9; p++) {
                if (g_ascii_strncasecmp(p, "boundary", 8) != 0)
                        continue;
                const char *s = p + 8;
                while (s < end && g_ascii_isspace(*s))
                        s++;
                if (s == end || *s++ != '=')
                        continue;
                while (s < end && g_ascii_isspace(*s))
                        s++;
                s += s < end && *s == '"';
                if ((gsize)(end - s) < boundary_n || memcmp(s, boundary, boundary_n) != 0)
                        continue;
                s += boundary_n;
                if (s == end || g_ascii_isspace(*s) || *s == '"' || *s == ';')
                        return TRUE;
        }
        return FALSE;
}

/*
 * Whether the boundary stands in the raw field as it is: else some readers find another one (RFC 2231, encoded
 * words, quoted pairs; B2, B3).
 */
static gboolean stands_raw(const MgEntity *entity, const char *boundary) {
        for (guint i = 0; i < 8; i++) {
                const MgRawField *field = nth(entity->fields, "content-type", i);
                if (field == NULL)
                        return FALSE;
                if (!says(field->value, field->value_n, boundary))
                        continue;
                g_autofree char *lower = g_ascii_strdown(field->value, field->value_n);
                return strstr(lower, "boundary*") == NULL;
        }
        return FALSE;
}

GPtrArray *mg_entity_boundaries(const MgEntity *entity, const MgStructured *content, gboolean *sure) {
        GPtrArray *all = g_ptr_array_new_with_free_func(g_free);
        *sure = TRUE;
        for (guint i = 0; content != NULL && i < content->parameters->len; i++) {
                const MgParameter *p = &g_array_index(content->parameters, MgParameter, i);
                gsize n = strlen(p->value);
                if (strcmp(p->name, "boundary") != 0)
                        continue;
                /*
                 * RFC 2046 section 5.1.1: 1 to 70 characters, not ending in a blank. Longer ones are seen in the
                 * wild and agreed on.
                 */
                if (n == 0 || n > 200 || strpbrk(p->value, "\r\n") != NULL || g_ascii_isspace(p->value[n - 1]) ||
                    g_ascii_isspace(p->value[0]) || !stands_raw(entity, p->value))
                        *sure = FALSE;
                if (n > 0 && !g_ptr_array_find_with_equal_func(all, p->value, g_str_equal, NULL) && all->len < 4)
                        g_ptr_array_add(all, g_strdup(p->value));
        }
        if (all->len != 1)
                *sure = FALSE;
        return all;
}
