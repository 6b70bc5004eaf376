/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One mail against its expectation. No reader of mail in general: what is not exactly in the gateway's form is a fault.
 */
#include "monitor/canary_judge.h"

#include <string.h>

#include "base/text.h"

/* Fields of a mail that are looked at; the gateway's and Postfix's are about twenty. */
#define FIELDS_MAX 60
#define SHOWN 80 /* octets of something unexpected in a sentence */

typedef struct Field {
        char *name;
        char *value; /* unfolded */
} Field;

typedef struct Seen {
        GArray *fields; /* of Field */
        char *body;     /* as it came */
        char *text;     /* decoded, UTF-8, lines ended by LF; "" where it cannot be read */
        gboolean jis;
} Seen;

/* The gateway's (README, "What may leave"), and those that Postfix puts in front. */
static const char *const allowed[] = {"From",
                                      "Sender",
                                      "Reply-To",
                                      "To",
                                      "Cc",
                                      "Subject",
                                      "Date",
                                      "Message-ID",
                                      "In-Reply-To",
                                      "References",
                                      "Auto-Submitted",
                                      "Precedence",
                                      "List-Id",
                                      "MIME-Version",
                                      "Content-Type",
                                      "Content-Transfer-Encoding",
                                      "Received",
                                      "X-Mail-Sanitized",
                                      "X-Mugai-Receipt",
                                      "Return-Path",
                                      "Delivered-To",
                                      "X-Original-To",
                                      NULL};

static void field_clear(gpointer data) {
        Field *field = data;

        g_free(field->name);
        g_free(field->value);
}

static void seen_clear(Seen *seen) {
        g_array_unref(seen->fields);
        g_free(seen->body);
        g_free(seen->text);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Seen, seen_clear)

static const char *value_of(const Seen *seen, const char *name) {
        for (guint i = 0; i < seen->fields->len; i++) {
                const Field *field = &g_array_index(seen->fields, Field, i);

                if (g_ascii_strcasecmp(field->name, name) == 0)
                        return field->value;
        }
        return NULL;
}

/* NULL, or what is wrong with the header. */
static char *read_fields(Seen *seen, const char *header) {
        g_auto(GStrv) lines = g_strsplit(header, "\n", -1);

        for (guint i = 0; lines[i] && *lines[i]; i++) {
                Field *last = seen->fields->len ? &g_array_index(seen->fields, Field, seen->fields->len - 1) : NULL;
                const char *colon = strchr(lines[i], ':');

                if (last && g_ascii_isspace(*lines[i])) {
                        char *longer = g_strconcat(last->value, " ", g_strstrip(lines[i]), NULL);

                        g_free(last->value);
                        last->value = longer;
                } else if (!colon) {
                        g_autofree char *quoted = mg_text_quote(lines[i], SHOWN);

                        return g_strdup_printf("its header holds a line that is no field: %s", quoted);
                } else {
                        Field field = {g_strndup(lines[i], (gsize)(colon - lines[i])), g_strdup(colon + 1)};

                        g_strstrip(field.value);
                        g_array_append_val(seen->fields, field);
                }
                if (seen->fields->len > FIELDS_MAX)
                        return g_strdup_printf("its header holds more than %d fields", FIELDS_MAX);
        }
        return NULL;
}

static gboolean is_allowed(const char *name) {
        for (guint i = 0; allowed[i]; i++)
                if (g_ascii_strcasecmp(allowed[i], name) == 0)
                        return TRUE;
        return FALSE;
}

/* NULL, or what of its form makes it another mail than one that the gateway writes. */
static char *check_form(Seen *seen) {
        const char *type = value_of(seen, "Content-Type");

        for (guint i = 0; i < seen->fields->len; i++) {
                const char *name = g_array_index(seen->fields, Field, i).name;
                g_autofree char *quoted = mg_text_quote(name, SHOWN);

                if (!is_allowed(name))
                        return g_strdup_printf("its header has the field %s", quoted);
        }
        seen->jis = type && g_str_equal(type, "text/plain; charset=iso-2022-jp");
        if (!seen->jis && (!type || !g_str_equal(type, "text/plain; charset=utf-8"))) {
                g_autofree char *quoted = mg_text_quote(type ? type : "", SHOWN);

                return g_strdup_printf("it is %s and not one plain text", quoted);
        }
        return value_of(seen, "X-Mail-Sanitized") ? NULL : g_strdup("it has no field X-Mail-Sanitized");
}

static gboolean decode(Seen *seen) {
        const char *coding = value_of(seen, "Content-Transfer-Encoding");
        g_autofree char *octets = NULL;
        gsize n = strlen(seen->body);

        if (coding && g_str_equal(coding, "base64"))
                octets = (char *)g_base64_decode(seen->body, &n);
        else
                octets = g_strdup(seen->body);
        g_clear_pointer(&seen->text, g_free);
        seen->text = g_convert(octets, (gssize)n, "UTF-8", seen->jis ? "ISO-2022-JP" : "UTF-8", NULL, NULL, NULL);
        if (!seen->text) {
                seen->text = g_strdup("");
                return FALSE;
        }
        g_auto(GStrv) lines = g_strsplit(seen->text, "\r\n", -1);

        g_free(seen->text);
        seen->text = g_strjoinv("\n", lines);
        return TRUE;
}

/* Lower case, and without what breaks words up: white space, and the marks of links that were made inert. */
static char *squeezed(const char *text, gsize n) {
        GString *out = g_string_sized_new(n);

        for (gsize i = 0; i < n; i++)
                if (text[i] != '\0' && !strchr(" \t\r\n[]=", text[i]))
                        g_string_append_c(out, g_ascii_tolower(text[i]));
        return g_string_free(out, FALSE);
}

/* Base64 of the mark behind so many other octets, but for the digits that depend on neighbours. Lower case; caller
 * frees. */
static char *base64_form(const char *mark, guint offset) {
        static const guint head[] = {0, 2, 3};
        g_autofree char *behind = g_strdup_printf("%.*s%s", (int)offset, "..", mark);
        g_autofree char *whole = g_base64_encode((const guint8 *)behind, strlen(behind));
        const gsize digits = strcspn(whole, "=");
        g_autofree char *own = g_strndup(whole + head[offset], digits - head[offset] - (whole[digits] == '=' ? 1 : 0));

        return g_ascii_strdown(own, -1);
}

static gboolean holds(const char *text, const char *mark) {
        g_autofree char *hex = mg_text_hex((const guint8 *)mark, strlen(mark));

        if (strstr(text, mark) || strstr(text, hex))
                return TRUE;
        for (guint offset = 0; offset < 3; offset++) {
                g_autofree char *form = base64_form(mark, offset);

                if (strstr(text, form))
                        return TRUE;
        }
        return FALSE;
}

static char *check_marks(const Seen *seen, const MgCanaryWant *want, const char *mail, gsize n) {
        g_autofree char *raw = squeezed(mail, n), *text = squeezed(seen->text, strlen(seen->text));

        for (guint i = 0; want->marks[i]; i++)
                if (holds(raw, want->marks[i]) || holds(text, want->marks[i]))
                        return g_strdup_printf("it holds \"%s\", which had to be taken out", want->marks[i]);
        return NULL;
}

static char *check_links(const Seen *seen, const MgCanaryRound *round) {
        if (round->live_links || (!strstr(seen->text, "http://") && !strstr(seen->text, "https://")))
                return NULL;
        return g_strdup("its text holds a live link");
}

/* --- what should be there ----------------------------------------------------------------------------------------- */

static char *check_value(const Seen *seen, const char *name, const char *value) {
        const char *have = value_of(seen, name);
        g_autofree char *quoted = mg_text_quote(have ? have : "", SHOWN);

        return have && g_str_equal(have, value) ? NULL
                                                : g_strdup_printf("its %s is %s and not %s", name, quoted, value);
}

static char *check_text(const Seen *seen, const char *const *lines) {
        g_auto(GStrv) have = g_strsplit(seen->text, "\n", -1);

        for (guint i = 0; lines[i]; i++) {
                const char *line = i < g_strv_length(have) ? have[i] : "";
                g_autofree char *quoted = mg_text_quote(line, SHOWN);

                if (!g_str_equal(line, lines[i]))
                        return g_strdup_printf("line %u of its text is %s and not \"%s\"", i + 1, quoted, lines[i]);
        }
        return NULL;
}

/* The names of what was taken out, and the receipt as people read it. */
static char *check_notice(const Seen *seen, const char *const *names) {
        const char *receipt = value_of(seen, "X-Mugai-Receipt");
        g_auto(GStrv) open = g_strsplit(seen->text, "[.]", -1);
        g_autofree char *text = g_strjoinv(".", open);

        for (guint i = 0; names[i]; i++)
                if (!strstr(text, names[i]))
                        return g_strdup_printf("its notice does not name the file %s", names[i]);
        if (!receipt || strlen(receipt) != 10)
                return g_strdup("it has no receipt");
        g_autofree char *printed = g_strdup_printf("%.4s-%.4s-%s", receipt, receipt + 4, receipt + 8);

        return strstr(text, printed) ? NULL : g_strdup_printf("its notice does not name the receipt %s", printed);
}

/* Appends what one encoded word says. FALSE where it is none in base64 of the two charsets that the gateway writes. */
static gboolean append_word(GString *out, const char *word) {
        static const char *const heads[] = {"=?UTF-8?B?", "=?ISO-2022-JP?B?"};
        static const char *const charsets[] = {"UTF-8", "ISO-2022-JP"};

        for (guint i = 0; i < G_N_ELEMENTS(heads); i++) {
                gsize n = 0;

                if (!g_str_has_prefix(word, heads[i]) || !g_str_has_suffix(word, "?="))
                        continue;
                g_autofree char *inner =
                        g_strndup(word + strlen(heads[i]), strlen(word) - strlen(heads[i]) - strlen("?="));
                g_autofree char *octets = (char *)g_base64_decode(inner, &n);
                g_autofree char *text = g_convert(octets, (gssize)n, "UTF-8", charsets[i], NULL, NULL, NULL);

                g_string_append(out, text ? text : "");
                return text != NULL;
        }
        return FALSE;
}

/* Whatever the tag before it. */
static char *check_subject(const Seen *seen, MgCanaryKind kind, const char *token) {
        const char *have = value_of(seen, "Subject");
        g_auto(GStrv) words = g_strsplit(have ? have : "", " ", -1);
        g_autofree char *wanted = g_strdup_printf("%s %s", mg_canary_subject(kind), token);
        g_autoptr(GString) text = g_string_new(NULL);
        gboolean joined = TRUE;

        for (guint i = 0; words[i]; i++) {
                if (!*words[i])
                        continue;
                const gsize before = text->len;
                const gboolean encoded = append_word(text, words[i]);

                if (!encoded)
                        g_string_append(text, words[i]);
                if (before > 0 && !(joined && encoded))
                        g_string_insert_c(text, (gssize)before, ' ');
                joined = encoded;
        }
        g_autofree char *quoted = mg_text_quote(text->str, SHOWN);

        return g_str_has_suffix(text->str, wanted)
                       ? NULL
                       : g_strdup_printf("its Subject is %s and does not end with \"%s\"", quoted, wanted);
}

static char *check_content(MgCanaryKind kind, const MgCanaryRound *round, const Seen *seen) {
        const MgCanaryWant *want = mg_canary_want(kind);
        g_autofree char *address = mg_canary_address(kind, round->token, round->domain);
        g_autofree char *id = g_strdup_printf("<%s>", address), *date = mg_canary_date(round->time);
        char *fault = check_text(seen, seen->jis ? want->text_jis : want->text);

        fault = fault ? fault : check_notice(seen, seen->jis ? want->names_jis : want->names);
        fault = fault ? fault : check_subject(seen, kind, round->token);
        fault = fault ? fault : check_value(seen, "Message-ID", id);
        return fault ? fault : check_value(seen, "Date", date);
}

MgCanaryVerdict mg_canary_judge(MgCanaryKind kind, const MgCanaryRound *round, GBytes *mail, char **what) {
        gsize n;
        const char *data = g_bytes_get_data(mail, &n);
        g_autofree char *whole = g_strndup(data ? data : "", n);
        g_auto(GStrv) lines = g_strsplit(whole, "\r\n", -1);
        g_autofree char *plain = g_strjoinv("\n", lines);
        char *gap = strstr(plain, "\n\n");
        g_auto(Seen) seen = {.fields = g_array_new(FALSE, FALSE, sizeof(Field)), .text = g_strdup("")};

        g_array_set_clear_func(seen.fields, field_clear);
        seen.body = g_strdup(gap ? gap + 2 : "");
        if (gap)
                gap[1] = '\0';
        *what = strlen(whole) != n ? g_strdup("it holds a NUL") : read_fields(&seen, plain);
        *what = *what ? *what : check_form(&seen);
        const gboolean readable = decode(&seen);

        *what = *what ? *what : check_marks(&seen, mg_canary_want(kind), data, n);
        *what = *what ? *what : check_links(&seen, round);
        if (*what)
                return MG_CANARY_UNSAFE;
        *what = readable ? check_content(kind, round, &seen) : g_strdup("its text cannot be decoded");
        return *what ? MG_CANARY_DIFFERENT : MG_CANARY_AS_EXPECTED;
}
