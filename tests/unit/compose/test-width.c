/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the gateway writes keeps to 76 columns, counted as a font of East Asia shows them, whatever names and numbers
 * stand in it, and loses no character by that.
 */
#include "compose/notice.h"

#include <string.h>

#include "base/link.h"
#include "sample.h"

#define ZWJ "\xE2\x80\x8D"

/* Names are repetitions of these, to 255 characters. */
static const char *const units[] = {
        "a",
        "漢",
        "long name with blanks ",
        "見積書（最終版）、確認済。",
        "aあ",
        "a.b.",
        "http://a.b.c.d/",
        "か\xE3\x82\x99",
        "━①",
        "Ж",
        "ｶﾞ",
        "z\xCC\x80\xCC\x81\xCC\x82\xCC\x83",
        "\xF0\x9F\x91\xA8" ZWJ "\xF0\x9F\x91\xA9" ZWJ "\xF0\x9F\x91\xA7",
        "\xF0\x9F\x91\xA8" ZWJ,
        "\xF0\x9F\x91\x8D\xF0\x9F\x8F\xBD",
        "\xF0\x9F\x87\xAF\xF0\x9F\x87\xB5",
        "葛\xF3\xA0\x84\x80",
        "\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB",
        "begin 644 a ",
        "　",
        "x                                                                            ",
};

/* At most n characters of repetitions of the unit, of class LINE. Caller frees. */
static char *repeat(const char *unit, gsize n) {
        g_autoptr(GString) raw = g_string_new(NULL);

        while ((gsize)g_utf8_strlen(raw->str, -1) < n)
                g_string_append(raw, unit);
        g_string_truncate(raw, (gsize)(g_utf8_offset_to_pointer(raw->str, (glong)n) - raw->str));
        return mg_text_clean(raw->str, raw->len, MG_CLASS_LINE, 0, NULL);
}

static Sample *sample_with(const char *unit, gsize n, guint32 languages, MgCharset charset, MgLinkMode links) {
        Sample *sample = sample_new(sample_policy(languages, charset, links));
        g_autofree char *name = repeat(unit, n), *local = repeat("local-part.", 200);
        g_autofree char *address = g_strdup_printf("%s@%s.jp", local, local);
        MgFacts *facts;

        for (guint kind = 0; kind < _MG_PART_KIND_N; kind++)
                sample_add_part(sample, kind, name, "Office文書 (旧形式)", G_MAXUINT64);
        for (MgTextId why = MG_TEXT_why_program; why < MG_TEXT_why_file; why++) {
                sample_add_part(sample, MG_PART_ATTACHMENT, "a", "x", 0);
                sample_say_why(sample, why);
        }
        facts = g_ptr_array_index(sample->reading->parts, _MG_PART_KIND_N - 1);
        g_ptr_array_add(facts->names, g_strdup(name));
        sample_add_part(sample, MG_PART_ATTACHMENT, "", "OpenDocumentプレゼンテーション", 0);
        sample->reading->marks = _MG_MARK_ALL;
        sample->reading->replaced = sample->reading->guessed = sample->reading->hidden = G_MAXUINT32;
        mg_reading_add_value(sample->reading, MG_FIELD_REPLY_TO, name, address);
        g_free(sample->envelope->from);
        sample->envelope->from = g_steal_pointer(&name);
        sample->input.size = G_MAXUINT64;
        return sample;
}

/* Whether the line that goes on ends within what is drawn as one: only where it must, which no name here asks for. */
static gboolean cuts(const char *line, const char *next) {
        const char *last = g_utf8_find_prev_char(line, line + strlen(line));
        gunichar c = g_utf8_get_char(next + strspn(next, " "));

        return g_unichar_ismark(c) || c == 0x200D || (c >= 0x1F3FB && c <= 0x1F3FF) ||
               (last && g_utf8_get_char(last) == 0x200D);
}

static void check_lines(const char *text, gboolean chain) {
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

        for (guint i = 0; lines[i]; i++) {
                if (mg_text_columns_east(lines[i], strlen(lines[i])) > 76)
                        g_error("%u columns: %s", mg_text_columns_east(lines[i], strlen(lines[i])), lines[i]);
                g_assert_cmpuint(strlen(lines[i]), <=, 998);
                g_assert_true(mg_text_is(lines[i], strlen(lines[i]), MG_CLASS_TEXT));
                if (!chain && lines[i + 1] && *lines[i] && cuts(lines[i], lines[i + 1]))
                        g_error("cut: %s\n%s", lines[i], lines[i + 1]);
        }
}

static void make(const Sample *sample, MgOutcome outcome, char **text) {
        g_autoptr(MgJis) jis = sample->policy->charset == MG_CHARSET_ISO_2022_JP ? mg_jis_new() : NULL;
        g_auto(MgNoticeText) made = {0};

        sample->decision->outcome = outcome;
        mg_notice_make(&sample->input, jis, &made);
        *text = g_steal_pointer(&made.text);
}

/* Every name in every policy, with everything in the notice that can be. */
static void test_all(void) {
        for (gsize i = 0; i < G_N_ELEMENTS(units) * 3 * 2 * 4; i++) {
                const char *unit = units[i % G_N_ELEMENTS(units)];
                gsize policy = i / G_N_ELEMENTS(units);
                guint32 languages = 1 + (guint32)policy % 3;
                g_autoptr(Sample) sample = sample_with(unit, 255, languages, policy / 3 % 2, policy / 6);
                g_autofree char *whole = NULL, *none = NULL, *failed = NULL;

                make(sample, MG_OUTCOME_CONVERTED, &whole);
                check_lines(whole, g_str_has_suffix(unit, ZWJ));
                g_assert_true(sample->policy->links == MG_LINKS_TEXT || mg_link_find_live(whole, strlen(whole)) == -1);
                make(sample, MG_OUTCOME_FAILED, &failed);
                check_lines(failed, g_str_has_suffix(unit, ZWJ));
                sample_set_body(sample, "", 0);
                make(sample, MG_OUTCOME_CONVERTED, &none);
                check_lines(none, g_str_has_suffix(unit, ZWJ));
        }
}

/* Names of every length: the place of the last line's end is met, too. */
static void test_lengths(void) {
        for (gsize n = 1; n <= 255; n++) {
                for (gsize i = 0; i < 6; i++) {
                        g_autoptr(Sample) sample = sample_with(units[i], n, MG_LANGUAGE_JA | MG_LANGUAGE_EN,
                                                               MG_CHARSET_UTF_8, MG_LINKS_DEFANG);
                        g_autofree char *text = NULL;

                        make(sample, MG_OUTCOME_CONVERTED, &text);
                        check_lines(text, FALSE);
                }
        }
}

static char *without_blanks(const char *text) {
        GString *out = g_string_new(NULL);

        for (const char *p = text; *p; p = g_utf8_next_char(p))
                if (!g_unichar_isspace(g_utf8_get_char(p)))
                        g_string_append_unichar(out, g_utf8_get_char(p));
        return g_string_free(out, FALSE);
}

/* All of a name is there but blanks, in order; "> " stands before a line that looks like the beginning of a file. */
static void test_nothing_lost(void) {
        for (gsize i = 0; i < G_N_ELEMENTS(units); i++) {
                g_autoptr(Sample) sample = sample_with(units[i], 255, MG_LANGUAGE_EN, MG_CHARSET_UTF_8, MG_LINKS_TEXT);
                g_autofree char *text = NULL, *got = NULL, *name = repeat(units[i], 255);
                g_autofree char *want = without_blanks(name);

                make(sample, MG_OUTCOME_CONVERTED, &text);
                got = without_blanks(text);
                if (!g_str_has_prefix(units[i], "begin") && !strstr(got, want))
                        g_error("%s is not in %s", want, got);
        }
}

/* What goes on is indented, so that no name makes a line that looks like one of the gateway's own. */
static void test_indent(void) {
        g_autoptr(Sample) sample = sample_new(sample_policy(MG_LANGUAGE_JA, MG_CHARSET_UTF_8, MG_LINKS_DEFANG));
        g_autofree char *kanji = repeat("漢", 37), *text = NULL;
        g_autofree char *name = g_strconcat(kanji, " 原本の受付番号: 1234-5678-90", NULL);

        sample_add_part(sample, MG_PART_ATTACHMENT, name, "Excelブック", 24 * 1024);
        make(sample, MG_OUTCOME_CONVERTED, &text);
        g_assert_nonnull(strstr(text, "漢漢\n  原本の受付番号: 1234-5678-90（Excelブック、24 KB）\n"));
        g_assert_null(strstr(text, "1234-5678-90（必要"));
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/width/all", test_all);
        g_test_add_func("/width/lengths", test_lengths);
        g_test_add_func("/width/nothing-lost", test_nothing_lost);
        g_test_add_func("/width/D12-indent", test_indent);
        return g_test_run();
}
