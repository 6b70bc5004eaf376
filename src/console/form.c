/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading of forms. What a file is called is not looked at; its octets are for who asks for a file, and no value.
 */
#include "console/form.h"

#include <string.h>

#define BOUNDARY_MAX 70 /* RFC 2046 */

/* Takes name and value, NULL where they could not be read. 0 or a status. */
static guint add(GPtrArray *fields, char *name, char *value) {
        MgHttpField *field = g_new0(MgHttpField, 1);
        gboolean well = name && value && *name && strlen(name) <= MG_HTTP_FIELD_NAME && fields->len < MG_HTTP_FIELDS;

        field->name = name ? name : g_strdup("");
        field->value = value ? value : g_strdup("");
        g_ptr_array_add(fields, field);
        if (!well)
                return 400;
        return strlen(field->value) > MG_HTTP_FIELD_VALUE ? 413 : 0;
}

guint mg_form_read(GPtrArray *fields, const char *text, gsize n) {
        const char *end = text + n;
        guint fault = 0;

        while (text < end && fault == 0) {
                const char *stop = memchr(text, '&', (gsize)(end - text)), *equals;

                stop = stop ? stop : end;
                equals = memchr(text, '=', (gsize)(stop - text));
                equals = equals ? equals : stop;
                if (stop > text)
                        fault = add(fields, mg_http_decode(text, (gsize)(equals - text), TRUE),
                                    equals < stop ? mg_http_decode(equals + 1, (gsize)(stop - equals - 1), TRUE)
                                                  : g_strdup(""));
                text = stop < end ? stop + 1 : end;
        }
        return fault;
}

/* --- multipart -------------------------------------------------------------------------------------------------- */

/* A parameter of a header field's value, quoted or not, or NULL. */
static char *parameter(const char *value, gsize n, const char *name) {
        g_autofree char *copy = g_strndup(value, n), *wanted = g_strconcat(";", name, "=", NULL);
        char *at = copy;

        for (char *p = copy; (p = strchr(p, ';')); p++) {
                gsize blanks = strspn(p + 1, " \t");

                memmove(p + 1, p + 1 + blanks, strlen(p + 1 + blanks) + 1);
        }
        at = strstr(copy, wanted);
        if (!at)
                return NULL;
        at += strlen(wanted);
        return *at == '"' ? g_strndup(at + 1, strcspn(at + 1, "\"")) : g_strndup(at, strcspn(at, ";"));
}

/* A parameter of Content-Disposition among the lines of a part's header, or NULL. */
static char *part_parameter(const char *header, gsize n, const char *name) {
        static const char disposition[] = "content-disposition:";
        const char *end = header + n;

        while (header < end) {
                const char *stop = memmem(header, (gsize)(end - header), "\r\n", 2);

                stop = stop ? stop : end;
                if ((gsize)(stop - header) > strlen(disposition) &&
                    g_ascii_strncasecmp(header, disposition, strlen(disposition)) == 0)
                        return parameter(header, (gsize)(stop - header), name);
                header = stop < end ? stop + 2 : end;
        }
        return NULL;
}

static char *text_of(const char *content, gsize n) {
        return memchr(content, 0, n) || !g_utf8_validate(content, (gssize)n, NULL) ? NULL : g_strndup(content, n);
}

/* header CRLF CRLF content. 0 or a status. */
static guint read_part(GPtrArray *fields, const char *part, gsize n) {
        const char *blank = memmem(part, n, "\r\n\r\n", 4);
        g_autofree char *file = NULL;
        const char *content;
        gsize head;
        guint fault;

        if (!blank)
                return 400;
        head = (gsize)(blank - part);
        content = blank + 4;
        n -= head + 4;
        file = part_parameter(part, head, "filename");
        fault = add(fields, part_parameter(part, head, "name"), file ? g_strdup("") : text_of(content, n));
        if (fault != 0 || !file)
                return fault;
        ((MgHttpField *)g_ptr_array_index(fields, fields->len - 1))->file = g_bytes_new(content, n);
        return n > MG_HTTP_FIELD_VALUE ? 413 : 0;
}

guint mg_form_read_parts(GPtrArray *fields, const char *content_type, const char *body, gsize n) {
        g_autofree char *boundary = parameter(content_type, strlen(content_type), "boundary");
        g_autofree char *delimiter = NULL;
        const char *end = body + n, *at;
        guint fault = 0;
        gsize length;

        if (!boundary || !*boundary || strlen(boundary) > BOUNDARY_MAX)
                return 400;
        delimiter = g_strconcat("\r\n--", boundary, NULL);
        length = strlen(delimiter);
        /* The first one may stand at the very beginning. */
        if (n >= length - 2 && memcmp(body, delimiter + 2, length - 2) == 0)
                at = body + length - 2;
        else if ((at = memmem(body, n, delimiter, length)))
                at += length;
        while (at && end - at >= 2 && memcmp(at, "\r\n", 2) == 0) {
                const char *next = memmem(at, (gsize)(end - at), delimiter, length);

                if (!next)
                        return 400;
                fault = read_part(fields, at + 2, next > at + 2 ? (gsize)(next - at - 2) : 0);
                if (fault != 0)
                        return fault;
                at = next + length;
        }
        return at && end - at >= 2 && memcmp(at, "--", 2) == 0 ? 0 : 400;
}
