/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of duties and acts. Decides nothing.
 */
#include "mugai/act.h"

static const char *const duties[_MG_DUTY_N] = {
#define DUTY_WORD(name, word) [MG_DUTY_NUMBER_##name] = (word),
        MG_DUTIES(DUTY_WORD)
#undef DUTY_WORD
};

const char *mg_duty_name(MgDuty duty) {
        for (guint i = 0; i < _MG_DUTY_N; i++)
                if (duty == 1u << i)
                        return duties[i];
        return "unknown";
}

guint32 mg_duty_of(const char *word) {
        for (guint i = 0; i < _MG_DUTY_N; i++)
                if (g_str_equal(duties[i], word))
                        return 1u << i;
        return 0;
}

static const char *const acts[_MG_ACT_N] = {
#define ACT_WORD(name, word) [MG_ACT_##name] = (word),
        MG_ACTS(ACT_WORD)
#undef ACT_WORD
};

const char *mg_act_name(MgActKind kind) {
        return kind < _MG_ACT_N ? acts[kind] : "unknown";
}

gboolean mg_act_is(const char *word) {
        for (guint i = 0; i < _MG_ACT_N; i++)
                if (g_str_equal(acts[i], word))
                        return TRUE;
        return FALSE;
}
