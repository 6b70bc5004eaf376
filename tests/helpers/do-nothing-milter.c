/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A milter that asks for every callback and changes nothing: the yardstick for what Postfix delivers behind a milter.
 * It keeps nothing and looks at nothing.
 */
#include <libmilter/mfapi.h>
#include <stdio.h>
#include <stdlib.h>

static sfsistat on_connect(SMFICTX *context, char *host, _SOCK_ADDR *address) {
        return SMFIS_CONTINUE;
}

static sfsistat on_word(SMFICTX *context, char *word) {
        return SMFIS_CONTINUE;
}

static sfsistat on_words(SMFICTX *context, char **words) {
        return SMFIS_CONTINUE;
}

static sfsistat on_header(SMFICTX *context, char *name, char *value) {
        return SMFIS_CONTINUE;
}

static sfsistat on_event(SMFICTX *context) {
        return SMFIS_CONTINUE;
}

static sfsistat on_body(SMFICTX *context, unsigned char *bytes, size_t n) {
        return SMFIS_CONTINUE;
}

int main(int argc, char **argv) {
        char name[] = "do-nothing";
        struct smfiDesc milter = {
                .xxfi_name = name,
                .xxfi_version = SMFI_VERSION,
                .xxfi_flags = SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_CHGBODY,
                .xxfi_connect = on_connect,
                .xxfi_helo = on_word,
                .xxfi_envfrom = on_words,
                .xxfi_envrcpt = on_words,
                .xxfi_header = on_header,
                .xxfi_eoh = on_event,
                .xxfi_body = on_body,
                .xxfi_eom = on_event,
                .xxfi_abort = on_event,
                .xxfi_close = on_event,
        };

        if (argc != 2) {
                fprintf(stderr, "usage: do-nothing-milter SOCKET\n");
                return EXIT_FAILURE;
        }
        if (smfi_setconn(argv[1]) == MI_FAILURE || smfi_register(milter) == MI_FAILURE || smfi_main() == MI_FAILURE)
                return EXIT_FAILURE;
        return EXIT_SUCCESS;
}
