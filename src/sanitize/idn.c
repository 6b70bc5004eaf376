/* SPDX-License-Identifier: Apache-2.0 */
/*
 * idn: the one file that calls libidn2, whose header cannot stand beside GLib's
 *
 * Tables only: opens nothing and needs no warming. Does not turn A-labels back, and does not judge which script a
 * label is in.
 */
#include "sanitize/idn.h"

#include <idn2.h>
#include <stddef.h>

char *mg_idn_ascii(const char *domain) {
        char *ascii = NULL;
        return idn2_to_ascii_8z(domain, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) == IDN2_OK ? ascii : NULL;
}
