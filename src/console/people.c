/* SPDX-License-Identifier: Apache-2.0 */
/*
 * People: who is registered, and one of them. Who may change whom is the store's to say (people_edit.c has the acts).
 */
#include "console/people.h"

#include <string.h>

#include "base/error.h"
#include "base/people_client.h"
#include "console/handlers.h"
#include "console/names.h"

#define MANAGERS (MG_DUTY_OFFICER | MG_DUTY_ADMINISTRATOR)

static char *join(const GPtrArray *addresses, const char *separator) {
        GString *text = g_string_new(NULL);

        for (guint i = 0; i < addresses->len; i++)
                g_string_append_printf(text, "%s%s", i > 0 ? separator : "",
                                       (const char *)g_ptr_array_index(addresses, i));
        return g_string_free(text, FALSE);
}

/* "" as long as he may act. */
static const char *state_of(gboolean english, const MgPerson *person) {
        if (person->disabled > 0)
                return mg_words(english, N_("disabled"));
        if (person->until > 0 && person->until <= g_get_real_time() / G_USEC_PER_SEC)
                return mg_words(english, N_("past its last day"));
        return "";
}

void mg_people_facts(MgPage *page, const MgPerson *person) {
        g_autofree char *duties = mg_name_duties(page->english, person->duties);
        g_autofree char *words = mg_duties_text(person->duties, " ");
        g_autofree char *addresses = join(person->addresses, ", ");

        mg_page_facts(page, "person");
        mg_page_fact(page, "login", T(page, N_("Login name")), person->login);
        mg_page_fact(page, "name", T(page, N_("Name")), person->name);
        mg_page_fact(page, "organization", T(page, N_("Organization")), person->organization);
        mg_page_fact_word(page, "duties", T(page, N_("Duties")), words, duties);
        mg_page_fact(page, "addresses", T(page, N_("Mail addresses")), addresses);
        mg_page_fact(page, "scope", T(page, N_("Audit scope")), person->scope);
        mg_page_fact_time(page, "until", T(page, N_("Until")), person->until);
        mg_page_fact_time(page, "disabled", T(page, N_("Disabled since")), person->disabled);
        mg_page_fact_word(page, "password", T(page, N_("Password")), person->has_password ? "yes" : "no",
                          person->has_password ? T(page, N_("set")) : T(page, N_("none")));
        mg_page_fact_word(page, "totp", T(page, N_("Authenticator")), person->has_totp ? "yes" : "no",
                          person->has_totp ? T(page, N_("set")) : T(page, N_("none")));
        mg_page_fact_number(page, "tokens", T(page, N_("Tokens of programs")), person->tokens);
        mg_page_facts_end(page);
}

static void put_row(MgPage *page, const MgPerson *person) {
        g_autofree char *path = g_strconcat("/people/", person->login, NULL);
        g_autofree char *duties = mg_name_duties(page->english, person->duties);
        g_autofree char *words = mg_duties_text(person->duties, " ");
        g_autofree char *addresses = join(person->addresses, ", ");

        mg_page_row(page);
        mg_page_cell_link(page, "login", path, person->login, person->login);
        mg_page_cell(page, "name", person->name);
        mg_page_cell_word(page, "duties", words, duties);
        mg_page_cell(page, "organization", person->organization);
        mg_page_cell(page, "addresses", addresses);
        mg_page_cell(page, "state", state_of(page->english, person));
        mg_page_row_end(page);
}

/* person NULL: a new one. */
static void put_fields(MgPage *page, const MgPerson *person) {
        g_autofree char *addresses = person ? join(person->addresses, " ") : NULL;

        mg_page_input(page, "text", "name", T(page, N_("Name")), person ? person->name : NULL, NULL, "off",
                      MG_INPUT_REQUIRED);
        mg_page_input(page, "text", "addresses", T(page, N_("Mail addresses")), addresses,
                      T(page, N_("A blank between several.")), "off", MG_INPUT_WIDE);
        mg_page_input(page, "text", "organization", T(page, N_("Organization")), person ? person->organization : NULL,
                      T(page, N_("Empty where there is one only.")), "off", MG_INPUT_PLAIN);
        mg_page_input(page, "date", "until", T(page, N_("Last day")), NULL, T(page, N_("Empty: no end, or as it is.")),
                      "off", MG_INPUT_PLAIN);
        mg_page_group(page, T(page, N_("Duties")));
        for (guint i = 0; i < _MG_DUTY_N; i++)
                mg_page_check(page, "checkbox", "duty", mg_duty_name((MgDuty)(1u << i)),
                              mg_name_duty(page->english, 1u << i), person && person->duties & 1u << i);
        mg_page_group_end(page);
}

static void put_add_form(MgVisit *visit) {
        MgPage *page = &visit->page;

        if (!mg_visit_is(visit, MANAGERS))
                return;
        mg_page_heading(page, T(page, N_("Register a person")));
        mg_page_form(page, "/people");
        mg_page_input(page, "text", "login", T(page, N_("Login name")), NULL,
                      T(page, N_("Lower case letters, digits and ._-")), "off", MG_INPUT_REQUIRED);
        put_fields(page, NULL);
        mg_page_submit(page, NULL, NULL, T(page, N_("Register")), "main");
        mg_page_form_end(page);
        mg_page_link(page, "/import", T(page, N_("Many at once: import a table of people")));
}

void mg_handle_people(MgVisit *visit) {
        MgPage *page = &visit->page;
        g_autoptr(GPtrArray) persons = g_ptr_array_new_with_free_func((GDestroyNotify)mg_person_free);
        GError *error = NULL;

        if (!mg_people_list(&visit->asker, "", persons, &error)) {
                mg_visit_fault(visit, error);
                return;
        }
        mg_visit_begin(visit, mg_words(visit->http->english, N_("People")));
        mg_page_table(page, "people", T(page, N_("Registered people")), T(page, N_("Login name")), T(page, N_("Name")),
                      T(page, N_("Duties")), T(page, N_("Organization")), T(page, N_("Mail addresses")),
                      T(page, N_("State")), NULL);
        for (guint i = 0; i < persons->len; i++)
                put_row(page, g_ptr_array_index(persons, i));
        mg_page_table_end(page);
        put_add_form(visit);
        mg_visit_end(visit);
}

/* --- one person ------------------------------------------------------------------------------------------------- */

/* Forms of one button each. */
static const struct {
        const char *act;
        const char *title;
        const char *text;
        const char *button;
} acts[] = {
        {"password", N_("Password"),
         N_("Makes a new password and shows it once. The person signs in with it and then changes it."),
         N_("Make a new password")},
        {"totp", N_("Authenticator"), N_("Makes a new one with recovery codes, and shows them once."),
         N_("Make a new one")},
        {"revoke", N_("Sessions and tokens"), N_("Ends all sessions and tokens of this person at once."),
         N_("End all of them")},
};

static void put_acts(MgVisit *visit, const MgPerson *person) {
        MgPage *page = &visit->page;
        g_autofree char *change = g_strdup_printf("/people/%s/change", person->login);

        mg_page_heading(page, T(page, N_("Change")));
        mg_page_form(page, change);
        put_fields(page, person);
        mg_page_check(page, "checkbox", "disabled", "1", T(page, N_("Disabled: may do nothing from now on")),
                      person->disabled > 0);
        mg_page_submit(page, NULL, NULL, T(page, N_("Save")), "main");
        mg_page_form_end(page);
        for (guint i = 0; i < G_N_ELEMENTS(acts); i++) {
                g_autofree char *path = g_strdup_printf("/people/%s/%s", person->login, acts[i].act);

                mg_page_heading(page, T(page, acts[i].title));
                mg_page_form(page, path);
                mg_page_say(page, NULL, T(page, acts[i].text));
                mg_page_submit(page, NULL, NULL, T(page, acts[i].button), NULL);
                mg_page_form_end(page);
        }
}

void mg_handle_person(MgVisit *visit) {
        g_autoptr(GPtrArray) persons = g_ptr_array_new_with_free_func((GDestroyNotify)mg_person_free);
        const MgPerson *person;
        GError *error = NULL;

        if (!mg_people_list(&visit->asker, visit->argument, persons, &error)) {
                mg_visit_fault(visit, error);
                return;
        }
        if (persons->len != 1) {
                mg_visit_refuse(visit, 404, mg_words(visit->http->english, N_("There is no such person.")));
                return;
        }
        person = g_ptr_array_index(persons, 0);
        mg_visit_begin(visit, person->name);
        if (*mg_http_field(visit->http, "done"))
                mg_page_say(&visit->page, "done", T(&visit->page, N_("Done.")));
        mg_people_facts(&visit->page, person);
        if (mg_visit_is(visit, MANAGERS))
                put_acts(visit, person);
        mg_visit_end(visit);
}
