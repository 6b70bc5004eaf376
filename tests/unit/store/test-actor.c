/* SPDX-License-Identifier: Apache-2.0 */
/* Who asks: by the user of the connection and by token, before anybody is registered and afterwards. */
#include "harness.h"

#include <string.h>
#include <sys/socket.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/fd.h"
#include "store/actor.h"
#include "store/index.h"
#include "store/sql.h"

#define MILTER 60001
#define RELEASE 60002
#define MEMBER 60003
#define TARO 60004
#define GONE 60005
#define PAST 60006
#define OWNER 60007
#define CONSOLE 60008

/* The table of persons, and who may look at it. */
typedef struct World {
        char *dir;
        MgMeter meter;
        MgVfs *vfs;
        MgIndex *index;
        MgActors *actors;
} World;

static void world_clear(World *world) {
        mg_actors_free(world->actors);
        mg_index_free(world->index);
        mg_vfs_free(world->vfs);
        remove_tree(world->dir);
        g_free(world->dir);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(World, world_clear)

static void add_token(World *world, const char *token, gint64 person, const char *idle, const char *until) {
        g_autofree char *hex = NULL, *statement = NULL;
        guint8 hash[32];

        mg_digest(token, strlen(token), hash);
        hex = mg_text_hex(hash, sizeof hash);
        statement = g_strdup_printf(
                "INSERT INTO token(hash, person, made, used, idle, until) VALUES(x'%s', %" G_GINT64_FORMAT
                ", unixepoch(), unixepoch() - 100, %s, unixepoch() + %s)",
                hex, person, idle, until);
        g_assert_true(mg_sql_do(mg_index_db(world->index), statement, NULL));
}

static void world_open(World *world, gboolean persons) {
        const MgActorUsers users = {.milter = MILTER, .release = RELEASE, .owner = OWNER, .console = CONSOLE};
        g_autofree char *path = NULL;
        g_autoptr(GError) error = NULL;

        world->dir = g_dir_make_tmp("mugai-actor-XXXXXX", NULL);
        path = g_build_filename(world->dir, "index.db", NULL);
        world->vfs = mg_vfs_new(&world->meter, &error);
        world->index = mg_index_open(path, world->vfs, &error);
        world->actors = mg_actors_open(path, world->vfs, &users, &error);
        g_assert_no_error(error);
        if (!persons)
                return;
        g_assert_true(mg_sql_do(
                mg_index_db(world->index),
                "INSERT INTO person(number, login, name, organization, scope, duties, unix_user, until, disabled, made)"
                " VALUES(1, 'hanako', '花子', '', '', 2, NULL, NULL, NULL, 0),"
                " (2, 'taro', '太郎', 'city', '', 12, '60004', unixepoch() + 1000, NULL, 0),"
                " (3, 'gone', 'x', '', '', 31, '60005', NULL, 1700000000, 0),"
                " (4, 'past', 'x', '', '', 31, '60006', unixepoch() - 1, NULL, 0)",
                &error));
        g_assert_no_error(error);
        add_token(world, "good", 1, "NULL", "1000");
        add_token(world, "session", 1, "1000", "1000");
        add_token(world, "idle", 1, "100", "1000");
        add_token(world, "ended", 1, "NULL", "0");
        add_token(world, "gone", 3, "NULL", "1000");
}

/* The end of a connection whose other end that user has. */
static void connect_as(uid_t user, int pair[2]) {
        uid_t own = geteuid();

        g_assert_cmpint(user == own ? 0 : seteuid(user), ==, 0);
        g_assert_cmpint(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), ==, 0);
        g_assert_cmpint(user == own ? 0 : seteuid(own), ==, 0);
}

typedef struct Case {
        gboolean persons;
        uid_t user;
        const char *token;
        const char *name;   /* in the trail */
        guint32 may;        /* all that is admitted: bits of MgDuty and MG_ACTOR_ */
        const char *reason; /* a part of what is said where nothing of may is asked for */
} Case;

#define ADMINISTRATOR ((guint32)MG_DUTY_ADMINISTRATOR)
#define OFFICER ((guint32)MG_DUTY_OFFICER)
#define ALL ((guint32)_MG_DUTY_ALL)

static const Case cases[] = {
        {FALSE, 0, NULL, "root", ALL | MG_ACTOR_MEMBER, "only the gateway"},
        {FALSE, OWNER, NULL, "root", ALL | MG_ACTOR_MEMBER, "only the gateway"},
        {FALSE, MILTER, NULL, "gateway", MG_ACTOR_MILTER, "is no registered person"},
        {FALSE, RELEASE, NULL, "gateway", MG_ACTOR_RELEASE, "is no registered person"},
        {FALSE, CONSOLE, NULL, "gateway", MG_ACTOR_CONSOLE, "is no registered person"},
        {FALSE, MEMBER, NULL, "u:60003", MG_ACTOR_MEMBER, "is no registered person"},
        {FALSE, MEMBER, "good", "u:60003", 0, "the token is none"},
        {TRUE, 0, NULL, "root", ADMINISTRATOR, "needs the duty"},
        {TRUE, OWNER, NULL, "root", ADMINISTRATOR, "needs the duty"},
        {TRUE, MILTER, NULL, "gateway", MG_ACTOR_MILTER, "is no registered person"},
        {TRUE, CONSOLE, NULL, "gateway", MG_ACTOR_CONSOLE, "is no registered person"},
        {TRUE, CONSOLE, "good", "p:1", OFFICER, "only the gateway"},
        {TRUE, MEMBER, NULL, "u:60003", 0, "is no registered person"},
        {TRUE, TARO, NULL, "p:2", MG_DUTY_APPROVER | MG_DUTY_STAFF, "yours do not include it"},
        {TRUE, GONE, NULL, "p:3", 0, "gone is disabled"},
        {TRUE, PAST, NULL, "p:4", 0, "past was registered until a day that is past"},
        {TRUE, MEMBER, "good", "p:1", OFFICER, "yours do not include it"},
        {TRUE, MEMBER, "session", "p:1", OFFICER, "yours do not include it"},
        {TRUE, 0, "good", "p:1", OFFICER, "yours do not include it"},
        {TRUE, TARO, "good", "p:1", OFFICER, "yours do not include it"},
        {TRUE, MILTER, "good", "p:1", OFFICER, "only the gateway"},
        {TRUE, 0, "idle", "root", 0, "the token is none"},
        {TRUE, 0, "ended", "root", 0, "the token is none"},
        {TRUE, 0, "wrong", "root", 0, "the token is none"},
        {TRUE, 0, "", "root", 0, "the token is none"},
        {TRUE, MEMBER, "gone", "p:3", 0, "gone is disabled"},
};

static void check(World *world, const Case *row, guint32 bit, gboolean *denied_well) {
        g_auto(MgActor) actor = {0};
        g_autoptr(GError) error = NULL;
        int pair[2];
        gboolean admitted;

        connect_as(row->user, pair);
        admitted = mg_actors_admit(world->actors, pair[0], row->token, bit, &actor, &error);
        close(pair[0]);
        close(pair[1]);
        g_test_message("%u %s %x: %s", row->user, row->token ? row->token : "-", bit,
                       error ? error->message : "admitted");
        g_assert_cmpint(admitted, ==, (row->may & bit) != 0);
        /* A mail does not wait until it is known which person its gateway is. */
        if (!(bit & (MG_ACTOR_MILTER | MG_ACTOR_RELEASE)))
                g_assert_cmpstr(actor.name, ==, row->name);
        if (admitted)
                return;
        g_assert_error(error, MG_ERROR, MG_ERROR_DENIED);
        *denied_well = *denied_well || strstr(error->message, row->reason) != NULL;
}

static void test_admit(void) {
        if (geteuid() != 0) {
                g_test_skip("only root can ask as another user");
                return;
        }
        for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_auto(World) world = {0};
                gboolean denied_well = FALSE;

                world_open(&world, cases[i].persons);
                for (guint j = 0; j <= 20; j++)
                        if (1u << j & (ALL | MG_ACTOR_MILTER | MG_ACTOR_RELEASE | MG_ACTOR_MEMBER | MG_ACTOR_CONSOLE))
                                check(&world, &cases[i], 1u << j, &denied_well);
                g_assert_true(denied_well);
        }
}

/* By name and by number two persons could be one user: then it is neither. */
static void test_two_persons(void) {
        g_auto(World) world = {0};
        g_auto(MgActor) actor = {0};
        g_autoptr(GError) error = NULL;
        int pair[2];

        if (geteuid() != 0) {
                g_test_skip("only root can ask as another user");
                return;
        }
        world_open(&world, TRUE);
        g_assert_true(
                mg_sql_do(mg_index_db(world.index),
                          "INSERT INTO person(number, login, name, organization, scope, duties, unix_user, made)"
                          " VALUES(5, 'name', 'x', '', '', 2, 'daemon', 0), (6, 'number', 'x', '', '', 4, '1', 0)",
                          NULL));
        connect_as(1, pair);
        g_assert_false(mg_actors_admit(world.actors, pair[0], NULL, MG_DUTY_OFFICER, &actor, &error));
        g_assert_error(error, MG_ERROR, MG_ERROR_DENIED);
        g_assert_nonnull(strstr(error->message, "two persons"));
        close(pair[0]);
        close(pair[1]);
}

int main(int argc, char **argv) {
        harness_main(&argc, &argv);
        g_test_add_func("/store/actor/admit", test_admit);
        g_test_add_func("/store/actor/two-persons", test_two_persons);
        return g_test_run();
}
