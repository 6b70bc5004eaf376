/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A domain of valid UTF-8 in A-labels (IDNA2008, UTS 46 non-transitional), or NULL where it is none. free() it. */
char *mg_idn_ascii(const char *domain);
