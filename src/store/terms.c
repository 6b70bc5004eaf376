/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the recipients of a mail to what holds for it. Knows no mail and no row.
 */
#include "store/terms.h"

MgTerms *mg_terms_new(MgOrganizations *organizations, MgSeal *seal) {
        MgTerms *terms = g_atomic_rc_box_new0(MgTerms);

        terms->organizations = mg_organizations_ref(organizations);
        terms->seal = seal;
        return terms;
}

MgTerms *mg_terms_ref(MgTerms *terms) {
        return g_atomic_rc_box_acquire(terms);
}

static void terms_clear(gpointer data) {
        MgTerms *terms = data;

        mg_organizations_unref(terms->organizations);
        mg_seal_unref(terms->seal);
}

void mg_terms_unref(MgTerms *terms) {
        if (terms)
                g_atomic_rc_box_release_full(terms, terms_clear);
}

char **mg_terms_names(const MgTerms *terms, const GPtrArray *recipients) {
        g_autoptr(GPtrArray) names = g_ptr_array_new();

        for (guint i = 0; i < recipients->len; i++) {
                const char *name = mg_organizations_of(terms->organizations, g_ptr_array_index(recipients, i))->name;

                if (!g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL))
                        g_ptr_array_add(names, g_strdup(name));
        }
        if (names->len == 0)
                g_ptr_array_add(names, g_strdup(""));
        g_ptr_array_add(names, NULL);
        return (char **)g_ptr_array_steal(names, NULL);
}

MgSeal *mg_terms_seal(const MgTerms *terms, char **names) {
        g_autoptr(GArray) places = g_array_new(FALSE, FALSE, sizeof(guint));

        if (!terms->seal)
                return NULL;
        for (char **name = names; *name; name++)
                g_array_append_val(places, mg_organizations_named(terms->organizations, *name)->sealing);
        return mg_seal_part(terms->seal, (const guint *)(gpointer)places->data, places->len);
}
