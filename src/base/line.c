/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Forms of a line. Writes none: base/log.h does.
 */
#include "base/line.h"

#include <string.h>

#include "base/text.h"

/* Octets of a sentence in the form TEXT, which has nothing beside it but who says it and when. */
#define SENTENCE_MAX (MG_LINE_MAX - 128)

typedef struct Key {
        MgLineKind kind;
        gsize max;
        const char *name;
        const char *cef;
        const char *label;
} Key;

static const Key keys[_MG_LINE_KEY_N] = {
#define KEY_ROW(id, kind, max, name, cef, label) [MG_LINE_##id] = {MG_LINE_KIND_##kind, max, name, cef, label},
        MG_LINE_KEYS(KEY_ROW)
#undef KEY_ROW
};

typedef struct Field {
        const Key *key;
        char *value;
} Field;

struct MgLine {
        const char *event;
        const char *what;
        guint severity;
        GArray *fields; /* of Field */
};

static void field_clear(gpointer data) {
        Field *field = data;

        g_free(field->value);
}

MgLine *mg_line_new(const char *event, const char *what, guint severity) {
        MgLine *line = g_new0(MgLine, 1);

        line->event = event;
        line->what = what;
        line->severity = severity;
        line->fields = g_array_new(FALSE, FALSE, sizeof(Field));
        g_array_set_clear_func(line->fields, field_clear);
        return line;
}

void mg_line_free(MgLine *line) {
        if (!line)
                return;
        g_array_unref(line->fields);
        g_free(line);
}

void mg_line_add(MgLine *line, MgLineKey key, const char *value) {
        const Field field = {&keys[key], g_strdup(value)};

        g_array_append_val(line->fields, field);
}

void mg_line_add_number(MgLine *line, MgLineKey key, gint64 value) {
        const Field field = {&keys[key], g_strdup_printf("%" G_GINT64_FORMAT, value)};

        g_array_append_val(line->fields, field);
}

/* One line of UTF-8 without controls, cut: the value as the forms for programs have it. Caller frees. */
static char *clean(const Field *field) {
        const gsize max = field->key->max;
        char *value;

        if (field->key->kind == MG_LINE_KIND_NUMBER)
                return g_strdup(field->value);
        value = mg_text_clean(field->value, strlen(field->value), MG_CLASS_LINE, max, NULL);
        value[mg_text_whole(value, strlen(value), max)] = '\0';
        return value;
}

void mg_line_each(const MgLine *line, void (*take)(const char *name, const char *value, void *data), void *data) {
        for (guint i = 0; i < line->fields->len; i++) {
                const Field *field = &g_array_index(line->fields, Field, i);
                g_autofree char *value = clean(field);

                take(field->key->name, value, data);
        }
}

/* Each of these in value gets a stroke before it. */
static void put_escaped(GString *out, const char *value, const char *special) {
        for (const char *c = value; *c; c++) {
                if (strchr(special, *c))
                        g_string_append_c(out, '\\');
                g_string_append_c(out, *c);
        }
}

/* --- text --------------------------------------------------------------------------------------------------------- */

/* Whoever made it has quoted what is in it. */
static void put_sentence(GString *out, const Field *field) {
        const gsize n = mg_text_whole(field->value, strlen(field->value), SENTENCE_MAX);
        g_autofree char *value = g_strndup(field->value, n);

        g_string_append(out, g_strdelimit(value, "\r\n", ' '));
}

static void put_text(GString *out, const Field *field) {
        const gboolean is_text = field->key->kind == MG_LINE_KIND_TEXT;
        g_autofree char *quoted = is_text ? mg_text_quote(field->value, field->key->max) : clean(field);

        if (field->key == &keys[MG_LINE_MSG])
                put_sentence(out, field);
        else
                g_string_append_printf(out, "%s%s=%s", out->len > 0 ? " " : "", field->key->name, quoted);
}

static void format_text(GString *out, const MgLine *line, const MgLineFrom *from) {
        for (guint i = 0; i < line->fields->len; i++)
                put_text(out, &g_array_index(line->fields, Field, i));
}

/* --- logfmt ------------------------------------------------------------------------------------------------------- */

/* What readers of logfmt take without quotes, and no more: some end a bare value at '=' or '"'. */
static gboolean is_bare(const char *value) {
        for (const char *c = value; *c; c++)
                if (!g_ascii_isalnum(*c) && !strchr("-_.:/@+,", *c))
                        return FALSE;
        return *value != '\0';
}

static void put_logfmt(GString *out, const char *name, const char *value) {
        g_string_append_printf(out, "%s%s=", out->len > 0 ? " " : "", name);
        if (is_bare(value)) {
                g_string_append(out, value);
                return;
        }
        g_string_append_c(out, '"');
        put_escaped(out, value, "\"\\");
        g_string_append_c(out, '"');
}

static char *time_text(gint64 time) {
        g_autoptr(GDateTime) utc = g_date_time_new_from_unix_local(time / G_USEC_PER_SEC);
        g_autofree char *second = g_date_time_format(utc, "%Y-%m-%dT%H:%M:%S");
        g_autofree char *zone = g_date_time_format(utc, "%:z");

        return g_strdup_printf("%s.%03d%s", second, (int)(time / 1000 % 1000), zone);
}

static void format_logfmt(GString *out, const MgLine *line, const MgLineFrom *from) {
        g_autofree char *time = time_text(from->time);

        put_logfmt(out, "time", time);
        put_logfmt(out, "level", from->level);
        put_logfmt(out, "program", from->program);
        g_string_append_printf(out, " pid=%d", from->pid);
        put_logfmt(out, "event", line->event);
        for (guint i = 0; i < line->fields->len; i++) {
                const Field *field = &g_array_index(line->fields, Field, i);
                g_autofree char *value = clean(field);

                put_logfmt(out, field->key->name, value);
        }
}

/* --- JSON --------------------------------------------------------------------------------------------------------- */

/* A value has no control that JSON would want escaped. */
static void put_json(GString *out, const char *name, const char *value) {
        g_string_append_printf(out, "%s\"%s\":\"", out->len > 1 ? "," : "", name);
        put_escaped(out, value, "\"\\");
        g_string_append_c(out, '"');
}

static void format_json(GString *out, const MgLine *line, const MgLineFrom *from) {
        g_autofree char *time = time_text(from->time);

        g_string_append_c(out, '{');
        put_json(out, "time", time);
        put_json(out, "level", from->level);
        put_json(out, "program", from->program);
        g_string_append_printf(out, ",\"pid\":%d", from->pid);
        put_json(out, "event", line->event);
        for (guint i = 0; i < line->fields->len; i++) {
                const Field *field = &g_array_index(line->fields, Field, i);
                g_autofree char *value = clean(field);

                if (field->key->kind == MG_LINE_KIND_NUMBER)
                        g_string_append_printf(out, ",\"%s\":%s", field->key->name, value);
                else
                        put_json(out, field->key->name, value);
        }
        g_string_append_c(out, '}');
}

/* --- CEF ---------------------------------------------------------------------------------------------------------- */

/* Of its header | and \ are escaped, of its values = and \: line ends, which could be too, a value has none. */
static void put_cef(GString *out, const char *key, const char *value) {
        g_string_append_printf(out, " %s=", key);
        put_escaped(out, value, "=\\");
}

static void format_cef(GString *out, const MgLine *line, const MgLineFrom *from) {
        g_string_append_printf(out, "CEF:0|mugai|mugai|" MG_VERSION "|%s%s%s|%s%s%s|%u|rt=%" G_GINT64_FORMAT,
                               line->event, *line->what ? "-" : "", line->what, line->event, *line->what ? " " : "",
                               line->what, line->severity, from->time / 1000);
        put_cef(out, "deviceProcessName", from->program);
        g_string_append_printf(out, " dvcpid=%d", from->pid);
        for (guint i = 0; i < line->fields->len; i++) {
                const Field *field = &g_array_index(line->fields, Field, i);
                g_autofree char *value = clean(field);

                if (field->key->label)
                        g_string_append_printf(out, " %sLabel=%s", field->key->cef, field->key->label);
                put_cef(out, field->key->cef, value);
        }
}

char *mg_line_format(const MgLine *line, MgLineFormat format, const MgLineFrom *from) {
        static void (*const formats[])(GString * out, const MgLine *line, const MgLineFrom *from) = {
                [MG_LINE_TEXT] = format_text,
                [MG_LINE_LOGFMT] = format_logfmt,
                [MG_LINE_JSON] = format_json,
                [MG_LINE_CEF] = format_cef,
        };
        GString *out = g_string_sized_new(512);

        formats[format](out, line, from);
        return g_string_free(out, FALSE);
}
