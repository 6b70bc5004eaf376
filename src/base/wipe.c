/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory with its size in front. Does not keep it off the swap: what must not get there is locked by its owner.
 */
#include "base/wipe.h"

#include <string.h>

/* As malloc aligns. */
#define HEAD 16

static gsize *size_of(void *memory) {
        return (gsize *)(gpointer)((char *)memory - HEAD);
}

void *mg_wipe_new(void *opaque, gsize n) {
        char *start = n < G_MAXSIZE - HEAD ? g_try_malloc(n + HEAD) : NULL;

        if (!start)
                return NULL;
        *(gsize *)(gpointer)start = n;
        return start + HEAD;
}

void mg_wipe_free(void *opaque, void *memory) {
        if (!memory)
                return;
        explicit_bzero(memory, *size_of(memory));
        g_free(size_of(memory));
}

void *mg_wipe_resize(void *memory, gsize n) {
        void *larger = mg_wipe_new(NULL, n);

        if (!larger || !memory)
                return larger;
        memcpy(larger, memory, MIN(n, *size_of(memory)));
        mg_wipe_free(NULL, memory);
        return larger;
}
