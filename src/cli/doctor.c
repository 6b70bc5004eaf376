/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mugai doctor: what is at fault, from what can be seen or from what people complain of, each with the command that
 * mends it. Looks alone; what check finds is found by check's own code.
 */
#include "cli/doctor.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "cli/check.h"
#include "cli/cli.h"
#include "cli/postfix_run.h"
#include "cli/scanner.h"

static const struct {
        const char *word;
        const char *ja;
        const char *en;
} faults[_MG_DOCTOR_N] = {
#define FAULT_ROW(name, word, japanese, english) {word, japanese, english},
        MG_FAULTS(FAULT_ROW)
#undef FAULT_ROW
};

/* Of a symptom the faults that can explain it, and what it was answered. */
static gboolean is_asked(const MgDoctor *doctor, const MgSymptom *symptom, guint i) {
        MgDoctorFault fault = mg_doctor_fault(g_array_index(doctor->findings, MgFinding, i).id);

        return symptom == NULL || (symptom->faults & 1U << fault) != 0 || i >= doctor->answers;
}

static guint append_fault(GString *text, const MgDoctor *doctor, const MgSymptom *symptom, MgDoctorFault fault) {
        guint n = 0;

        for (guint i = 0; i < doctor->findings->len; i++) {
                const MgFinding *finding = &g_array_index(doctor->findings, MgFinding, i);
                if (mg_doctor_fault(finding->id) != fault || !is_asked(doctor, symptom, i))
                        continue;
                if (n++ == 0)
                        g_string_append_printf(text, "[%s] %s / %s\n", faults[fault].word, faults[fault].ja,
                                               faults[fault].en);
                g_autofree char *command = mg_doctor_command(doctor, finding);
                mg_findings_append(text, finding, command);
        }
        return n;
}

char *mg_doctor_text(const MgDoctor *doctor, const MgSymptom *symptom) {
        GString *text = g_string_new(NULL);
        guint n = 0;

        if (symptom != NULL)
                g_string_append_printf(text, "%s / %s\n\n", symptom->japanese, symptom->english);
        for (guint fault = 0; fault < _MG_DOCTOR_N; fault++) {
                guint found = append_fault(text, doctor, symptom, fault);
                n += found;
                g_string_append(text, found > 0 ? "\n" : "");
        }
        if (n == 0)
                g_string_append(text, "悪いところは見つかりませんでした。\nNothing was found that is wrong.\n");
        if (symptom != NULL) {
                g_auto(GStrv) lines = g_strsplit(symptom->next, "\n", -1);
                g_string_append(text, "さらに調べるには / to look further:\n");
                for (char **line = lines; *line != NULL && **line != '\0'; line++)
                        g_string_append_printf(text, "    $ %s\n", *line);
        }
        return g_string_free(text, FALSE);
}

static gboolean is_unsafe(const MgDoctor *doctor, const MgSymptom *symptom) {
        for (guint i = 0; i < doctor->findings->len; i++) {
                const MgFinding *finding = &g_array_index(doctor->findings, MgFinding, i);
                if (finding->severity != MG_SEVERITY_NOTE && is_asked(doctor, symptom, i))
                        return TRUE;
        }
        return FALSE;
}

char *mg_doctor_json(const MgDoctor *doctor, const MgSymptom *symptom) {
        json_t *root = json_object(), *list = mg_findings_list(doctor->findings), *asked = json_array(),
               *next = json_array();
        g_auto(GStrv) lines = g_strsplit(symptom != NULL ? symptom->next : "", "\n", -1);

        for (guint i = 0; i < doctor->findings->len; i++) {
                const MgFinding *finding = &g_array_index(doctor->findings, MgFinding, i);
                json_t *object = json_array_get(list, i);
                g_autofree char *command = mg_doctor_command(doctor, finding);
                g_autofree char *valid = g_utf8_make_valid(command, -1);

                json_object_set_new(object, "fault", json_string(faults[mg_doctor_fault(finding->id)].word));
                json_object_set_new(object, "command", json_string(valid));
                if (is_asked(doctor, symptom, i))
                        json_array_append(asked, object);
        }
        for (char **line = lines; *line != NULL && **line != '\0'; line++)
                json_array_append_new(next, json_string(*line));
        json_object_set_new(root, "symptom", json_string(symptom != NULL ? symptom->word : ""));
        json_object_set_new(root, "unsafe", json_boolean(is_unsafe(doctor, symptom)));
        json_object_set_new(root, "findings", asked);
        json_object_set_new(root, "next", next);
        json_decref(list);
        char *dump = json_dumps(root, JSON_INDENT(2));
        char *text = g_strconcat(dump, "\n", NULL);
        free(dump);
        json_decref(root);
        return text;
}

static void look(const MgDoctor *doctor, const char *clamd_conf) {
        g_autoptr(GError) error = NULL;

        mg_check_host(doctor->config, clamd_conf, doctor->findings);
        if (!mg_postfix_run(doctor->config, doctor->folder, FALSE, doctor->findings, &error)) {
                g_autofree char *en = g_strdup_printf("Postfix cannot be looked at: %s.", error->message);
                mg_findings_add(doctor->findings, "postfix.unreadable", MG_SEVERITY_WARNING, "",
                                "Postfix の設定を読めません。", en, "apt-get install postfix, or --postfix-dir FOLDER");
        }
        mg_doctor_queue(doctor);
        mg_doctor_ports(doctor);
        mg_doctor_mails(doctor);
        mg_doctor_clock(doctor);
}

/* A configuration that does not load is the first fault of all, and no reason to say nothing. */
static MgConfig *load(const char *file, MgDoctor *doctor) {
        g_autoptr(GError) error = NULL;
        gboolean standard = file == NULL && g_file_test(MG_SYSCONF_DIR "/mugai.conf", G_FILE_TEST_EXISTS);
        MgConfig *config = mg_config_load_with(standard ? MG_SYSCONF_DIR "/mugai.conf" : file, "", &error);

        if (config == NULL)
                mg_findings_add(doctor->findings, "config.faulty", MG_SEVERITY_ERROR, file != NULL ? file : "",
                                "設定を読み込めません。動作中のものはそのままですが、次は起動しません。",
                                error->message,
                                "correct that line; what runs goes on as it is, and nothing starts until it loads");
        return config;
}

static int usage(const char *word) {
        g_autoptr(GString) words = g_string_new(NULL);

        for (const MgSymptom *symptom = mg_symptoms(); symptom->word != NULL; symptom++)
                g_string_append_printf(words, "%s%s (%s)", words->len > 0 ? ", " : "", symptom->word,
                                       symptom->japanese_word);
        return mg_cli_fail(EX_USAGE, "there is no symptom \"%s\"; there are %s", word, words->str);
}

int mg_command_doctor(const MgCommand *command, int argc, char **argv) {
        g_autofree char *file = NULL, *folder = NULL, *clamd_conf = NULL;
        g_autoptr(GArray) findings = mg_findings_new();
        MgDoctor doctor = {.findings = findings};
        gboolean json = FALSE;
        int code = EX_OK;
        const GOptionEntry entries[] = {
                {"config", 'c', 0, G_OPTION_ARG_FILENAME, &file, "Configuration", "FILE"},
                {"postfix-dir", 0, 0, G_OPTION_ARG_FILENAME, &folder,
                 "Postfix's configuration folder (default: its own)", "FOLDER"},
                {"clamd-conf", 0, 0, G_OPTION_ARG_FILENAME, &clamd_conf,
                 "Configuration of the scanner (default: " MG_SCANNER_CONF ")", "FILE"},
                {"json", 'j', 0, G_OPTION_ARG_NONE, &json, "A JSON object", NULL},
                {0},
        };
        g_auto(GStrv) operands = mg_cli_parse(command, entries, argc, argv, 0, 2);

        if (operands == NULL)
                return EX_USAGE;
        const MgSymptom *symptom = operands[0] != NULL ? mg_symptom_find(operands[0]) : NULL;
        if (operands[0] != NULL && symptom == NULL)
                return usage(operands[0]);
        g_autoptr(MgConfig) config = load(file, &doctor);
        doctor.config = config;
        doctor.path = config != NULL ? config->path : file;
        doctor.folder = folder;
        if (config != NULL && (symptom == NULL || symptom->faults != 0))
                look(&doctor, clamd_conf != NULL ? clamd_conf : MG_SCANNER_CONF);
        const char *mail = symptom != NULL ? operands[1] : NULL;
        doctor.answers = findings->len;
        if (config != NULL && symptom != NULL && symptom->ask != NULL && (mail != NULL || !symptom->of_mail))
                code = symptom->ask(&doctor, mail);
        if (code != EX_OK)
                return code;
        g_autofree char *text = json ? mg_doctor_json(&doctor, symptom) : mg_doctor_text(&doctor, symptom);
        mg_cli_print(text);
        code = mg_cli_flush();
        return code == EX_OK && is_unsafe(&doctor, symptom) ? 1 : code;
}
