/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A milter that stands for those that verify mail (SPF, DKIM, DMARC): it takes out what says to be by itself, and puts
 * a field Authentication-Results at the top. What it has found the mail says in a field of its own, "X-Verify: INDEX
 * RESULTS"; without one it changes nothing. It verifies nothing.
 */
#include <libmilter/mfapi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef struct Mail {
        int index;          /* where the field goes: 0, or 1 for behind Postfix's own Received */
        char results[1000]; /* "" where there is none to say */
        int fields;         /* Authentication-Results so far */
        int forged[1000];   /* those that say to be ours, by their number */
        int n_forged;
} Mail;

static const char *authserv_id;

static void forget(SMFICTX *context) {
        free(smfi_getpriv(context));
        smfi_setpriv(context, NULL);
}

static sfsistat on_envfrom(SMFICTX *context, char **words) {
        forget(context);
        smfi_setpriv(context, calloc(1, sizeof(Mail)));
        return SMFIS_CONTINUE;
}

static sfsistat on_header(SMFICTX *context, char *name, char *value) {
        Mail *mail = smfi_getpriv(context);

        if (!mail)
                return SMFIS_TEMPFAIL;
        value += strspn(value, " ");
        if (strcasecmp(name, "X-Verify") == 0 && sscanf(value, "%d %999[^\n]", &mail->index, mail->results) < 1)
                return SMFIS_REJECT;
        if (strcasecmp(name, "Authentication-Results") != 0)
                return SMFIS_CONTINUE;
        mail->fields++;
        if (strncasecmp(value, authserv_id, strlen(authserv_id)) == 0 && mail->n_forged < 1000)
                mail->forged[mail->n_forged++] = mail->fields;
        return SMFIS_CONTINUE;
}

static sfsistat on_end(SMFICTX *context) {
        Mail *mail = smfi_getpriv(context);
        char name[] = "Authentication-Results", value[1400];

        if (!mail || !*mail->results)
                return SMFIS_CONTINUE;
        while (mail->n_forged > 0)
                if (smfi_chgheader(context, name, mail->forged[--mail->n_forged], NULL) != MI_SUCCESS)
                        return SMFIS_TEMPFAIL;
        snprintf(value, sizeof value, "%s;\n\t%s", authserv_id, mail->results);
        return smfi_insheader(context, mail->index, name, value) == MI_SUCCESS ? SMFIS_CONTINUE : SMFIS_TEMPFAIL;
}

static sfsistat on_close(SMFICTX *context) {
        forget(context);
        return SMFIS_CONTINUE;
}

int main(int argc, char **argv) {
        char milter_name[] = "verify";
        struct smfiDesc milter = {
                .xxfi_name = milter_name,
                .xxfi_version = SMFI_VERSION,
                .xxfi_flags = SMFIF_ADDHDRS | SMFIF_CHGHDRS,
                .xxfi_envfrom = on_envfrom,
                .xxfi_header = on_header,
                .xxfi_eom = on_end,
                .xxfi_close = on_close,
        };

        if (argc != 3) {
                fprintf(stderr, "usage: verify-milter SOCKET AUTHSERV-ID\n");
                return EXIT_FAILURE;
        }
        authserv_id = argv[2];
        if (smfi_setconn(argv[1]) == MI_FAILURE || smfi_register(milter) == MI_FAILURE || smfi_main() == MI_FAILURE)
                return EXIT_FAILURE;
        return EXIT_SUCCESS;
}
