/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Persons as objects: fields, their words and what they may hold. Knows nobody.
 */
#include "mugai/person.h"

#include <string.h>

#include "base/text.h"

static const struct {
        const char *name, *japanese;
} fields[_MG_PERSON_FIELD_N] = {
#define FIELD_WORDS(name, word, japanese) [MG_PERSON_FIELD_NUMBER_##name] = {word, japanese},
        MG_PERSON_FIELDS(FIELD_WORDS)
#undef FIELD_WORDS
};

const char *mg_person_field_name(MgPersonField field) {
        return fields[g_bit_nth_lsf(field, -1)].name;
}

const char *mg_person_field_japanese(MgPersonField field) {
        return fields[g_bit_nth_lsf(field, -1)].japanese;
}

guint32 mg_person_field_of(const char *word) {
        for (guint i = 0; i < _MG_PERSON_FIELD_N; i++)
                if (g_ascii_strcasecmp(fields[i].name, word) == 0 || g_str_equal(fields[i].japanese, word))
                        return 1u << i;
        return 0;
}

MgPerson *mg_person_new(void) {
        MgPerson *person = g_new0(MgPerson, 1);

        person->login = g_strdup("");
        person->name = g_strdup("");
        person->organization = g_strdup("");
        person->unix_user = g_strdup("");
        person->scope = g_strdup("");
        person->addresses = g_ptr_array_new_with_free_func(g_free);
        return person;
}

void mg_person_free(MgPerson *person) {
        if (!person)
                return;
        g_free(person->login);
        g_free(person->name);
        g_free(person->organization);
        g_free(person->unix_user);
        g_free(person->scope);
        g_ptr_array_unref(person->addresses);
        g_free(person);
}

static gboolean has_address(const MgPerson *person, const char *address) {
        return g_ptr_array_find_with_equal_func(person->addresses, address, g_str_equal, NULL);
}

/* In whatever order. */
static gboolean same_addresses(const MgPerson *a, const MgPerson *b) {
        for (guint i = 0; i < a->addresses->len; i++)
                if (!has_address(b, g_ptr_array_index(a->addresses, i)))
                        return FALSE;
        return a->addresses->len == b->addresses->len;
}

guint32 mg_person_differs(const MgPerson *a, const MgPerson *b, guint32 asked) {
        guint32 differ = (g_str_equal(a->login, b->login) ? 0u : MG_PERSON_LOGIN) |
                         (g_str_equal(a->name, b->name) ? 0u : MG_PERSON_NAME) |
                         (g_str_equal(a->organization, b->organization) ? 0u : MG_PERSON_ORGANIZATION) |
                         (a->duties == b->duties ? 0u : MG_PERSON_DUTIES) |
                         (g_str_equal(a->unix_user, b->unix_user) ? 0u : MG_PERSON_UNIX_USER) |
                         (same_addresses(a, b) ? 0u : MG_PERSON_ADDRESSES) |
                         (g_str_equal(a->scope, b->scope) ? 0u : MG_PERSON_SCOPE) |
                         (a->until == b->until ? 0u : MG_PERSON_UNTIL) |
                         (!a->disabled == !b->disabled ? 0u : MG_PERSON_DISABLED);

        return differ & asked;
}

static void set(char **text, const char *value) {
        char *copy = g_strdup(value);

        g_free(*text);
        *text = copy;
}

static void copy_addresses(MgPerson *to, const MgPerson *from) {
        g_ptr_array_set_size(to->addresses, 0);
        for (guint i = 0; i < from->addresses->len; i++)
                g_ptr_array_add(to->addresses, g_strdup(g_ptr_array_index(from->addresses, i)));
}

void mg_person_copy(MgPerson *to, const MgPerson *from, guint32 asked) {
        const struct {
                guint32 field;
                char **to;
                const char *from;
        } texts[] = {
                {MG_PERSON_LOGIN, &to->login, from->login},
                {MG_PERSON_NAME, &to->name, from->name},
                {MG_PERSON_ORGANIZATION, &to->organization, from->organization},
                {MG_PERSON_UNIX_USER, &to->unix_user, from->unix_user},
                {MG_PERSON_SCOPE, &to->scope, from->scope},
        };

        for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
                if (asked & texts[i].field)
                        set(texts[i].to, texts[i].from);
        if (asked & MG_PERSON_DUTIES)
                to->duties = from->duties;
        if (asked & MG_PERSON_ADDRESSES)
                copy_addresses(to, from);
        if (asked & MG_PERSON_UNTIL)
                to->until = from->until;
        if (asked & MG_PERSON_DISABLED)
                to->disabled = from->disabled;
}

/* --- what they may hold -------------------------------------------------------------------------------------- */

/* Checks return a sentence (owned by the caller) or NULL. */
static char *login_fault(const MgPerson *person) {
        const char *login = person->login;
        gsize n = strlen(login);

        if (n == 0 || n > MG_PERSON_LOGIN_MAX)
                return g_strdup_printf("has %" G_GSIZE_FORMAT " octets; 1 to %d are allowed", n, MG_PERSON_LOGIN_MAX);
        if (strspn(login, "abcdefghijklmnopqrstuvwxyz0123456789._-") == n && g_ascii_isalnum(login[0]))
                return NULL;
        return g_strdup("is written in lower case letters, digits and . _ - and begins with a letter or digit");
}

static char *name_fault(const MgPerson *person) {
        gsize n = strlen(person->name);

        if (n == 0)
                return g_strdup("is empty");
        if (n > MG_PERSON_NAME_MAX)
                return g_strdup_printf("has %" G_GSIZE_FORMAT " octets; %d are allowed", n, MG_PERSON_NAME_MAX);
        return mg_text_is(person->name, n, MG_CLASS_LINE) ? NULL : g_strdup("holds characters that no name has");
}

static char *word_fault(const char *word) {
        gsize n = strlen(word);

        if (n > MG_PERSON_WORD_MAX)
                return g_strdup_printf("has %" G_GSIZE_FORMAT " octets; %d are allowed", n, MG_PERSON_WORD_MAX);
        return n == 0 || mg_text_is(word, n, MG_CLASS_TOKEN)
                       ? NULL
                       : g_strdup("is one word of ASCII letters, digits and . _ - + : /");
}

static char *organization_fault(const MgPerson *person) {
        return word_fault(person->organization);
}

static char *unix_user_fault(const MgPerson *person) {
        if (g_str_equal(person->unix_user, "root") || g_str_equal(person->unix_user, "0"))
                return g_strdup("is root, which is an administrator already and may be several people");
        return word_fault(person->unix_user);
}

static char *scope_fault(const MgPerson *person) {
        return word_fault(person->scope);
}

static char *duties_fault(const MgPerson *person) {
        return person->duties & ~(guint32)_MG_DUTY_ALL ? g_strdup("are none of this program") : NULL;
}

static char *addresses_fault(const MgPerson *person) {
        if (person->addresses->len > MG_PERSON_ADDRESSES_MAX)
                return g_strdup_printf("are %u; %d are allowed", person->addresses->len, MG_PERSON_ADDRESSES_MAX);
        for (guint i = 0; i < person->addresses->len; i++) {
                const char *address = g_ptr_array_index(person->addresses, i);
                gsize n = strlen(address);

                if (n > 0 && n <= MG_PERSON_ADDRESS_MAX && mg_text_is(address, n, MG_CLASS_ADDRESS))
                        continue;
                g_autofree char *quoted = mg_text_quote(address, MG_PERSON_ADDRESS_MAX);
                return g_strdup_printf("has %s, which is no mail address", quoted);
        }
        return NULL;
}

static char *time_fault(gint64 time) {
        return time >= 0 && time < G_GINT64_CONSTANT(253402300800) ? NULL
                                                                   : g_strdup("is no time before the year 10000");
}

static char *until_fault(const MgPerson *person) {
        return time_fault(person->until);
}

static char *disabled_fault(const MgPerson *person) {
        return time_fault(person->disabled);
}

char *mg_person_fault(const MgPerson *person, guint32 asked) {
        static char *(*const faults[_MG_PERSON_FIELD_N])(const MgPerson *) = {
                [MG_PERSON_FIELD_NUMBER_LOGIN] = login_fault,
                [MG_PERSON_FIELD_NUMBER_NAME] = name_fault,
                [MG_PERSON_FIELD_NUMBER_ORGANIZATION] = organization_fault,
                [MG_PERSON_FIELD_NUMBER_DUTIES] = duties_fault,
                [MG_PERSON_FIELD_NUMBER_UNIX_USER] = unix_user_fault,
                [MG_PERSON_FIELD_NUMBER_ADDRESSES] = addresses_fault,
                [MG_PERSON_FIELD_NUMBER_SCOPE] = scope_fault,
                [MG_PERSON_FIELD_NUMBER_UNTIL] = until_fault,
                [MG_PERSON_FIELD_NUMBER_DISABLED] = disabled_fault,
        };

        for (guint i = 0; i < _MG_PERSON_FIELD_N; i++) {
                g_autofree char *fault = asked & 1u << i ? faults[i](person) : NULL;

                if (fault)
                        return g_strdup_printf("%s: %s", fields[i].name, fault);
        }
        return NULL;
}

/* --- duties -------------------------------------------------------------------------------------------------- */

char *mg_duties_text(guint32 duties, const char *separator) {
        GString *text = g_string_new(NULL);

        for (guint i = 0; i < _MG_DUTY_N; i++)
                if (duties & 1u << i)
                        g_string_append_printf(text, "%s%s", text->len > 0 ? separator : "",
                                               mg_duty_name((MgDuty)(1u << i)));
        return g_string_free(text, FALSE);
}

static const char *const duties_japanese[_MG_DUTY_N] = {
        [MG_DUTY_NUMBER_ADMINISTRATOR] = "管理者", [MG_DUTY_NUMBER_OFFICER] = "セキュリティ責任者",
        [MG_DUTY_NUMBER_APPROVER] = "承認者",      [MG_DUTY_NUMBER_STAFF] = "職員",
        [MG_DUTY_NUMBER_AUDITOR] = "監査人",
};

const char *mg_duty_japanese(MgDuty duty) {
        return duties_japanese[g_bit_nth_lsf(duty, -1)];
}

static guint32 duty_of(const char *word) {
        for (guint i = 0; i < _MG_DUTY_N; i++)
                if (g_str_equal(duties_japanese[i], word))
                        return 1u << i;
        return mg_duty_of(word);
}

gboolean mg_duties_read(const char *text, guint32 *duties, char **wrong) {
        g_auto(GStrv) parts = g_strsplit(text, "　", -1);
        g_autofree char *blanks = g_strjoinv(" ", parts);
        g_auto(GStrv) words = g_strsplit_set(blanks, " ,+", -1);

        *duties = 0;
        *wrong = NULL;
        for (guint i = 0; words[i]; i++) {
                guint32 duty = *words[i] ? duty_of(words[i]) : 0;

                if (*words[i] && duty == 0) {
                        *wrong = g_strdup(words[i]);
                        return FALSE;
                }
                *duties |= duty;
        }
        return TRUE;
}

/* --- edits --------------------------------------------------------------------------------------------------- */

MgEdit *mg_edit_new(void) {
        MgEdit *edit = g_new0(MgEdit, 1);

        edit->persons = g_ptr_array_new_with_free_func((GDestroyNotify)mg_person_free);
        return edit;
}

void mg_edit_free(MgEdit *edit) {
        if (!edit)
                return;
        g_ptr_array_unref(edit->persons);
        g_free(edit);
}

void mg_edit_row_free(MgEditRow *row) {
        if (!row)
                return;
        g_free(row->login);
        g_free(row->text);
        g_free(row);
}
