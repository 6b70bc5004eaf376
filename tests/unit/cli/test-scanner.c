/* SPDX-License-Identifier: Apache-2.0 */
/* What clamd's VERSION says of the age of its signatures; that no scanner is a finding where a rule asks for it. */
#include "cli/scanner.h"

static void test_signed(void) {
        static const char *const without[] = {"",
                                              "ClamAV 1.4.6",
                                              "ClamAV 1.4.6/27000",
                                              "ClamAV 1.4.6/27000/",
                                              "ClamAV 1.4.6/27000/soon",
                                              "ClamAV 1.4.6/27000/Thu Nov 26 09:00:00 2026 and more"};
        g_autoptr(GDateTime) when = g_date_time_new_local(2026, 11, 26, 9, 0, 0);

        g_assert_cmpint(mg_scanner_signed("ClamAV 1.4.6/27000/Thu Nov 26 09:00:00 2026"), ==,
                        g_date_time_to_unix(when));
        for (guint i = 0; i < G_N_ELEMENTS(without); i++)
                g_assert_cmpint(mg_scanner_signed(without[i]), ==, 0);
}

static void test_none(void) {
        g_autoptr(MgConfig) config = mg_config_load(NULL, NULL);
        g_autoptr(GArray) findings = mg_findings_new();

        g_assert_nonnull(config);
        mg_scanner_check(config, "/nonexistent", findings);
        g_assert_cmpuint(findings->len, ==, 0);
}

/* A socket at which nobody is. */
static void test_silent(void) {
        g_autoptr(MgConfig) config = mg_config_load(NULL, NULL);
        g_autoptr(GArray) findings = mg_findings_new();
        const MgFinding *finding;

        g_free(config->scan_socket);
        config->scan_socket = g_strdup("/nonexistent/clamd");
        mg_scanner_check(config, "/nonexistent", findings);
        finding = mg_findings_get(findings, "scan.silent");
        g_assert_nonnull(finding);
        g_assert_cmpint(finding->severity, ==, MG_SEVERITY_WARNING);
        g_assert_cmpuint(findings->len, ==, 1);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/cli/scanner/signed", test_signed);
        g_test_add_func("/cli/scanner/none", test_none);
        g_test_add_func("/cli/scanner/silent", test_silent);
        return g_test_run();
}
