/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * HTTP request: what a browser or a program sent, read under bounds into values
 *
 * The server hands over what libmicrohttpd split off (method, target, header fields, body); everything in these is read here, so
 * that it can be tested and fuzzed without a network. Whatever is wrong with a request is a status, never a guess.
 */

/* Bounds of one request: X(name, value, what happens beyond it). */
#define MG_HTTP_TARGET 4096              /* octets of path and query: 414 */
#define MG_HTTP_HEAD 32768               /* octets of the header, all fields: 431, by libmicrohttpd */
#define MG_HTTP_BODY (1024 * 1024)       /* octets of a body: 413 */
#define MG_HTTP_FIELDS 500               /* of query and form together: 400 */
#define MG_HTTP_FIELD_NAME 64            /* octets of a field's name: 400 */
#define MG_HTTP_FIELD_VALUE (768 * 1024) /* octets of a field's value: 413; a file is one */
#define MG_HTTP_COOKIES 50               /* in one Cookie field: the rest is not looked at */

typedef enum MgHttpMethod { MG_HTTP_GET, MG_HTTP_POST } MgHttpMethod;

/* A field of the query or of a form, by its name. */
typedef struct MgHttpField {
        char *name;
        char *value;  /* UTF-8 without NUL; "" of a file */
        GBytes *file; /* its octets, whatever they are; or NULL */
} MgHttpField;

/* Header fields that are looked at, as they came; NULL where there is none. */
typedef struct MgHttpHead {
        const char *method;
        const char *target; /* "/mail/1234567890?x=y" */
        const char *cookie;
        const char *content_type;
        const char *accept;
        const char *authorization;
        const char *host;
        const char *origin;
        const char *fetch_site;
        const char *user;  /* of the field in which a web server says who signed in at it */
        guint users;       /* how often that field stands there */
        gboolean is_proxy; /* it comes from the web server that may say it */
} MgHttpHead;

typedef struct MgHttpRequest {
        guint fault; /* status of what is wrong with it, or 0 */
        MgHttpMethod method;
        gboolean head_only; /* HEAD: as GET, without a body */
        char *path;         /* begins with '/'; printable ASCII without % */
        char *target;       /* path and query, as it came */
        GPtrArray *fields;  /* of MgHttpField: of the query, then of the form */
        char *user;         /* who signed in at the web server, lower case; or NULL */
        char *token;        /* a secret; or NULL */
        gboolean is_bearer; /* the token came by Authorization, not by cookie */
        gboolean wants_json;
        gboolean english;   /* by cookie; Japanese is the first language */
        gboolean same_site; /* a browser says that the page which sent this is ours */
} MgHttpRequest;

/* plain: cookies have the names that they have on plain HTTP. body may be NULL. Never NULL. */
MgHttpRequest *mg_http_read(const MgHttpHead *head, const char *body, gsize n, gboolean plain);
void mg_http_request_free(MgHttpRequest *request);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgHttpRequest, mg_http_request_free)

/* The first field of that name with its blanks around taken off, or "". Borrowed. */
const char *mg_http_field(const MgHttpRequest *request, const char *name);
/* Values of all fields of that name, ended by NULL; g_free() frees the array alone. */
const char **mg_http_fields(const MgHttpRequest *request, const char *name);

/* The first file of that name, or NULL. Borrowed. */
GBytes *mg_http_file(const MgHttpRequest *request, const char *name);

/* Names of cookies. */
const char *mg_http_session_cookie(gboolean plain);
const char *mg_http_language_cookie(gboolean plain);

/* Decodes %XX, and + where a form may write it. NULL where it is no UTF-8, has a NUL, or a % that begins nothing. */
char *mg_http_decode(const char *text, gsize n, gboolean plus);
