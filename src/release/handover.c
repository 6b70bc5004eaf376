/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SMTP by libcurl. Repeats nothing: whoever asks knows whether it may.
 */
#include "release/handover.h"

#include <curl/curl.h>
#include <string.h>

#define CONNECT_S 10L
/* Beyond Postfix's own time for the end of data (milter and queue included). */
#define TRANSACTION_S 330L

typedef struct Talk {
        const MgHandoverMail *mail;
        const char *at; /* what is still to be given */
        gsize left;
        gboolean asked; /* whether it may be sent */
        gboolean may;
        gboolean given;       /* all of it, so that the final dot follows */
        gboolean given_reply; /* a reply came after that */
        GString *reply;       /* the last line that Postfix said */
} Talk;

gboolean mg_handover_prepare(void) {
        return curl_global_init(CURL_GLOBAL_NOTHING) == CURLE_OK;
}

/* libcurl asks for the first octet when Postfix has answered DATA by 354. */
static size_t give(char *buffer, size_t size, size_t n, void *data) {
        Talk *talk = data;
        gsize part = MIN(size * n, talk->left);

        if (!talk->asked) {
                talk->asked = TRUE;
                talk->may = !talk->mail->ready || talk->mail->ready(talk->mail->data);
        }
        if (!talk->may)
                return CURL_READFUNC_ABORT;
        memcpy(buffer, talk->at, part);
        talk->at += part;
        talk->left -= part;
        /* The library may send the final dot without asking once more. */
        talk->given = talk->left == 0;
        return part;
}

static guint code_of(const Talk *talk) {
        return (guint)g_ascii_strtoull(talk->reply->str, NULL, 10);
}

/* The reply that decides stays: a refusal, or the one to the final dot. The one to the library's QUIT comes later. */
static size_t hear(char *line, size_t size, size_t n, void *data) {
        Talk *talk = data;

        if (talk->given_reply || code_of(talk) >= 400)
                return size * n;
        g_string_truncate(talk->reply, 0);
        g_string_append_len(talk->reply, line, (gssize)(size * n));
        talk->given_reply = talk->given;
        return size * n;
}

static MgHandover judge(const Talk *talk, CURLcode result) {
        guint code = code_of(talk);

        if (result == CURLE_OK)
                return MG_HANDOVER_TAKEN;
        /* Of several lines the first may have said that it was taken. */
        if (talk->given && (!talk->given_reply || code < 400))
                return MG_HANDOVER_UNSURE;
        /* What broke off before the final dot was not taken, whatever was said before. */
        if (talk->asked && !talk->given)
                return MG_HANDOVER_LATER;
        return code >= 500 && code < 600 ? MG_HANDOVER_REFUSED : MG_HANDOVER_LATER;
}

/* inet:port@host -> smtp://host:port/name; the name is what is said in EHLO. Caller frees. */
static char *url_of(const char *address) {
        const char *at = strchr(address, '@'), *colon = strchr(address, ':');
        gboolean bare = at[1] != '[' && strchr(at, ':') != NULL;

        return g_strdup_printf("smtp://%s%s%s:%.*s/mugai.invalid", bare ? "[" : "", at + 1, bare ? "]" : "",
                               (int)(at - colon - 1), colon + 1);
}

static struct curl_slist *recipients_of(const MgHandoverMail *mail) {
        struct curl_slist *list = NULL;

        for (guint i = 0; i < mail->rcpts->len; i++) {
                g_autofree char *angle = g_strdup_printf("<%s>", (const char *)g_ptr_array_index(mail->rcpts, i));

                list = curl_slist_append(list, angle);
        }
        return list;
}

MgHandover mg_handover(const MgHandoverMail *mail, char **text) {
        g_autofree char *url = url_of(mail->address), *sender = g_strdup_printf("<%s>", mail->sender);
        char fault[CURL_ERROR_SIZE] = "";
        Talk talk = {.mail = mail, .reply = g_string_new(NULL)};
        struct curl_slist *rcpts = recipients_of(mail);
        CURL *curl = curl_easy_init();
        MgHandover handover;
        CURLcode result;

        talk.at = g_bytes_get_data(mail->message, &talk.left);
        curl_easy_setopt(curl, CURLOPT_URL, url);
        curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp");
        curl_easy_setopt(curl, CURLOPT_PROXY, "");
        curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_S);
        curl_easy_setopt(curl, CURLOPT_TIMEOUT, TRANSACTION_S);
        curl_easy_setopt(curl, CURLOPT_SERVER_RESPONSE_TIMEOUT, TRANSACTION_S);
        curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, fault);
        curl_easy_setopt(curl, CURLOPT_MAIL_FROM, sender);
        curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, rcpts);
        curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)talk.left);
        curl_easy_setopt(curl, CURLOPT_READFUNCTION, give);
        curl_easy_setopt(curl, CURLOPT_READDATA, &talk);
        curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, hear);
        curl_easy_setopt(curl, CURLOPT_HEADERDATA, &talk);
        result = curl_easy_perform(curl);
        handover = judge(&talk, result);
        /* Before QUIT is answered. */
        *text = g_strdup(talk.reply->len > 0 && handover != MG_HANDOVER_UNSURE ? g_strchomp(talk.reply->str)
                         : *fault                                              ? fault
                                                                               : curl_easy_strerror(result));
        curl_easy_cleanup(curl);
        curl_slist_free_all(rcpts);
        g_string_free(talk.reply, TRUE);
        return handover;
}
