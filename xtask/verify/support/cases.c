#include "cases.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program.h"

_Noreturn void malformed(const Case *one_case, const char *what) {
    stop(MALFORMED, "cases", "line %zu (%s): %s", one_case->line, one_case->name, what);
}

/* --- The file ---------------------------------------------------------------------------- */

/* The whole file, ended by a NUL. */
static char *contents(const char *path) {
    size_t capacity = 1 << 16;
    size_t length = 0;
    char *text = allocate(capacity);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        stop(MALFORMED, "cases", "%s cannot be opened", path);
    }
    for (;;) {
        size_t got = fread(text + length, 1, capacity - length - 1, file);
        length += got;
        if (got == 0) {
            break;
        }
        if (capacity - length == 1) {
            capacity *= 2;
            text = reallocate(text, capacity);
        }
    }
    if (ferror(file)) {
        stop(MALFORMED, "cases", "%s cannot be read", path);
    }
    fclose(file);
    text[length] = '\0';
    if (strlen(text) != length) {
        stop(MALFORMED, "cases", "%s has a zero byte in it and so is no text", path);
    }
    return text;
}

/* Ends `text` at the first `separator`, if there is one, and returns what stands behind it. */
static char *cut(char *text, char separator) {
    char *end = strchr(text, separator);
    if (end == NULL) {
        return NULL;
    }
    *end = '\0';
    return end + 1;
}

static Case case_of(char *line, size_t number) {
    Case one_case = {.line = number, .name = line};
    char *word = cut(line, ' ');
    while (word != NULL) {
        char *next = cut(word, ' ');
        size_t size = (one_case.count + 1) * sizeof *one_case.words;
        one_case.words = reallocate(one_case.words, size);
        one_case.words[one_case.count++] = word;
        word = next;
    }
    return one_case;
}

Cases cases_read(const char *path) {
    Cases cases = {.file = contents(path)};
    size_t capacity = 0;
    char *line = cases.file;
    while (line != NULL && *line != '\0') {
        char *next = cut(line, '\n');
        if (cases.count == capacity) {
            capacity = 2 * capacity + 64;
            cases.items = reallocate(cases.items, capacity * sizeof *cases.items);
        }
        cases.items[cases.count] = case_of(line, cases.count + 1);
        cases.count++;
        line = next;
    }
    return cases;
}

void cases_free(Cases *cases) {
    for (size_t i = 0; i < cases->count; i++) {
        free(cases->items[i].words);
    }
    free(cases->items);
    free(cases->file);
    *cases = (Cases){0};
}

/* --- The arguments ----------------------------------------------------------------------- */

Arguments arguments_of(const Case *one_case) {
    Arguments arguments = {.from = one_case};
    return arguments;
}

void arguments_free(Arguments *arguments) {
    for (size_t i = 0; i < arguments->block_count; i++) {
        free(arguments->blocks[i]);
    }
    free(arguments->blocks);
    *arguments = arguments_of(arguments->from);
}

void *arguments_memory(Arguments *arguments, size_t size) {
    size_t count = arguments->block_count + 1;
    arguments->blocks = reallocate(arguments->blocks, count * sizeof *arguments->blocks);
    arguments->blocks[arguments->block_count] = allocate(size);
    return arguments->blocks[arguments->block_count++];
}

static const char *word_at(const Arguments *arguments, size_t place) {
    if (place >= arguments->from->count) {
        malformed(arguments->from, "an argument is missing");
    }
    return arguments->from->words[place];
}

bool argument_is(const Arguments *arguments, size_t place, const char *word) {
    return place < arguments->from->count && strcmp(arguments->from->words[place], word) == 0;
}

bool null_argument(const Arguments *arguments, size_t place) {
    bool is_null = argument_is(arguments, place, "NULL");
    if (!is_null && place < arguments->from->count) {
        malformed(arguments->from, "only `NULL` may stand in the last place");
    }
    return is_null;
}

static unsigned digit(const Arguments *arguments, char character) {
    if (character >= '0' && character <= '9') {
        return (unsigned)(character - '0');
    }
    if (character >= 'a' && character <= 'f') {
        return (unsigned)(character - 'a') + 10;
    }
    malformed(arguments->from, "a hexadecimal digit, in lower case, is missing");
}

/* The double at the start of `word`; `end` is what follows its digits. */
static double decode_double(const Arguments *arguments, const char *word, const char **end) {
    uint64_t bits = 0;
    double value;
    for (int i = 0; i < 16; i++) {
        bits = bits << 4 | digit(arguments, *word++);
    }
    memcpy(&value, &bits, sizeof value);
    *end = word;
    return value;
}

/* The text of the `length` characters at `word`. */
static char *decode_text(Arguments *arguments, const char *word, size_t length) {
    if (length == 4 && memcmp(word, "NULL", 4) == 0) {
        return NULL;
    }
    if (length % 2 == 0 || *word != 'x') {
        malformed(arguments->from, "text is `NULL`, or `x` and two digits for each byte");
    }
    char *text = arguments_memory(arguments, length / 2 + 1);
    for (size_t i = 0; i < length / 2; i++) {
        unsigned high = digit(arguments, word[1 + 2 * i]);
        unsigned low = digit(arguments, word[2 + 2 * i]);
        text[i] = (char)(unsigned char)(high << 4 | low);
    }
    text[length / 2] = '\0';
    if (strlen(text) != length / 2) {
        malformed(arguments->from, "no text has the byte 00");
    }
    return text;
}

double double_argument(const Arguments *arguments, size_t place) {
    const char *end;
    double value = decode_double(arguments, word_at(arguments, place), &end);
    if (*end != '\0') {
        malformed(arguments->from, "a double has 16 digits");
    }
    return value;
}

size_t count_argument(const Arguments *arguments, size_t place) {
    const char *word = word_at(arguments, place);
    char *end;
    uintmax_t count = strtoumax(word, &end, 10);
    if (*word < '0' || *word > '9' || *end != '\0' || count > SIZE_MAX) {
        malformed(arguments->from, "a count is a decimal number");
    }
    return (size_t)count;
}

int32_t int32_argument(const Arguments *arguments, size_t place) {
    const char *word = word_at(arguments, place);
    char *end;
    intmax_t number = strtoimax(word, &end, 10);
    if (*word == '\0' || *end != '\0' || number < INT32_MIN || number > INT32_MAX) {
        malformed(arguments->from, "a status is a decimal number of 32 bits");
    }
    return (int32_t)number;
}

char *text_argument(Arguments *arguments, size_t place) {
    const char *word = word_at(arguments, place);
    return decode_text(arguments, word, strlen(word));
}

/* How many items the list has. */
static size_t items_of(const char *list) {
    size_t count = 1;
    if (strcmp(list, "-") == 0) {
        return 0;
    }
    while ((list = strchr(list, ',')) != NULL) {
        count++;
        list++;
    }
    return count;
}

Doubles doubles_argument(Arguments *arguments, size_t place) {
    const char *word = word_at(arguments, place);
    Doubles list = {.count = items_of(word)};
    list.items = arguments_memory(arguments, list.count * sizeof *list.items);
    for (size_t i = 0; i < list.count; i++) {
        list.items[i] = decode_double(arguments, word, &word);
        if (*word++ != (i + 1 < list.count ? ',' : '\0')) {
            malformed(arguments->from, "a list is doubles with commas between them, or `-`");
        }
    }
    return list;
}

Texts texts_argument(Arguments *arguments, size_t place) {
    const char *word = word_at(arguments, place);
    Texts list = {.count = items_of(word)};
    list.items = arguments_memory(arguments, list.count * sizeof *list.items);
    for (size_t i = 0; i < list.count; i++) {
        size_t length = strcspn(word, ",");
        list.items[i] = decode_text(arguments, word, length);
        word += length + 1;
    }
    return list;
}
