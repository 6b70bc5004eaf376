/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Acts on persons: added, changed, given new credentials. What may be is the store's to say, and its sentence is shown.
 */
#include <string.h>
#include <sys/random.h>

#include "base/day.h"
#include "base/error.h"
#include "base/people_client.h"
#include "base/secret.h"
#include "console/handlers.h"
#include "console/people.h"
#include "console/said.h"

/* --- edits ------------------------------------------------------------------------------------------------------ */

static gboolean take_duties(MgVisit *visit, MgPerson *person) {
        g_autofree const char **words = mg_http_fields(visit->http, "duty");

        for (guint i = 0; words[i]; i++) {
                guint32 duty = mg_duty_of(words[i]);

                if (duty == 0) {
                        mg_visit_refuse(visit, 400, NULL);
                        return FALSE;
                }
                person->duties |= duty;
        }
        return TRUE;
}

static void set(char **text, const char *value) {
        g_free(*text);
        *text = g_strdup(value);
}

static gboolean take_texts(MgVisit *visit, MgPerson *person) {
        const gboolean english = visit->http->english;
        const char *name, *organization, *addresses;
        g_auto(GStrv) each = NULL;

        if (!mg_visit_line(visit, "name", mg_words(english, N_("Name")), MG_PERSON_NAME_MAX, TRUE, &name) ||
            !mg_visit_line(visit, "organization", mg_words(english, N_("Organization")), MG_PERSON_WORD_MAX, FALSE,
                           &organization) ||
            !mg_visit_line(visit, "addresses", mg_words(english, N_("Mail addresses")),
                           MG_PERSON_ADDRESSES_MAX * MG_PERSON_ADDRESS_MAX, FALSE, &addresses))
                return FALSE;
        set(&person->name, name);
        set(&person->organization, organization);
        each = g_strsplit(addresses, " ", MG_PERSON_ADDRESSES_MAX + 1);
        for (guint i = 0; each[i]; i++)
                if (*each[i])
                        g_ptr_array_add(person->addresses, g_ascii_strdown(each[i], -1));
        return TRUE;
}

/* A field that is left empty stays as it is where the person is known. */
static gboolean take_until(MgVisit *visit, MgEdit *edit, MgPerson *person) {
        if (!mg_day_read(mg_http_field(visit->http, "until"), TRUE, &person->until)) {
                mg_visit_refuse(visit, 400, mg_words(visit->http->english, N_("A day is written as 2026-11-26.")));
                return FALSE;
        }
        if (person->until > 0)
                edit->fields |= MG_PERSON_UNTIL;
        return TRUE;
}

/* What the store found wrong, or TRUE. */
static gboolean do_edit(MgVisit *visit, const MgEdit *edit) {
        g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)mg_edit_row_free);
        g_autofree char *said = NULL;
        gboolean applied = FALSE;
        GError *error = NULL;

        if (!mg_people_edit(&visit->asker, edit, rows, &applied, &error)) {
                mg_visit_fault(visit, error);
                return FALSE;
        }
        for (guint i = 0; i < rows->len && !applied; i++) {
                const MgEditRow *row = g_ptr_array_index(rows, i);

                if (row->result != MG_EDIT_FAULT)
                        continue;
                said = mg_said(visit->http->english, row->text);
                mg_visit_refuse(visit, 400, said);
                return FALSE;
        }
        return TRUE;
}

static void edit_one(MgVisit *visit, MgEditHow how, const char *login, guint32 fields) {
        g_autoptr(MgEdit) edit = mg_edit_new();
        MgPerson *person = mg_person_new();
        g_autofree char *path = NULL;

        g_ptr_array_add(edit->persons, person);
        edit->how = how;
        edit->apply = TRUE;
        edit->fields = fields;
        set(&person->login, login);
        person->disabled = *mg_http_field(visit->http, "disabled") ? g_get_real_time() / G_USEC_PER_SEC : 0;
        if (!take_texts(visit, person) || !take_duties(visit, person) || !take_until(visit, edit, person) ||
            !do_edit(visit, edit))
                return;
        path = g_strdup_printf("/people/%s?done=1", login);
        mg_visit_done(visit, path, 0);
}

#define FIELDS (MG_PERSON_LOGIN | MG_PERSON_NAME | MG_PERSON_ORGANIZATION | MG_PERSON_DUTIES | MG_PERSON_ADDRESSES)

void mg_handle_person_add(MgVisit *visit) {
        g_autofree char *fault = NULL;
        g_autoptr(MgPerson) person = mg_person_new();

        set(&person->login, mg_http_field(visit->http, "login"));
        fault = mg_person_fault(person, MG_PERSON_LOGIN);
        if (fault)
                mg_visit_refuse(
                        visit, 400,
                        mg_words(visit->http->english, N_("A login name has lower case letters, digits and ._-, "
                                                          "begins with a letter or digit, and has 64 characters "
                                                          "at most.")));
        else
                edit_one(visit, MG_EDIT_NEW, person->login, FIELDS);
}

void mg_handle_person_change(MgVisit *visit) {
        edit_one(visit, MG_EDIT_KNOWN, visit->argument, FIELDS | MG_PERSON_DISABLED);
}

/* --- credentials ------------------------------------------------------------------------------------------------ */

/* 20 characters of 32: 100 bits, none that is taken for another. */
#define PASSWORD_CHARS 20
static char *make_password(void) {
        static const char letters[] = "abcdefghjkmnpqrstuvwxyz23456789-";
        guint8 random[PASSWORD_CHARS];
        char *password = g_malloc0(PASSWORD_CHARS + 1);

        G_STATIC_ASSERT(sizeof letters == 33);
        if (getrandom(random, sizeof random, 0) != sizeof random)
                g_error("no random octets");
        for (guint i = 0; i < PASSWORD_CHARS; i++)
                password[i] = letters[random[i] % 32];
        return password;
}

static void begin_secret(MgVisit *visit, const char *title, const char *login) {
        mg_visit_begin(visit, title);
        mg_page_say(&visit->page, "warning",
                    T(&visit->page,
                      N_("This is shown once. Hand it over now, on paper or by mouth, then close the page.")));
        mg_page_facts(&visit->page, "secret");
        mg_page_fact(&visit->page, "login", T(&visit->page, N_("Login name")), login);
}

void mg_handle_person_password(MgVisit *visit) {
        MgPage *page = &visit->page;
        mg_autosecret password = make_password();
        g_autofree char *back = g_strconcat("/people/", visit->argument, NULL);
        GError *error = NULL;

        if (!mg_people_password(&visit->asker, visit->argument, password, "", &error)) {
                mg_visit_fault(visit, error);
                return;
        }
        begin_secret(visit, mg_words(visit->http->english, N_("New password")), visit->argument);
        mg_page_fact(page, "password", T(page, N_("New password")), password);
        mg_page_facts_end(page);
        mg_page_link(page, back, T(page, N_("Back")));
        mg_visit_end(visit);
}

void mg_people_make_totp(MgVisit *visit, const char *login, const char *back) {
        MgPage *page = &visit->page;
        g_auto(MgTotp) totp = {0};
        GError *error = NULL;

        if (!mg_people_totp(&visit->asker, login, &totp, &error)) {
                mg_visit_fault(visit, error);
                return;
        }
        begin_secret(visit, mg_words(visit->http->english, N_("New authenticator")), login);
        mg_page_fact(page, "totp", T(page, N_("Key to type into the authenticator")), totp.secret);
        if (page->is_json)
                mg_json_begin(&page->json, "codes", '[');
        for (guint i = 0; i < MG_RECOVERY_CODES; i++) {
                if (page->is_json)
                        mg_json_text(&page->json, NULL, totp.codes[i]);
                else
                        mg_page_fact(page, NULL, T(page, N_("Recovery code, works once")), totp.codes[i]);
        }
        if (page->is_json)
                mg_json_end(&page->json, ']');
        mg_page_facts_end(page);
        mg_page_link(page, back, T(page, N_("Back")));
        mg_visit_end(visit);
}

void mg_handle_person_totp(MgVisit *visit) {
        g_autofree char *back = g_strconcat("/people/", visit->argument, NULL);

        mg_people_make_totp(visit, visit->argument, back);
}

void mg_handle_person_revoke(MgVisit *visit) {
        g_autofree char *path = g_strdup_printf("/people/%s?done=1", visit->argument);
        guint32 tokens;
        GError *error = NULL;

        if (mg_people_revoke(&visit->asker, visit->argument, &tokens, &error))
                mg_visit_done(visit, path, 0);
        else
                mg_visit_fault(visit, error);
}
