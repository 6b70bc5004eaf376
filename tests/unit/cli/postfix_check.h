/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* postfix_check: recorded output of postconf -> findings. */
#include "cli/postfix.h"

/* Findings on main.cf, master.cf and overrides, each of two pieces of which the second one wins. Owned. */
static inline GArray *check_pieces(const char *const main[2], const char *const master[2],
                                   const char *const overrides[2], const MgPostfixSide *side) {
        g_autofree char *all_main = g_strconcat(main[0], main[1], NULL);
        g_autofree char *all_master = g_strconcat(master[0], master[1], NULL);
        g_autofree char *all_overrides = g_strconcat(overrides[0], overrides[1], NULL);
        g_autoptr(MgPostfix) postfix = mg_postfix_parse(all_main, all_master, all_overrides);
        GArray *findings = mg_findings_new();

        mg_postfix_check(postfix, side, findings);
        return findings;
}

/* Those that are more than a note. */
static inline guint count_wrong(const GArray *findings) {
        guint wrong = 0;

        for (guint i = 0; i < findings->len; i++)
                wrong += g_array_index(findings, MgFinding, i).severity != MG_SEVERITY_NOTE;
        return wrong;
}
