/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/* cms: what a CMS message (RFC 5652; PKCS #7) is, by its first octets. S/MIME parts are such messages. */
typedef enum MgCms {
        MG_CMS_NONE,      /* no such message */
        MG_CMS_SIGNED,    /* signed data with the content inside */
        MG_CMS_SIGNATURE, /* the same without content: a detached signature, or certificates alone */
        MG_CMS_ENCRYPTED, /* enveloped in any of the ways */
        MG_CMS_OTHER,     /* compressed, digested */
} MgCms;

/* Of [data, data+n) in DER or BER. Opens nothing, checks no signature. Looks at a bounded number of octets. */
MgCms mg_cms_kind(const void *data, gsize n);
