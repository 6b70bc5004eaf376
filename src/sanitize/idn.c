/* SPDX-License-Identifier: Apache-2.0 */
/*
 * idn: the one file that calls libidn2, whose header cannot stand beside GLib's
 *
 * Tables only: opens nothing and needs no warming. Does not judge which script a label is in.
 */
#include "sanitize/idn.h"

#include <idn2.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

char *mg_idn_ascii(const char *domain) {
        char *ascii = NULL;
        return idn2_to_ascii_8z(domain, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) == IDN2_OK ? ascii : NULL;
}

char *mg_idn_unicode(const char *domain) {
        char *letters = NULL;
        if (idn2_to_unicode_8z8z(domain, &letters, 0) != IDN2_OK)
                return NULL;
        char *back = strcasecmp(letters, domain) != 0 ? mg_idn_ascii(letters) : NULL;
        if (back == NULL || strcasecmp(back, domain) != 0) {
                free(letters);
                letters = NULL;
        }
        free(back);
        return letters;
}
