#include "transcript.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "program.h"

Transcript transcript_to(FILE *stream) {
    Transcript transcript = {.stream = stream};
    return transcript;
}

void transcript_free(Transcript *transcript) {
    free(transcript->bytes);
    *transcript = transcript_to(NULL);
}

void transcript_clear(Transcript *transcript) {
    transcript->length = 0;
    transcript->written = 0;
    transcript->whole = 0;
}

void transcript_flush(Transcript *transcript) {
    size_t left = transcript->whole - transcript->written;
    if (transcript->stream == NULL) {
        return;
    }
    if (left > 0) {
        fwrite(transcript->bytes + transcript->written, 1, left, transcript->stream);
    }
    if (fflush(transcript->stream) != 0 || ferror(transcript->stream)) {
        stop(WRONG, "transcript", "it cannot be written");
    }
    transcript->written = transcript->whole;
}

/* Makes room at the end and returns where it begins; who writes there counts it. */
static char *room(Transcript *out, size_t length) {
    if (out->capacity - out->length < length) {
        out->capacity = 2 * (out->length + length);
        out->bytes = reallocate(out->bytes, out->capacity);
    }
    return out->bytes + out->length;
}

void put_bytes(Transcript *out, const char *bytes, size_t length) {
    memcpy(room(out, length), bytes, length);
    out->length += length;
}

void put_start(Transcript *out, size_t number, const char *name) {
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%zu", number);
    put_bytes(out, digits, (size_t)length);
    put_word(out, name);
}

void put_end(Transcript *out) {
    put_bytes(out, "\n", 1);
    out->whole = out->length;
}

void put_word(Transcript *out, const char *word) {
    put_bytes(out, " ", 1);
    put_bytes(out, word, strlen(word));
}

void put_bool(Transcript *out, bool value) {
    put_word(out, value ? "true" : "false");
}

void put_number(Transcript *out, uint64_t number) {
    char digits[24];
    snprintf(digits, sizeof digits, "%" PRIu64, number);
    put_word(out, digits);
}

static const char HEX[] = "0123456789abcdef";

static void put_bits(Transcript *out, double value) {
    char *digits = room(out, 16);
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    for (int i = 0; i < 16; i++) {
        digits[i] = HEX[bits >> (60 - 4 * i) & 0xf];
    }
    out->length += 16;
}

void put_double(Transcript *out, double value) {
    put_bytes(out, " ", 1);
    put_bits(out, value);
}

void put_text(Transcript *out, const char *text) {
    size_t length = strlen(text);
    char *start = room(out, 4 * length + 3); /* If every byte needs four. */
    char *end = start;
    *end++ = ' ';
    *end++ = '"';
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (byte >= 0x20 && byte <= 0x7e && byte != '"' && byte != '\\') {
            *end++ = text[i];
        } else {
            *end++ = '\\';
            *end++ = 'x';
            *end++ = HEX[byte >> 4];
            *end++ = HEX[byte & 0xf];
        }
    }
    *end++ = '"';
    out->length += (size_t)(end - start);
}

void put_doubles(Transcript *out, const double *values, size_t count) {
    if (count == 0) {
        put_word(out, "-");
    }
    for (size_t i = 0; i < count; i++) {
        put_bytes(out, i == 0 ? " " : ",", 1);
        put_bits(out, values[i]);
    }
}

void put_visit(Transcript *list, double value, double root) {
    put_bytes(list, list->length == 0 ? " " : ",", 1);
    put_bits(list, value);
    put_bytes(list, ":", 1);
    put_bits(list, root);
}

void put_noted(Transcript *out, const Transcript *noted) {
    if (noted->length == 0) {
        put_word(out, "-");
        return;
    }
    put_bytes(out, noted->bytes, noted->length);
}
