/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of what other roles say, and the match. A test looks that each row still stands in the source of its role.
 */
#include "console/said.h"

#include <string.h>

#include "console/words.h"

/* Places in one sentence, and sentences within sentences: what is beyond stays English. */
#define PLACES 6
#define DEPTH 3

static const char *const rows[] = {
        /* why a part was taken out (rules/decide.c) */
        N_("its text is the body"),
        N_("another form of the text that is in the body"),
        N_("a picture inside the body"),
        N_("the mail could not be converted"),
        N_("a program, or a file that can run as one; only text crosses"),
        N_("encrypted; only text crosses"),
        N_("content inside a signature that is not opened; only text crosses"),
        N_("a signature; only text crosses"),
        N_("a fragment of a message; only text crosses"),
        N_("encoded data cut out of the text"),
        N_("a message inside the message; only text crosses"),
        N_("a calendar entry; only text crosses"),
        N_("readers may disagree on it; only text crosses"),
        N_("only text crosses"),

        /* what became of a mail (base/job.c, rules, milter, base/error.c) */
        N_("could not be converted: %s"),
        N_("limits.%s is %s, the mail has %s"),
        N_("timeout"),
        N_("crash"),
        N_("refused"),
        N_("grammar"),
        N_("internal"),
        N_("rejected %s"),
        N_("by rule %s: %s"),
        N_("by rule %s"),
        N_("limits.mail_size is %s, the mail is larger"),
        N_("limits.header_fields is %s, the mail has more"),
        N_("milter.max_memory is %s and in use"),
        N_("Too many messages at once, please try again later"),
        N_("Message cannot be taken now, please try again later"),
        N_("Insufficient storage, please try again later"),
        N_("Message cannot be processed now, please try again later"),
        N_("Service is restarting, please try again later"),
        N_("Message is larger than this system accepts"),
        N_("Message has too many header fields"),
        N_("Please send to this recipient separately"),
        N_("Message is not accepted"),
        N_("Address holds characters that are not allowed"),

        /* what became of a release (release, store/request.c) */
        N_("the retention of the mail has ended"),
        N_("%s is on no domain that is allowed now"),
        N_("part %s cannot be taken out of the original (%s)"),
        N_("what was composed may not leave: %s"),
        N_("the process that worked on it ended before it could say what became of it"),
        N_("what the process that worked on it said cannot be read"),

        /* requests (store/request.c, store/session_request.c) */
        N_("request %s is %s and %s"),
        N_("cannot be approved"),
        N_("cannot be denied"),
        N_("needs nobody to settle it"),
        N_("waiting"),
        N_("approved"),
        N_("denied"),
        N_("expired"),
        N_("handed-over"),
        N_("released"),
        N_("failed"),
        N_("unknown"),
        N_("no mail with receipt %s came to %s"),
        N_("your organization"),
        N_("you"),
        N_("nothing may be released to %s; it may be to: %s"),
        N_("nowhere (release.allowed_domains is empty)"),
        N_("%s is no address of yours"),
        N_("you have %s requests that wait; at most so many may"),
        N_("a request needs a reason"),
        N_("%s parts are asked for; at most %s may be"),
        N_("there is no request %s"),
        N_("request %s is your own: another person approves it"),
        N_("you approved request %s already: it needs another person"),
        N_("a request is denied with a reason"),
        N_("request %s is your own: another person settles it"),
        N_("a request is settled with a reason"),
        N_("the original of %s is not there any more"),
        N_("there is no mail with receipt %s that you may see"),
        N_("there is no mail with receipt %s whose text you may read"),

        /* signing in (store/sign_in.c, store/credential.c, store/password.c, store/session_people.c) */
        N_("nobody of this name is registered"),
        N_("this person is disabled"),
        N_("this person was registered until a day that is past"),
        N_("the password that it replaces is wrong"),
        N_("many passwords are being looked at; try again in a moment"),
        N_("this needs a second factor, and you have none (mugai user totp)"),
        N_("too many attempts: try again in %s seconds"),
        N_("only who signed in can say his password again"),
        N_("there is no session %s"),
        N_("nobody has the login %s"),
        N_("only an officer does this for somebody else"),
        N_("this person is not of your organization"),

        /* persons and tables of them (store/people_edit.c, base/person.c, base/people_table.c, base/csv.c) */
        N_("login: %s"),
        N_("name: %s"),
        N_("organization: %s"),
        N_("duties: %s"),
        N_("unix_user: %s is %s already"),
        N_("unix_user: %s"),
        N_("addresses: %s"),
        N_("scope: %s"),
        N_("until: %s"),
        N_("has %s octets; 1 to %s are allowed"),
        N_("has %s octets; %s are allowed"),
        N_("is written in lower case letters, digits and . _ - and begins with a letter or digit"),
        N_("is empty"),
        N_("holds characters that no name has"),
        N_("is one word of ASCII letters, digits and . _ - + : /"),
        N_("is root, which is an administrator already and may be several people"),
        N_("are %s; %s are allowed"),
        N_("has %s, which is no mail address"),
        N_("is no time before the year 10000"),
        N_("is registered already: mugai user change"),
        N_("is not registered: mugai user add"),
        N_("has duties, or gets some: only an officer manages such persons; an administrator adds and changes those "
           "without duties"),
        N_("is yourself: nobody changes his own duties, organization, scope or end, or disables or enables himself; "
           "another officer does"),
        N_("is not of your organization, %s"),
        N_("this machine has no user %s; a number needs none"),
        N_("%s is root, who is an administrator and nobody else"),
        N_("stands here twice"),
        N_("no officer would be left who can act: give the duty to somebody else first"),
        N_("column %s: who stands in the table is enabled; leave the others out, and have those who are missing "
           "disabled"),
        N_("there is no column %s: %s"),
        N_("column %s stands there twice"),
        N_("the first line names the columns, and ログイン名 (login) is missing"),
        N_("a day is written as 2027-03-31"),
        N_("the line has %s fields; the first one names %s columns"),
        N_("there is nobody in it"),
        N_("there are %s persons in it; %s at once are allowed"),
        N_("\"%s\" is no duty: %s"),
        N_("a quoted field is followed by neither a comma nor a line end"),
        N_("a quoted field has no end"),
        N_("a quote stands within a field: the whole field is quoted, and the quote doubled"),
        N_("the line has more than %s fields"),
        N_("the file is UTF-16: save it as CSV UTF-8"),
        N_("there is an octet 0: this is no text"),
        N_("the text is neither UTF-8 nor Shift_JIS (CP932)"),
        NULL,
};

const char *const *mg_said_rows(void) {
        return rows;
}

/* What stood in the places of a sentence. */
typedef struct Places {
        char *text[PLACES];
        guint n;
} Places;

static void places_clear(Places *places) {
        for (guint i = 0; i < places->n; i++)
                g_free(places->text[i]);
        places->n = 0;
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Places, places_clear)

/* Whether text is the row: a place holds as little as it can, the last one all that is before the row's end. */
static gboolean matches(const char *row, const char *text, Places *places) {
        g_auto(GStrv) pieces = g_strsplit(row, "%s", PLACES + 1);
        const guint n = g_strv_length(pieces);

        if (!g_str_has_prefix(text, pieces[0]))
                return FALSE;
        text += strlen(pieces[0]);
        for (guint i = 1; i < n; i++) {
                const gsize length = strlen(pieces[i]), left = strlen(text);
                const char *next = i + 1 < n                           ? strstr(text, pieces[i])
                                   : left < length                     ? NULL
                                   : g_str_has_suffix(text, pieces[i]) ? text + left - length
                                                                       : NULL;

                if (!next || next == text)
                        return FALSE;
                places->text[places->n++] = g_strndup(text, (gsize)(next - text));
                text = next + length;
        }
        return *text == '\0';
}

static char *translate(const char *text, guint depth);

/* The Japanese of a row with %1, %2 filled in. */
static char *fill(const char *japanese, const Places *places, guint depth) {
        GString *out = g_string_new(NULL);

        for (const char *p = japanese; *p; p++) {
                const guint place = p[0] == '%' && g_ascii_isdigit(p[1]) ? (guint)(p[1] - '1') : PLACES;
                g_autofree char *inner = place < places->n ? translate(places->text[place], depth + 1) : NULL;

                g_string_append_len(out, inner ? inner : p, inner ? (gssize)strlen(inner) : 1);
                p += inner ? 1 : 0;
        }
        return g_string_free(out, FALSE);
}

static char *translate(const char *text, guint depth) {
        for (guint i = 0; depth < DEPTH && rows[i]; i++) {
                g_auto(Places) places = {0};

                if (matches(rows[i], text, &places))
                        return fill(mg_words(FALSE, rows[i]), &places, depth);
        }
        return g_strdup(text);
}

char *mg_said(gboolean english, const char *text) {
        static const char *const roles[] = {"store: ", "release: "};

        for (guint i = 0; i < G_N_ELEMENTS(roles); i++)
                if (g_str_has_prefix(text, roles[i]))
                        text += strlen(roles[i]);
        return english ? g_strdup(text) : translate(text, 0);
}
