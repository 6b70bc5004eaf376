/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "console/visit.h"

/*
 * Routes: the one table of what can be asked
 *
 * Before a handler runs it is known that the path is one of the table, who asks, that he has a duty which the route needs (the store has
 * a refusal on record), and that a form comes from a page of ours.
 */

/* What a POST must prove. A bearer token proves all by itself: no browser sends it unasked. */
typedef enum MgCsrf {
        MG_CSRF_NONE,   /* GET: changes nothing */
        MG_CSRF_ORIGIN, /* comes from a page of ours: where nobody is signed in */
        MG_CSRF_FORM,   /* and carries the token of this session */
} MgCsrf;

typedef struct MgRoute {
        MgHttpMethod method;
        const char *path; /* NULL ends the table; the segment * stands for anything */
        guint32 who;      /* bits of MgDuty: any of them; 0: everybody, signed in or not */
        MgCsrf csrf;
        void (*handle)(MgVisit *visit);
        const char *menu; /* its name in the menu, or NULL */
} MgRoute;

const MgRoute *mg_routes(void);
/* Whether this is a page to come back to: a path with a query or none, of a GET of the table. */
gboolean mg_route_is_page(const char *target);

/* Answers a request. peer is an address, for the log. */
void mg_route_serve(const MgConsole *console, const MgHttpRequest *request, const char *peer, MgHttpReply *reply);
