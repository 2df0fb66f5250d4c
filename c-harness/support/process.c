/* Not in ISO C: sigaction() and the like. */
#define _XOPEN_SOURCE 700

#include "process.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "program.h"

static const char PROGRAM[] = "process";

static size_t entries_of(const char *folder) {
    size_t count = 0;
    const struct dirent *entry;
    DIR *directory = opendir(folder);
    if (directory == NULL) {
        stop(WRONG, PROGRAM, "%s cannot be read", folder);
    }
    while ((entry = readdir(directory)) != NULL) {
        count += entry->d_name[0] != '.';
    }
    closedir(directory);
    return count;
}

Footprint footprint(void) {
    Footprint now = {.handlers = 0};
    now.threads = entries_of("/proc/self/task");
    now.descriptors = entries_of("/proc/self/fd") - 1; /* One is to read that folder. */
    for (int i = 1; i < SIGNALS; i++) {
        struct sigaction action;
        /* The C library keeps some of the numbers to itself and refuses to tell. */
        if (sigaction(i, NULL, &action) == 0) {
            /* On Linux a handler with more parameters stands in the same place. */
            now.handler[i] = action.sa_handler;
            now.handlers += now.handler[i] != SIG_DFL && now.handler[i] != SIG_IGN;
        }
    }
    return now;
}

static FILE *open_or_stop(const char *path) {
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        stop(WRONG, PROGRAM, "%s cannot be read", path);
    }
    return file;
}

size_t resident(void) {
    static char line[256];
    size_t kilobytes = 0;
    FILE *status = open_or_stop("/proc/self/status");
    while (kilobytes == 0 && fgets(line, sizeof line, status) != NULL) {
        if (sscanf(line, "VmRSS: %zu", &kilobytes) != 1) {
            kilobytes = 0;
        }
    }
    fclose(status);
    return kilobytes * 1024;
}

bool is_mapped(const char *path) {
    static char line[8192];
    bool found = false;
    FILE *maps = open_or_stop("/proc/self/maps");
    while (!found && fgets(line, sizeof line, maps) != NULL) {
        found = strstr(line, path) != NULL;
    }
    fclose(maps);
    return found;
}
