/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * Reply: what goes back for one request
 *
 * Every reply has the same strict header: nothing but our own style sheet is loaded, no frame holds it, nothing of it is kept by
 * browsers or proxies but what is the same for everybody (assets).
 */
typedef struct MgHttpReply {
        guint status;
        GString *body;
        const char *type;    /* of the body */
        char *location;      /* of a 303, or NULL */
        char *allow;         /* of a 405, or NULL */
        char *file;          /* ASCII name to save it by, or NULL */
        guint retry_after;   /* seconds, of a 429 and 503; 0: none */
        gboolean is_lasting; /* may be kept: an asset */
        GPtrArray *cookies;  /* of char *, whole values of Set-Cookie */
} MgHttpReply;

MgHttpReply *mg_http_reply_new(void);
void mg_http_reply_free(MgHttpReply *reply);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgHttpReply, mg_http_reply_free)

/* Calls func for each field of the header, in order. */
typedef void (*MgHttpFieldFunc)(const char *name, const char *value, gpointer data);
void mg_http_reply_fields(const MgHttpReply *reply, MgHttpFieldFunc func, gpointer data);

/* 303 to a path of ours. */
void mg_http_reply_see(MgHttpReply *reply, const char *path);
/* seconds 0: it ends now; -1: with the browser. */
void mg_http_reply_cookie(MgHttpReply *reply, const char *name, const char *value, gint64 seconds, gboolean plain);
