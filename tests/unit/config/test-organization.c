/* SPDX-License-Identifier: Apache-2.0 */
/* From an address to an organization: whole domains, domains below one, the longest that fits. */
#include "config/organization.h"

static MgOrganizations *make(void) {
        static const struct {
                const char *name, *domains;
        } rows[] = {{"city", "city.example.jp .city.example.jp"},
                    {"school", "school.city.example.jp .school.city.example.jp"},
                    {"all", ".jp"}};
        MgOrganizations *all = mg_organizations_new();

        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                MgOrganization *one = mg_organizations_add(all, rows[i].name);
                const MgOrganization *owner;
                g_autofree char *domain = NULL;

                g_free(one->domains);
                one->domains = g_strdup(rows[i].domains);
                g_assert_true(mg_organizations_take_domains(all, one, &domain, &owner));
        }
        return all;
}

static void test_addresses(void) {
        static const struct {
                const char *address, *name;
        } rows[] = {
                {"a@city.example.jp", "city"},
                {"A.B@CITY.Example.JP", "city"},
                {"a@city.example.jp.", "city"},
                {"a@tax.city.example.jp", "city"},
                {"a@b.c.d.city.example.jp", "city"},
                {"a@school.city.example.jp", "school"},
                {"a@first.school.city.example.jp", "school"},
                {"a@notcity.example.jp", "all"},
                {"a@example.jp", "all"},
                {"a@jp", ""},
                {"a@example.org", ""},
                {"\"x@example.org\"@city.example.jp", "city"},
                {"a@city.example.jp@example.org", ""},
                {"city.example.jp", ""},
                {"", ""},
                {"@", ""},
                {"a@.", ""},
                {"a@..jp", "all"},
                {"a@[192.0.2.1]", ""},
                {"a@市.example.jp", "all"},
        };
        g_autoptr(MgOrganizations) all = make();

        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_test_message("%s", rows[i].address);
                g_assert_cmpstr(mg_organizations_of(all, rows[i].address)->name, ==, rows[i].name);
        }
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/config/organization/addresses", test_addresses);
        return g_test_run();
}
