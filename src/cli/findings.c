/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Findings of check: collecting and printing them.
 * Does not look for any: that is done by check.c and postfix.c.
 */
#include "cli/findings.h"

#include <stdlib.h>
#include <string.h>

static const char *const severity_names[_MG_SEVERITY_N] = {
        [MG_SEVERITY_ERROR] = "error",
        [MG_SEVERITY_WARNING] = "warning",
        [MG_SEVERITY_NOTE] = "note",
};

static void finding_clear(gpointer data) {
        MgFinding *finding = data;

        g_free(finding->subject);
        g_free(finding->ja);
        g_free(finding->en);
        g_free(finding->mend);
}

GArray *mg_findings_new(void) {
        GArray *findings = g_array_new(FALSE, TRUE, sizeof(MgFinding));

        g_array_set_clear_func(findings, finding_clear);
        return findings;
}

void mg_findings_add(GArray *findings, const char *id, MgSeverity severity, const char *subject, const char *ja,
                     const char *en, const char *mend) {
        MgFinding finding = {
                .id = id,
                .severity = severity,
                .subject = g_strdup(subject != NULL ? subject : ""),
                .ja = g_strdup(ja != NULL ? ja : ""),
                .en = g_strdup(en != NULL ? en : ""),
                .mend = g_strdup(mend != NULL ? mend : ""),
        };
        g_array_append_val(findings, finding);
}

gboolean mg_findings_unsafe(const GArray *findings) {
        for (guint i = 0; i < findings->len; i++) {
                if (g_array_index(findings, MgFinding, i).severity != MG_SEVERITY_NOTE)
                        return TRUE;
        }
        return FALSE;
}

const MgFinding *mg_findings_get(const GArray *findings, const char *id) {
        for (guint i = 0; i < findings->len; i++) {
                const MgFinding *finding = &g_array_index(findings, MgFinding, i);
                if (g_str_equal(finding->id, id))
                        return finding;
        }
        return NULL;
}

/* What is read may come from a configuration file: nothing that a terminal obeys goes out. */
static void append_line(GString *text, const char *label, const char *value) {
        g_autofree char *valid = g_utf8_make_valid(value, -1);

        if (*valid == '\0')
                return;
        g_string_append(text, label);
        for (const char *s = valid; *s != '\0'; s = g_utf8_next_char(s)) {
                gunichar c = g_utf8_get_char(s);
                g_string_append_unichar(text, g_unichar_iscntrl(c) ? ' ' : c);
        }
        g_string_append_c(text, '\n');
}

void mg_findings_append(GString *text, const MgFinding *finding, const char *command) {
        g_autofree char *head = g_strdup_printf("%s %s%s%s", severity_names[finding->severity], finding->id,
                                                *finding->subject != '\0' ? ": " : "", finding->subject);

        append_line(text, "", head);
        append_line(text, "    ", finding->ja);
        append_line(text, "    ", finding->en);
        append_line(text, "    -> ", strcmp(finding->mend, command) != 0 ? finding->mend : "");
        append_line(text, "    $ ", command);
}

char *mg_findings_text(const GArray *findings) {
        GString *text = g_string_new(NULL);
        guint counts[_MG_SEVERITY_N] = {0};

        for (guint i = 0; i < findings->len; i++) {
                const MgFinding *finding = &g_array_index(findings, MgFinding, i);
                mg_findings_append(text, finding, "");
                counts[finding->severity]++;
        }
        g_string_append_printf(text, "%u errors, %u warnings, %u notes\n", counts[MG_SEVERITY_ERROR],
                               counts[MG_SEVERITY_WARNING], counts[MG_SEVERITY_NOTE]);
        return g_string_free(text, FALSE);
}

static json_t *utf8(const char *value) {
        g_autofree char *valid = g_utf8_make_valid(value, -1);

        return json_string(valid);
}

json_t *mg_findings_list(const GArray *findings) {
        json_t *list = json_array();

        for (guint i = 0; i < findings->len; i++) {
                const MgFinding *finding = &g_array_index(findings, MgFinding, i);
                json_t *object = json_object();
                json_object_set_new(object, "id", json_string(finding->id));
                json_object_set_new(object, "severity", json_string(severity_names[finding->severity]));
                json_object_set_new(object, "subject", utf8(finding->subject));
                json_object_set_new(object, "ja", utf8(finding->ja));
                json_object_set_new(object, "en", utf8(finding->en));
                json_object_set_new(object, "mend", utf8(finding->mend));
                json_array_append_new(list, object);
        }
        return list;
}

char *mg_findings_json(const GArray *findings) {
        json_t *root = json_object();

        json_object_set_new(root, "unsafe", json_boolean(mg_findings_unsafe(findings)));
        json_object_set_new(root, "findings", mg_findings_list(findings));
        char *dump = json_dumps(root, JSON_INDENT(2));
        char *text = g_strconcat(dump, "\n", NULL);
        free(dump);
        json_decref(root);
        return text;
}
