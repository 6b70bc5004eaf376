/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/store_call.h"
#include "config/config.h"
#include "console/http.h"
#include "console/page.h"
#include "console/reply.h"
#include "mugai/person.h"

/*
 * Visit: one request, who makes it, and the page that answers it
 *
 * Each page and each act is a request to the store with the person's own token, and the store decides. What it says is turned into a
 * status and a page here.
 */

/* What all visits share. Set once, and shared between threads. */
typedef struct MgConsole {
        const MgConfig *config;
        const char *store_path;
        const char *release_path; /* of the role release, or NULL where it does not run */
        const char *control_path; /* of mugaid */
        gboolean plain;           /* cookies for plain HTTP */
} MgConsole;

typedef struct MgVisit {
        const MgConsole *console;
        const MgHttpRequest *http;
        const struct MgRoute *route; /* or NULL */
        MgHttpReply *reply;
        const char *peer; /* address of the client; "" where it is not known */
        char *token;      /* of a session that began with this visit, a secret; or NULL */
        MgAsker asker;    /* the store, as this person */
        MgPerson *person; /* NULL: nobody is signed in */
        char *argument;   /* what stands for * in the route's path; "" where there is none */
        char csrf[65];    /* of this session; "" for nobody */
        MgPage page;
} MgVisit;

void mg_visit_clear(MgVisit *visit);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MgVisit, mg_visit_clear)

/* What proves that a form is of a page of this session: hexadecimal. */
void mg_visit_csrf(const char *token, char csrf[65]);
/* Whether the person has one of these duties. */
gboolean mg_visit_is(const MgVisit *visit, guint32 duties);

/* Begins the page: frame, menu, title. In JSON the object that all is in. Whatever was written before is dropped. */
void mg_visit_begin(MgVisit *visit, const char *title);
void mg_visit_end(MgVisit *visit);

/* A whole page that says what is wrong, in the language of the visit, and what to do next (NULL: what the status always says). */
void mg_visit_refuse(MgVisit *visit, guint status, const char *sentence);
/* The same of what the store or the gateway said. Frees the error. */
void mg_visit_fault(MgVisit *visit, GError *error);
/* After an act: to the page where it is seen; in JSON an object with the number, where there is one. */
void mg_visit_done(MgVisit *visit, const char *path, gint64 number);

/* A field of one line of plain text of at most max octets. FALSE where it is not, after a page that says so; label is the translated name
 * of the field. *text is borrowed, "" where it is not given and need not be. */
gboolean mg_visit_line(MgVisit *visit, const char *name, const char *label, gsize max, gboolean needed,
                       const char **text);
