/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "harness.h"

#include <string.h>

#include "base/error.h"
#include "store/index.h"
#include "store/request.h"
#include "store/sql.h"

/* An index with one mail and the persons that may or may not ask for it, for tests of requests. */
#define RECEIPT "3000000012"
#define NOW 1700000000
#define OWN "taro@pref.example.jp" /* of the Internet side */

/* Persons of the register, by number. */
enum { OWNER, TARO, ANNA, AKIRA, OTTO, FOREIGN, AUDITOR, ADMINISTRATOR, JIRO, ALL, GONE };

static const struct {
        const char *login;
        const char *organization;
        guint32 duties;
} persons[] = {
        [OWNER] = {NULL, "", _MG_DUTY_ALL},
        [TARO] = {"taro", "", MG_DUTY_STAFF},
        [ANNA] = {"anna", "", MG_DUTY_APPROVER},
        [AKIRA] = {"akira", "", MG_DUTY_APPROVER},
        [OTTO] = {"otto", "", MG_DUTY_OFFICER},
        [FOREIGN] = {"foreign", "gikai", MG_DUTY_APPROVER | MG_DUTY_OFFICER},
        [AUDITOR] = {"auditor", "", MG_DUTY_AUDITOR},
        [ADMINISTRATOR] = {"admin", "", MG_DUTY_ADMINISTRATOR},
        [JIRO] = {"jiro", "", MG_DUTY_STAFF},
        [ALL] = {"all", "", _MG_DUTY_ALL},
        [GONE] = {"gone", "kyodo", MG_DUTY_STAFF | MG_DUTY_APPROVER | MG_DUTY_OFFICER},
};

typedef struct World {
        char *dir;
        MgMeter meter;
        MgVfs *vfs;
        MgIndex *index;
        sqlite3 *db;
        MgRecord *record; /* of the one mail, to Taro and Anna */
        MgOrganizations *organizations;
        MgActor actors[G_N_ELEMENTS(persons)];
} World;

static void run(World *world, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void run(World *world, const char *format, ...) {
        va_list arguments;
        g_autofree char *text = NULL;
        g_autoptr(GError) error = NULL;

        va_start(arguments, format);
        text = g_strdup_vprintf(format, arguments);
        va_end(arguments);
        mg_sql_do(world->db, text, &error);
        g_assert_no_error(error);
}

static gint64 number_of(World *world, const char *text) {
        g_autoptr(GError) error = NULL;
        gint64 number = -1;

        mg_sql_number(world->db, text, &number, &error);
        g_assert_no_error(error);
        return number;
}

static void add_mail(World *world) {
        g_autoptr(MgEnvelope) envelope = envelope_of("4XyZ", "a@example.com", "Taro@city.example.jp", NOW - 100);
        const guint8 key[32] = {1};
        char *nobody[] = {(char *)"", NULL};
        g_autoptr(GError) error = NULL;
        gboolean retry;

        g_ptr_array_add(envelope->rcpts, g_strdup("anna@city.example.jp"));
        world->record = record_of(envelope, MG_OUTCOME_CONVERTED);
        g_free(world->record->receipt);
        world->record->receipt = g_strdup(RECEIPT);
        mg_index_put(world->index, world->record, key, key, nobody, &retry, &error);
        g_assert_no_error(error);
}

/* The default one, and that of FOREIGN. */
static MgOrganizations *organizations_new(void) {
        MgOrganizations *all = mg_organizations_new();
        MgOrganization *first = mg_organizations_get(all, 0), *second;
        const MgOrganization *owner;
        char *domain;

        first->seal_to = g_strdup("");
        first->release_domains = g_strdup("pref.example.jp");
        first->approvals = 1;
        second = mg_organizations_add(all, "gikai");
        g_free(second->domains);
        second->domains = g_strdup("gikai.example.jp");
        g_assert_true(mg_organizations_take_domains(all, second, &domain, &owner));
        return all;
}

static void world_open(World *world) {
        g_autofree char *path = NULL;
        g_autoptr(GError) error = NULL;

        world->dir = g_dir_make_tmp("mugai-request-XXXXXX", NULL);
        path = g_build_filename(world->dir, "index.db", NULL);
        world->vfs = mg_vfs_new(&world->meter, &error);
        world->index = mg_index_open(path, world->vfs, &error);
        g_assert_no_error(error);
        world->db = mg_index_db(world->index);
        g_assert_true(mg_index_begin(world->index, NULL));
        add_mail(world);
        world->organizations = organizations_new();
        for (guint i = 0; i < G_N_ELEMENTS(persons); i++) {
                world->actors[i] = (MgActor){.person = i,
                                             .name = i == 0 ? g_strdup("root") : g_strdup_printf("p:%u", i),
                                             .duties = persons[i].duties,
                                             .organization = g_strdup(persons[i].organization)};
                if (i == 0)
                        continue;
                world->actors[i].addresses = g_new0(char *, 3);
                world->actors[i].addresses[0] = g_strdup_printf("%s@city.example.jp", persons[i].login);
                world->actors[i].addresses[1] = g_strdup_printf("%s@pref.example.jp", persons[i].login);
                run(world,
                    "INSERT INTO person(number, login, name, organization, scope, duties, made)"
                    " VALUES(%u, '%s', '%s', '%s', '', %u, 0)",
                    i, persons[i].login, persons[i].login, persons[i].organization, persons[i].duties);
                run(world, "INSERT INTO person_address VALUES(%u, '%s@city.example.jp'), (%u, '%s@pref.example.jp')", i,
                    persons[i].login, i, persons[i].login);
        }
}

static void world_clear(World *world) {
        mg_index_rollback(world->index);
        mg_index_free(world->index);
        mg_vfs_free(world->vfs);
        mg_record_free(world->record);
        mg_organizations_unref(world->organizations);
        for (guint i = 0; i < G_N_ELEMENTS(persons); i++)
                mg_actor_clear(&world->actors[i]);
        remove_tree(world->dir);
        g_free(world->dir);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(World, world_clear)

/* What is asked for: parts by path (NULL: the whole), to that address. */
static MgRequest *asked_for(const char *path, const char *address, const char *reason) {
        MgRequest *asked = mg_request_new();

        g_free(asked->receipt);
        asked->receipt = g_strdup(RECEIPT);
        g_free(asked->reason);
        asked->reason = g_strdup(reason);
        g_ptr_array_add(asked->addresses, g_strdup(address));
        if (path) {
                MgRequestPart *part = mg_request_part_new();

                g_free(part->path);
                part->path = g_strdup(path);
                g_ptr_array_add(asked->parts, part);
        }
        return asked;
}

static gint64 ask(World *world, guint who, const char *path, const char *address, GError **error) {
        g_autoptr(MgRequest) asked = asked_for(path, address, "契約に要る");
        gint64 number = 0;

        return mg_request_add(world->db, &world->actors[who], world->record, asked, world->organizations, NOW, &number,
                              error)
                       ? number
                       : 0;
}

static gint64 ask_well(World *world, guint who) {
        g_autoptr(GError) error = NULL;
        gint64 number = ask(world, who, NULL, OWN, &error);

        g_assert_no_error(error);
        return number;
}
