/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the work costs at least, without isolation, limits, rules or a check: floor-milter [OPTION...] SOCKET
 *
 * One process, libmilter's threads. Without options it asks for every callback and changes nothing.
 *
 *   --silent       no reply but to MAIL, RCPT and the last dot
 *   --parse        GMime reads the mail and writes it again
 *   --text         instead, the first text part becomes the body, HTML with its tags cut out
 *   --keep FOLDER  the original is written there and synced first
 *
 * No yardstick for what is right: it decodes what GMime decodes and drops the rest.
 */
#include <fcntl.h>
#include <gmime/gmime.h>
#include <libmilter/mfapi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static gboolean silent, parse, text;
static char *keep;

typedef struct Mail {
        GByteArray *data;
        gboolean in_body;
} Mail;

static sfsistat quiet(void) {
        return silent ? SMFIS_NOREPLY : SMFIS_CONTINUE;
}

static sfsistat on_negotiate(SMFICTX *ctx, unsigned long actions, unsigned long offered, unsigned long f2,
                             unsigned long f3, unsigned long *pactions, unsigned long *psteps, unsigned long *pf2,
                             unsigned long *pf3) {
        Mail *mail = g_new0(Mail, 1);

        mail->data = g_byte_array_new();
        smfi_setpriv(ctx, mail);
        *pactions = SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_CHGBODY;
        *psteps = SMFIP_HDR_LEADSPC;
        if (silent)
                *psteps |= offered & (SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NR_HDR | SMFIP_NR_BODY | SMFIP_NR_EOH |
                                      SMFIP_NR_DATA | SMFIP_NOUNKNOWN);
        *pf2 = *pf3 = 0;
        return SMFIS_CONTINUE;
}

static sfsistat on_connect(SMFICTX *ctx, char *host, _SOCK_ADDR *address) {
        return quiet();
}

static sfsistat on_helo(SMFICTX *ctx, char *name) {
        return quiet();
}

static sfsistat on_mail(SMFICTX *ctx, char **words) {
        Mail *mail = smfi_getpriv(ctx);

        g_byte_array_set_size(mail->data, 0);
        mail->in_body = FALSE;
        return SMFIS_CONTINUE;
}

static sfsistat on_rcpt(SMFICTX *ctx, char **words) {
        return SMFIS_CONTINUE;
}

static sfsistat on_data(SMFICTX *ctx) {
        return quiet();
}

static gboolean collects(void) {
        return parse || text || keep;
}

static sfsistat on_header(SMFICTX *ctx, char *name, char *value) {
        Mail *mail = smfi_getpriv(ctx);

        if (collects()) {
                g_byte_array_append(mail->data, (const guint8 *)name, (guint)strlen(name));
                g_byte_array_append(mail->data, (const guint8 *)":", 1);
                g_byte_array_append(mail->data, (const guint8 *)value, (guint)strlen(value));
                g_byte_array_append(mail->data, (const guint8 *)"\r\n", 2);
        }
        return quiet();
}

static sfsistat on_eoh(SMFICTX *ctx) {
        return quiet();
}

static sfsistat on_body(SMFICTX *ctx, unsigned char *bytes, size_t n) {
        Mail *mail = smfi_getpriv(ctx);

        if (collects()) {
                if (!mail->in_body)
                        g_byte_array_append(mail->data, (const guint8 *)"\r\n", 2);
                g_byte_array_append(mail->data, bytes, (guint)n);
        }
        mail->in_body = TRUE;
        return quiet();
}

static gboolean kept(const Mail *mail) {
        static gint number;
        g_autofree char *path = g_strdup_printf("%s/%d", keep, g_atomic_int_add(&number, 1));
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        gboolean done =
                fd >= 0 && write(fd, mail->data->data, mail->data->len) == (gssize)mail->data->len && fsync(fd) == 0;

        if (fd >= 0)
                close(fd);
        return done;
}

/* Tags and comments out, nothing else. */
static char *without_tags(const char *html) {
        GString *out = g_string_sized_new(strlen(html));
        gboolean in_tag = FALSE;

        for (const char *c = html; *c; c++) {
                if (*c == '<')
                        in_tag = TRUE;
                else if (*c == '>')
                        in_tag = FALSE;
                else if (!in_tag)
                        g_string_append_c(out, *c);
        }
        return g_string_free(out, FALSE);
}

static void find_text(GMimeObject *parent, GMimeObject *part, gpointer data) {
        GMimePart **found = data;

        if (!*found && GMIME_IS_TEXT_PART(part))
                *found = GMIME_PART(part);
}

static char *text_of(GMimeMessage *message) {
        GMimePart *part = NULL;
        char *words;

        g_mime_message_foreach(message, find_text, &part);
        words = part ? g_mime_text_part_get_text(GMIME_TEXT_PART(part)) : NULL;
        if (words && g_mime_content_type_is_type(g_mime_object_get_content_type(GMIME_OBJECT(part)), "text", "html")) {
                char *plain = without_tags(words);

                g_free(words);
                return plain;
        }
        return words ? words : g_strdup("");
}

static sfsistat on_end(SMFICTX *ctx) {
        Mail *mail = smfi_getpriv(ctx);
        g_autofree char *words = NULL;
        GMimeStream *stream;
        GMimeParser *parser;
        GMimeMessage *message;
        sfsistat status = SMFIS_CONTINUE;

        if (keep && !kept(mail))
                return SMFIS_TEMPFAIL;
        if (!parse && !text)
                return SMFIS_CONTINUE;
        stream = g_mime_stream_mem_new_with_buffer((const char *)mail->data->data, mail->data->len);
        parser = g_mime_parser_new_with_stream(stream);
        message = g_mime_parser_construct_message(parser, NULL);
        if (!message)
                status = SMFIS_TEMPFAIL;
        else {
                words = text ? text_of(message) : g_mime_object_to_string(GMIME_OBJECT(message), NULL);
                if (smfi_chgheader(ctx, (char *)"Content-Type", 1, (char *)" text/plain; charset=utf-8") !=
                            MI_SUCCESS ||
                    smfi_chgheader(ctx, (char *)"Content-Transfer-Encoding", 1, (char *)" 8bit") != MI_SUCCESS ||
                    smfi_replacebody(ctx, (unsigned char *)words, (int)strlen(words)) != MI_SUCCESS)
                        status = SMFIS_TEMPFAIL;
                g_object_unref(message);
        }
        g_object_unref(parser);
        g_object_unref(stream);
        return status;
}

static sfsistat on_close(SMFICTX *ctx) {
        Mail *mail = smfi_getpriv(ctx);

        smfi_setpriv(ctx, NULL);
        if (mail) {
                g_byte_array_free(mail->data, TRUE);
                g_free(mail);
        }
        return SMFIS_CONTINUE;
}

int main(int argc, char **argv) {
        static const GOptionEntry entries[] = {
                {"silent", 0, 0, G_OPTION_ARG_NONE, &silent, "no reply per step", NULL},
                {"parse", 0, 0, G_OPTION_ARG_NONE, &parse, "read and write the mail", NULL},
                {"text", 0, 0, G_OPTION_ARG_NONE, &text, "the first text part becomes the body", NULL},
                {"keep", 0, 0, G_OPTION_ARG_FILENAME, &keep, "the original, synced", "FOLDER"},
                {0},
        };
        g_autoptr(GOptionContext) options = g_option_context_new("SOCKET");
        struct smfiDesc milter = {
                .xxfi_name = (char *)"floor",
                .xxfi_version = SMFI_VERSION,
                .xxfi_flags = SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_CHGBODY,
                .xxfi_negotiate = on_negotiate,
                .xxfi_connect = on_connect,
                .xxfi_helo = on_helo,
                .xxfi_envfrom = on_mail,
                .xxfi_envrcpt = on_rcpt,
                .xxfi_data = on_data,
                .xxfi_header = on_header,
                .xxfi_eoh = on_eoh,
                .xxfi_body = on_body,
                .xxfi_eom = on_end,
                .xxfi_close = on_close,
        };

        g_option_context_add_main_entries(options, entries, NULL);
        if (!g_option_context_parse(options, &argc, &argv, NULL) || argc != 2) {
                fprintf(stderr, "usage: floor-milter [--silent] [--parse | --text] [--keep FOLDER] SOCKET\n");
                return 64;
        }
        g_mime_init();
        if (smfi_setconn(argv[1]) == MI_FAILURE || smfi_register(milter) == MI_FAILURE || smfi_main() == MI_FAILURE)
                return EXIT_FAILURE;
        return EXIT_SUCCESS;
}
