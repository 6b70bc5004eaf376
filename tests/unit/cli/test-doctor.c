/* SPDX-License-Identifier: Apache-2.0 */
/* Lines that mend Postfix become commands of postconf; every finding belongs to the fault that people know it by. */
#include "cli/doctor.h"

static void expect_command(const MgDoctor *doctor, const char *id, const char *mend, const char *command) {
        g_autoptr(GArray) findings = mg_findings_new();

        mg_findings_add(findings, id, MG_SEVERITY_ERROR, "", "", "", mend);
        g_autofree char *got = mg_doctor_command(doctor, &g_array_index(findings, MgFinding, 0));
        g_assert_cmpstr(got, ==, command);
}

static void test_postfix(void) {
        const MgDoctor own = {0}, other = {.folder = "/tmp/p x"};

        expect_command(&own, "postfix.protocol", "main.cf: milter_protocol = 6",
                       "postconf -e 'milter_protocol = 6' && postfix reload");
        expect_command(&other, "postfix.protocol", "main.cf: milter_protocol = 6",
                       "postconf -c '/tmp/p x' -e 'milter_protocol = 6' && postfix -c '/tmp/p x' reload");
        expect_command(&own, "postfix.always-bcc",
                       "main.cf: always_bcc =", "postconf -e 'always_bcc =' && postfix reload");
        expect_command(&own, "postfix.milter-missing", "master.cf, smtp inet: -o smtpd_milters=unix:/run/m.sock",
                       "postconf -P smtp/inet/smtpd_milters=unix:/run/m.sock && postfix reload");
        expect_command(&own, "postfix.milter-missing", "master.cf, 192.0.2.1:25 inet: -o { a_b = x, y 'z }",
                       "postconf -P '192.0.2.1:25/inet/a_b=x, y '\\''z' && postfix reload");
        expect_command(&own, "postfix.pickup", "master.cf: remove the service pickup", "");
        expect_command(&own, "postfix.milter-not-last", "smtpd_milters: put unix:/x last", "");
}

static void test_faults(void) {
        static const struct {
                const char *id;
                MgDoctorFault fault;
        } rows[] = {
                {"config.faulty", MG_DOCTOR_CONFIG},
                {"roles.silent", MG_DOCTOR_DOWN},
                {"disk.low", MG_DOCTOR_ROOM},
                {"store.quota-near", MG_DOCTOR_ROOM},
                {"store.unsealed", MG_DOCTOR_KEYS},
                {"release.key-locked", MG_DOCTOR_KEYS},
                {"release.port-silent", MG_DOCTOR_RELEASE},
                {"postfix.release-size", MG_DOCTOR_RELEASE},
                {"postfix.bypass", MG_DOCTOR_BYPASS},
                {"postfix.queue", MG_DOCTOR_HOP},
                {"postfix.bare-newline", MG_DOCTOR_WIRING},
                {"scan.silent", MG_DOCTOR_SCANNER},
                {"clock.behind", MG_DOCTOR_CLOCK},
                {"mail.failed", MG_DOCTOR_MAILS},
                {"rules.expired", MG_DOCTOR_RULES},
                {"kernel.seccomp", MG_DOCTOR_HOST},
                {"folders.writable", MG_DOCTOR_HOST},
        };

        for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
                g_assert_cmpint(mg_doctor_fault(rows[i].id), ==, rows[i].fault);
}

/* Each is found by both of its words, and has something to say. */
static void test_symptoms(void) {
        guint n = 0;

        for (const MgSymptom *symptom = mg_symptoms(); symptom->word != NULL; symptom++, n++) {
                g_assert_true(mg_symptom_find(symptom->word) == symptom);
                g_assert_true(mg_symptom_find(symptom->japanese_word) == symptom);
                g_assert_true(symptom->faults != 0 || symptom->ask != NULL);
                g_assert_true(g_str_has_suffix(symptom->next, "\n"));
        }
        g_assert_cmpuint(n, >=, 5);
        g_assert_null(mg_symptom_find(""));
        g_assert_null(mg_symptom_find("broken"));
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/cli/doctor/postfix", test_postfix);
        g_test_add_func("/cli/doctor/faults", test_faults);
        g_test_add_func("/cli/doctor/symptoms", test_symptoms);
        return g_test_run();
}
