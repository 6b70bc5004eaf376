/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Preloaded before libc: each fsync and fdatasync takes 10 ms longer, as on a disk that turns. What the calls do and
 * return stays theirs.
 */
#include <dlfcn.h>
#include <time.h>
#include <unistd.h>

static void wait_more(void) {
        const struct timespec time = {.tv_nsec = 10 * 1000 * 1000};

        nanosleep(&time, NULL);
}

int fsync(int fd) {
        int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");

        wait_more();
        return real(fd);
}

int fdatasync(int fd) {
        int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");

        wait_more();
        return real(fd);
}
