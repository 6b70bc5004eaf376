/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a connection to an actor. Changes nothing: tokens and persons are made in people.c.
 */
#include "store/actor.h"

#include <pwd.h>
#include <string.h>
#include <sys/socket.h>

#include "base/digest.h"
#include "base/error.h"
#include "store/sql.h"

#define ACCOUNT_OCTETS 16384
/* The last use of a session is known to so many seconds: not every request is worth a write. */
#define USE_SECONDS 60

/* ?1 and ?2 are name and number of one Unix user. */
static const char any_person[] = "SELECT EXISTS(SELECT 1 FROM person)";
/* Of a row that tells of a person. */
enum { NUMBER, DUTIES, ORGANIZATION, SCOPE, DISABLED, UNTIL, LOGIN, ADDRESSES, IS_IDLE, IS_SESSION, STEPPED };
#define PERSON_COLUMNS                                                                                                 \
        "SELECT number, duties, organization, scope, disabled, person.until, login,"                                   \
        " (SELECT group_concat(address, char(10)) FROM person_address WHERE person = number), "
static const char by_user[] = PERSON_COLUMNS "0, 0, 0 FROM person WHERE unix_user IN (?1, ?2)";
/* The time is ?2. A token that is looked up by its digest need not be compared in constant time. */
static const char by_token[] = PERSON_COLUMNS
        "idle IS NOT NULL AND used + ?3 <= ?2, idle IS NOT NULL, stepped FROM token JOIN person ON number = person"
        " WHERE hash = ?1 AND token.until > ?2 AND (idle IS NULL OR used + idle > ?2)";

struct MgActors {
        MgActorUsers users;
        GMutex mutex;
        sqlite3 *db; /* under mutex, with its statements */
        sqlite3_stmt *any_person;
        sqlite3_stmt *by_user;
        sqlite3_stmt *by_token;
};

void mg_actor_clear(MgActor *actor) {
        g_free(actor->name);
        g_free(actor->organization);
        g_free(actor->scope);
        g_strfreev(actor->addresses);
        *actor = (MgActor){0};
}

gboolean mg_actor_has_address(const MgActor *actor, const char *address) {
        for (char **at = actor->addresses; at && *at; at++)
                if (g_ascii_strcasecmp(*at, address) == 0)
                        return TRUE;
        return FALSE;
}

MgActors *mg_actors_open(const char *index_path, const MgVfs *vfs, const MgActorUsers *users, GError **error) {
        g_autoptr(MgActors) actors = g_new0(MgActors, 1);

        g_mutex_init(&actors->mutex);
        actors->users = *users;
        actors->db = mg_sql_open(index_path, vfs, SQLITE_OPEN_READONLY, error);
        actors->any_person = actors->db ? mg_sql_prepare(actors->db, any_person, error) : NULL;
        actors->by_user = actors->any_person ? mg_sql_prepare(actors->db, by_user, error) : NULL;
        actors->by_token = actors->by_user ? mg_sql_prepare(actors->db, by_token, error) : NULL;
        return actors->by_token ? g_steal_pointer(&actors) : NULL;
}

void mg_actors_free(MgActors *actors) {
        if (!actors)
                return;
        sqlite3_finalize(actors->any_person);
        sqlite3_finalize(actors->by_user);
        sqlite3_finalize(actors->by_token);
        mg_sql_close(actors->db);
        g_mutex_clear(&actors->mutex);
        g_free(actors);
}

static gboolean is_owner(const MgActors *actors, uid_t user) {
        return user == 0 || user == actors->users.owner;
}

static guint32 gateway_of(const MgActors *actors, uid_t user) {
        return (user == actors->users.milter ? MG_ACTOR_MILTER : 0u) |
               (user == actors->users.release ? MG_ACTOR_RELEASE : 0u) |
               (user == actors->users.console ? MG_ACTOR_CONSOLE : 0u);
}

static gboolean has_persons(MgActors *actors, gboolean *has, GError **error) {
        gboolean well = sqlite3_step(actors->any_person) == SQLITE_ROW;

        if (well)
                *has = sqlite3_column_int(actors->any_person, 0) != 0;
        else
                mg_sql_fail(actors->db, "look for persons", error);
        sqlite3_reset(actors->any_person);
        return well;
}

/* Why a person cannot act now, or NULL. */
static const char *hindrance(sqlite3_stmt *row) {
        if (sqlite3_column_type(row, DISABLED) != SQLITE_NULL)
                return "is disabled";
        if (sqlite3_column_type(row, UNTIL) != SQLITE_NULL &&
            sqlite3_column_int64(row, UNTIL) <= g_get_real_time() / G_USEC_PER_SEC)
                return "was registered until a day that is past";
        return NULL;
}

static gboolean deny(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

static gboolean deny(GError **error, const char *format, ...) {
        va_list arguments;
        g_autofree char *text = NULL;

        va_start(arguments, format);
        text = g_strdup_vprintf(format, arguments);
        va_end(arguments);
        g_set_error_literal(error, MG_ERROR, MG_ERROR_DENIED, text);
        return FALSE;
}

static void set(char **text, char *value) {
        g_free(*text);
        *text = value;
}

static char *column_text(sqlite3_stmt *row, int at) {
        return g_strdup((const char *)sqlite3_column_text(row, at));
}

/* Takes over the person of a row, which is the current one of a statement. */
static gboolean take_person(sqlite3_stmt *row, MgActor *actor, GError **error) {
        const char *fault = hindrance(row);

        actor->person = sqlite3_column_int64(row, NUMBER);
        set(&actor->name, g_strdup_printf("p:%" G_GINT64_FORMAT, actor->person));
        set(&actor->organization, column_text(row, ORGANIZATION));
        set(&actor->scope, column_text(row, SCOPE));
        if (fault)
                return deny(error, "%s %s", (const char *)sqlite3_column_text(row, LOGIN), fault);
        actor->is_idle = sqlite3_column_int(row, IS_IDLE) != 0;
        actor->is_session = sqlite3_column_int(row, IS_SESSION) != 0;
        actor->stepped = sqlite3_column_int64(row, STEPPED);
        actor->duties |= (guint32)sqlite3_column_int64(row, DUTIES);
        if (sqlite3_column_type(row, ADDRESSES) != SQLITE_NULL)
                actor->addresses = g_strsplit((const char *)sqlite3_column_text(row, ADDRESSES), "\n", -1);
        return TRUE;
}

/* One step; where there is a row it is a person's. More than one row for a user is nobody. */
static gboolean find_by_user(MgActors *actors, uid_t user, MgActor *actor, GError **error) {
        g_autofree char *buffer = g_malloc(ACCOUNT_OCTETS), *number = g_strdup_printf("%u", user);
        sqlite3_stmt *statement = actors->by_user;
        struct passwd entry, *found = NULL;
        gboolean well = TRUE;
        int result;

        getpwuid_r(user, &entry, buffer, ACCOUNT_OCTETS, &found);
        mg_sql_bind_text(statement, 1, found ? found->pw_name : number);
        mg_sql_bind_text(statement, 2, number);
        result = sqlite3_step(statement);
        if (result == SQLITE_ROW)
                well = take_person(statement, actor, error);
        if (well && result == SQLITE_ROW)
                result = sqlite3_step(statement);
        if (well && result == SQLITE_ROW)
                well = deny(error, "the Unix user %s stands for two persons, by name and by number", number);
        else if (well && result != SQLITE_DONE)
                well = mg_sql_fail(actors->db, "look for a person", error);
        sqlite3_reset(statement);
        sqlite3_clear_bindings(statement);
        return well;
}

static gboolean find_by_token(MgActors *actors, const char *token, MgActor *actor, GError **error) {
        sqlite3_stmt *statement = actors->by_token;
        gboolean well;
        int result;

        actor->by_token = TRUE;
        mg_digest(token, strlen(token), actor->token);
        mg_sql_bind_blob(statement, 1, actor->token, sizeof actor->token);
        sqlite3_bind_int64(statement, 2, g_get_real_time() / G_USEC_PER_SEC);
        sqlite3_bind_int64(statement, 3, USE_SECONDS);
        result = sqlite3_step(statement);
        if (result == SQLITE_ROW)
                well = take_person(statement, actor, error);
        else if (result == SQLITE_DONE)
                well = deny(error, "the token is none, was revoked or has ended");
        else
                well = mg_sql_fail(actors->db, "look for a token", error);
        sqlite3_reset(statement);
        sqlite3_clear_bindings(statement);
        return well;
}

/* Who comes with a token is its person and nothing else, whatever user the connection is of. */
static gboolean find(MgActors *actors, const char *token, MgActor *actor, GError **error) {
        g_autoptr(GMutexLocker) lock G_GNUC_UNUSED = g_mutex_locker_new(&actors->mutex);
        gboolean persons;

        if (token)
                return find_by_token(actors, token, actor, error);
        if (!has_persons(actors, &persons, error))
                return FALSE;
        if (is_owner(actors, actor->user))
                actor->duties = persons ? MG_DUTY_ADMINISTRATOR : _MG_DUTY_ALL;
        actor->member = !persons && (!actor->gateway || is_owner(actors, actor->user));
        return find_by_user(actors, actor->user, actor, error);
}

static gboolean is_one_of(const MgActor *actor, guint32 who) {
        return ((actor->duties | actor->gateway | (actor->member ? MG_ACTOR_MEMBER : 0u)) & who) != 0;
}

/* "officer or auditor"; NULL where no duty of a person would do. */
static char *words_of(guint32 who) {
        g_autoptr(GPtrArray) words = g_ptr_array_new();

        for (guint i = 0; i < _MG_DUTY_N; i++)
                if (who & 1u << i)
                        g_ptr_array_add(words, (gpointer)mg_duty_name((MgDuty)(1u << i)));
        g_ptr_array_add(words, NULL);
        return words->len > 1 ? g_strjoinv(" or ", (char **)words->pdata) : NULL;
}

static gboolean refuse(const MgActor *actor, guint32 who, GError **error) {
        g_autofree char *words = words_of(who);

        if (!words)
                return deny(error, "only the gateway itself may ask this");
        if (actor->person != 0 || actor->duties != 0)
                return deny(error, "this needs the duty %s; yours do not include it", words);
        return deny(
                error,
                "this needs the duty %s; the Unix user %u is no registered person (mugai user add LOGIN --unix-user)",
                words, actor->user);
}

gboolean mg_actors_admit_user(MgActors *actors, uid_t user, const char *token, guint32 who, MgActor *actor,
                              GError **error) {
        *actor = (MgActor){.user = user, .organization = g_strdup(""), .scope = g_strdup("")};
        actor->gateway = token ? 0 : gateway_of(actors, user);
        actor->name = is_owner(actors, user) ? g_strdup("root")
                      : actor->gateway       ? g_strdup("gateway")
                                             : g_strdup_printf("u:%u", user);
        /* A mail does not wait for a look into the tables. */
        if (actor->gateway & who & MG_ACTOR_MILTER)
                return TRUE;
        if (!find(actors, token, actor, error))
                return FALSE;
        return who & MG_ACTOR_ANYBODY || is_one_of(actor, who) || refuse(actor, who, error);
}

gboolean mg_actors_read(MgActors *actors, MgActorsFunc func, gpointer data, GError **error) {
        g_autoptr(GMutexLocker) lock G_GNUC_UNUSED = g_mutex_locker_new(&actors->mutex);

        return func(actors->db, data, error);
}

gboolean mg_actors_admit(MgActors *actors, int sock, const char *token, guint32 who, MgActor *actor, GError **error) {
        struct ucred peer;
        socklen_t n = sizeof peer;

        if (getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &peer, &n) == 0)
                return mg_actors_admit_user(actors, peer.uid, token, who, actor, error);
        *actor = (MgActor){.name = g_strdup("nobody"), .organization = g_strdup(""), .scope = g_strdup("")};
        mg_error_system(error, "who asks cannot be known");
        return FALSE;
}
