/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * jis: UTF-8 -> ISO-2022-JP (RFC 1468) for old clients
 *
 * ASCII and JIS X 0208 only: no half-width kana, no vendor characters, no JIS X 0212. What these cannot express gets
 * a stand-in first: ① (1) ㈱ (株) 髙 高, half-width kana full-width, é e, and 〓 where there is none. A voice mark,
 * combining or half-width, joins the kana before it or else stands by itself: ケﾞ ゲ, アﾞ ア゛.
 */
typedef struct MgJis MgJis;

/* NULL where the C library cannot convert to EUC-JP. */
MgJis *mg_jis_new(void);
void mg_jis_free(MgJis *jis);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgJis, mg_jis_free)

/* A copy of valid UTF-8 in which each character is ASCII or of JIS X 0208. Caller frees. */
char *mg_jis_express(const MgJis *jis, const char *s);
/* Appends the octets of [s, s+n), which mg_jis_express() made. Begins and ends in ASCII, as does every line. */
void mg_jis_encode(const MgJis *jis, const char *s, gsize n, GString *out);
