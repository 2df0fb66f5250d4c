/* Linked into a program that runs with the canary: at the end of the program, asks the library how
 * many blocks of memory it has not got back. LIVE_BLOCKS is the name of the function that counts. */

#define _GNU_SOURCE

#include <dlfcn.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

__attribute__((destructor)) static void count_blocks(void) {
    size_t (*live_blocks)(void) = NULL;
    void *found = dlsym(RTLD_DEFAULT, LIVE_BLOCKS);
    size_t left;

    memcpy(&live_blocks, &found, sizeof found);
    fflush(NULL);
    if (live_blocks == NULL) {
        fprintf(stderr, "the library has no %s(): it is not the canary's\n", LIVE_BLOCKS);
        _exit(2);
    }
    left = live_blocks();
    if (left > 0) {
        fprintf(stderr, "at the end: blocks are left: %zu\n", left);
        _exit(1);
    }
}
