/* SPDX-License-Identifier: Apache-2.0 */
/*
 * free() and realloc() of this program and of the libraries that it calls: what is given back is wiped. GLib frees
 * what it had of a mail as it is, and a milter that runs for months would hold pieces of the mails that
 * came last. Keeps no memory itself: all is glibc's, by the names that it has for it beside the public ones. Does not
 * see stacks, nor what is never freed.
 */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

extern void __libc_free(void *memory);
extern void *__libc_realloc(void *memory, size_t n);

/* What is larger is always a mapping by itself (M_MMAP_THRESHOLD grows to 32 MB at most), which the kernel moves and
 * takes back; nobody gets it again. */
#define WIPED_MOST ((size_t)32 * 1024 * 1024)

void free(void *memory) {
        size_t n = malloc_usable_size(memory);

        if (n > 0 && n <= WIPED_MOST)
                explicit_bzero(memory, n);
        __libc_free(memory);
}

/* Never by moving what glibc would leave behind. */
void *realloc(void *memory, size_t n) {
        size_t had = malloc_usable_size(memory);
        void *other;

        if (!memory || had > WIPED_MOST)
                return __libc_realloc(memory, n);
        if (n <= had && n > had / 2)
                return memory;
        other = n > 0 ? malloc(n) : NULL;
        if (other)
                memcpy(other, memory, n < had ? n : had);
        if (other || n == 0)
                free(memory);
        return other;
}
