/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text: what stands in a body, as octets. Cleaned, cut, unflowed, made inert, composed; and read as a composed message,
 * which it is not. How it reads is for the unit tests.
 */
#include <string.h>

#include "base/link.h"
#include "base/text.h"
#include "compose/grammar_decode.h"
#include "compose/jis.h"
#include "fuzz.h"
#include "sanitize/text.h"

int LLVMFuzzerInitialize(int *argc, char ***argv) {
        fuzz_warm();
        return 0;
}

static void check_runs(const char *s, gsize n, gboolean bare) {
        const guint max = 20;
        g_autoptr(GArray) runs = g_array_new(FALSE, TRUE, sizeof(MgRun));

        g_array_set_clear_func(runs, mg_run_clear);
        g_autoptr(GString) text = mg_text_cut_runs(s, n, bare, runs, max);
        FUZZ_CHECK(fuzz_is_utf8(text->str, text->len));
        FUZZ_CHECK(runs->len <= max);
        for (guint i = 0; i < runs->len; i++) {
                const MgRun *run = &g_array_index(runs, MgRun, i);

                FUZZ_CHECK(run->at <= n && g_bytes_get_size(run->content) <= n);
                FUZZ_CHECK(fuzz_is_utf8(run->name, strlen(run->name)));
        }
}

static void check_unflow(const char *s, gsize n, gboolean delsp) {
        g_autoptr(GString) text = mg_text_unflow(s, n, delsp);

        FUZZ_CHECK(fuzz_is_utf8(text->str, text->len));
        FUZZ_CHECK(text->len <= n * 2 + 16);
}

/* text: of class TEXT. */
static void check_links(const char *text) {
        g_autofree char *inert = mg_link_defang(text, strlen(text));
        g_autofree char *again = mg_link_defang(inert, strlen(inert));

        FUZZ_CHECK(mg_text_is(inert, strlen(inert), MG_CLASS_TEXT));
        FUZZ_CHECK(mg_link_find_live(inert, strlen(inert)) < 0);
        FUZZ_CHECK(strcmp(inert, again) == 0);
        for (guint host = 0; host < 2; host++) {
                g_autofree char *cut = mg_link_shorten(text, strlen(text), host, "（リンク）");

                FUZZ_CHECK(mg_text_is(cut, strlen(cut), MG_CLASS_TEXT));
                FUZZ_CHECK(mg_link_find_live(cut, strlen(cut)) < 0);
        }
}

static void check_jis(const char *text) {
        g_autoptr(MgJis) jis = mg_jis_new();
        g_autofree char *express = mg_jis_express(jis, text);
        g_autoptr(GString) octets = g_string_new(NULL), back = g_string_new(NULL);

        FUZZ_CHECK(mg_text_is(express, strlen(express), MG_CLASS_TEXT));
        mg_jis_encode(jis, express, strlen(express), octets);
        FUZZ_CHECK(mg_decode_jis(octets->str, octets->len, back));
        FUZZ_CHECK(g_utf8_strlen(express, -1) == g_utf8_strlen(back->str, -1));
}

/* The same words in every place that takes them. */
static void check_compose(const char *text, const char *line) {
        static const MgFieldId fields[] = {MG_FIELD_FROM, MG_FIELD_REPLY_TO, MG_FIELD_TO, MG_FIELD_SUBJECT,
                                           MG_FIELD_LIST_ID};
        g_autoptr(MgReading) reading = mg_reading_new();
        MgFacts *facts = mg_facts_new();

        for (gsize i = 0; i < G_N_ELEMENTS(fields); i++)
                mg_reading_add_value(reading, fields[i], line, fields[i] == MG_FIELD_LIST_ID ? "list.example" : NULL);
        g_free(facts->name);
        facts->name = mg_text_clean(line, strlen(line), MG_CLASS_LINE, mg_limits_default.name_chars, NULL);
        facts->kind = MG_PART_ATTACHMENT;
        g_ptr_array_add(reading->parts, facts);
        g_bytes_unref(reading->body);
        reading->body = g_bytes_new(text, strlen(text));
        fuzz_check_crosses(reading, &mg_limits_default);
        fuzz_check_composed(reading, strlen(text));
}

/* Octets that compose did not write: refused, or what was found lies inside them. */
static void check_grammar(const char *s, gsize n) {
        g_autoptr(MgPolicy) policy = mg_policy_new();
        g_autoptr(GBytes) message = g_bytes_new(s, n);
        g_autoptr(GError) error = NULL;
        g_autoptr(MgGrammarView) view = mg_grammar_check(message, policy, &error);

        FUZZ_CHECK(!view == (error != NULL));
        for (guint i = 0; view && i < view->fields->len; i++) {
                const MgGrammarField *field = &g_array_index(view->fields, MgGrammarField, i);
                const char *octets = g_bytes_get_data(message, NULL);

                FUZZ_CHECK(field->value >= octets && field->value + field->n <= octets + n);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        const char *s = (const char *)data;
        g_autofree char *text = mg_text_clean(s, size, MG_CLASS_TEXT, 0, NULL);
        g_autofree char *line = mg_text_clean(s, size, MG_CLASS_LINE, mg_limits_default.text_chars, NULL);
        g_autofree char *quoted = mg_text_quote(text, 200);
        gsize n = strlen(text);

        fuzz_check_clean(s, size, 0);
        fuzz_check_clean(s, size, 10);
        FUZZ_CHECK(fuzz_is_utf8(quoted, strlen(quoted)) && mg_text_is(quoted, strlen(quoted), MG_CLASS_LINE));
        FUZZ_CHECK(mg_text_columns(line) <= 2 * (guint)g_utf8_strlen(line, -1));
        check_runs(text, n, TRUE);
        check_runs(text, n, FALSE);
        check_unflow(text, n, TRUE);
        check_unflow(text, n, FALSE);
        g_autoptr(GString) drawn = g_string_new(text);
        mg_text_cut_drawings(drawn);
        FUZZ_CHECK(mg_text_is(drawn->str, drawn->len, MG_CLASS_TEXT));
        FUZZ_CHECK(mg_text_count_links(text, n) <= n);
        mg_text_is_placeholder(text);
        check_links(text);
        check_jis(text);
        check_compose(text, line);
        check_grammar(s, size);
        return 0;
}
