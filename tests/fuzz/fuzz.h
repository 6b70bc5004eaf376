/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * fuzz: what the fuzz targets share
 *
 * A target is one source, fuzz-NAME.c, with the two functions below. Linked with libFuzzer it is the program fuzz-NAME
 * (meson option fuzz, clang); linked with replay.c it is a unit test that reads its corpus again, in every build. A
 * target says what must hold of any input with FUZZ_CHECK(), and keeps no state between inputs.
 */
#include <stdint.h>

#include "compose/compose.h"
#include "mugai/policy.h"

/* Opens what has to be open before the first input. Returns 0. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
/* One input; returns 0. data is not terminated. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the program with a line that says what did not hold, of which value. */
#define FUZZ_CHECK(condition) fuzz_check((condition) ? TRUE : FALSE, __FILE__, __LINE__, #condition)
void fuzz_check(gboolean holds, const char *file, int line, const char *condition);

/* Warms the whole sanitizer. */
void fuzz_warm(void);

/* Whether the octets are well-formed UTF-8 (Unicode 15, table 3-7); written apart from the readers that are tested. */
gboolean fuzz_is_utf8(const char *s, gsize n);

/* What mg_text_clean() promises: the class, within the bound, no change the second time. */
void fuzz_check_clean(const char *s, gsize n, gsize max_chars);

/* The Reading as octets, without the version. */
GBytes *fuzz_put(const MgReading *reading);
/* What the worker says must pass the border, as it is. */
void fuzz_check_crosses(const MgReading *reading, const MgLimits *limits);

/*
 * Reading, decision, composition: what the grammar takes, whatever links and charset the policy asks for. wish: any
 * number that follows from the input; it picks the policy.
 */
void fuzz_check_composed(const MgReading *reading, gsize wish);
