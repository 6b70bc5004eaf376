/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "compose/compose.h"
#include "mugai/request.h"

/* Who writes letters. */
typedef struct MgLetterhead {
        const char *from; /* ADDRESS (release.from) */
        guint node;       /* of this gateway: two do not give the same Message-ID */
} MgLetterhead;

/*
 * The mail for a letter, in the words of the policy, all its languages below each other; checked against the output
 * grammar. The same letter is the same mail. To be sent from the null sender, to letter->to alone: Auto-Submitted says
 * that nobody answers it (RFC 3834). NULL with GRAMMAR where it may not leave.
 */
MgGrammarView *mg_compose_letter(const MgPolicy *policy, const MgLetterhead *head, const MgLetter *letter,
                                 GError **error);
