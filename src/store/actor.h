/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sqlite3.h>
#include <sys/types.h>

#include "mugai/act.h"
#include "store/vfs.h"

/*
 * Actor: who asks, and what he may ask
 *
 * An actor is a role of the gateway, known by the Unix user that it runs as, or a person, known by the bearer token that came before
 * the request, else by the Unix user of the connection. Nothing in a request says who asks.
 *
 * As long as no person is registered the machine's owner has all duties (he may read every disk here anyhow), and members of the
 * group that may open the socket can look at mail. From the first person on the owner is an administrator and nobody else is
 * anything that the table of persons does not say.
 */

/* Beside the bits of MgDuty in one mask: what an actor is that is no person. */
enum {
        MG_ACTOR_MILTER = 1 << 16,  /* hands mail over */
        MG_ACTOR_RELEASE = 1 << 17, /* hands released mail on */
        MG_ACTOR_MEMBER = 1 << 18,  /* whoever can open the socket while no person is registered */
        MG_ACTOR_CONSOLE = 1 << 20, /* says whom a web server has signed in, where the store believes it */
        MG_ACTOR_ANYBODY = 1 << 19, /* in a row's mask alone: no duty is needed */
};

/* Users of this gateway. Where it was not started as root all are one. */
typedef struct MgActorUsers {
        uid_t milter;
        uid_t release;
        uid_t owner;   /* has what root has here, beside root */
        uid_t console; /* whose word for who signed in is taken; nobody's where the configuration does not say so */
} MgActorUsers;

typedef struct MgActor {
        uid_t user;         /* of the connection */
        gint64 person;      /* 0: none */
        char *name;         /* in the audit trail: "p:12", "gateway", "root", "u:1000" */
        guint32 duties;     /* bits of MgDuty */
        guint32 gateway;    /* MG_ACTOR_MILTER, MG_ACTOR_RELEASE, MG_ACTOR_CONSOLE; 0: not of the gateway */
        gboolean member;    /* MG_ACTOR_MEMBER */
        char *organization; /* of the person, else "" */
        char *scope;        /* group of people for audits, else "" */
        char **addresses;   /* at which the person gets mail, lower case; or NULL */
        gboolean by_token;  /* known by a token, whose SHA-256 is */
        guint8 token[32];
        gboolean is_session; /* the token is that of somebody who signed in */
        gint64 stepped;      /* when he said password and code last; 0: never */
        gboolean is_idle;    /* the token is a session's, and its last use should be noted anew */
} MgActor;

void mg_actor_clear(MgActor *actor);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MgActor, mg_actor_clear)
/* Whether it is one of his addresses, case ignored. */
gboolean mg_actor_has_address(const MgActor *actor, const char *address);

/* A connection of its own, so that no search holds up the question who asks. Safe to use from several threads. */
typedef struct MgActors MgActors;

MgActors *mg_actors_open(const char *index_path, const MgVfs *vfs, const MgActorUsers *users, GError **error);
void mg_actors_free(MgActors *actors);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgActors, mg_actors_free)

/* Lets func read the tables of persons, while nobody else does. */
typedef gboolean (*MgActorsFunc)(sqlite3 *db, gpointer data, GError **error);
gboolean mg_actors_read(MgActors *actors, MgActorsFunc func, gpointer data, GError **error);

/*
 * Who is at the other end of sock, with this token where it is not NULL. who is the mask of what is asked for: DENIED, with a sentence
 * that names what is missing, where the actor is none of it. *actor is filled in then, too, as far as it is known.
 */
gboolean mg_actors_admit(MgActors *actors, int sock, const char *token, guint32 who, MgActor *actor, GError **error);
/* The same of a Unix user that a role of the gateway says is at the other end of a socket of its own. */
gboolean mg_actors_admit_user(MgActors *actors, uid_t user, const char *token, guint32 who, MgActor *actor,
                              GError **error);
