/* Not in ISO C: RTLD_DEFAULT. */
#define _GNU_SOURCE

#include "process.h"

#if !defined(_WIN32) && !defined(__wasi__)
#include <dlfcn.h>
#endif
#include <stdio.h>

#include "program.h"

void *find_symbol(const char *name) {
#if !defined(_WIN32) && !defined(__wasi__)
    return dlsym(RTLD_DEFAULT, name);
#else
    stop(WRONG, "process", "%s is not looked for on this system", name);
#endif
}
