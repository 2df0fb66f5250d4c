/* A transcript under way: text that grows, and the forms in which values are written to it.
 *
 * Values are written so that two transcripts are equal only if the values are equal bit by bit.
 * Each value begins with the space that parts it from what stands before. */

#ifndef TRANSCRIPT_H
#define TRANSCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef struct {
    char *bytes;
    size_t length;
    size_t capacity;
    FILE *stream;   /* Where it goes in the end, or NULL if it is only to be looked at. */
    size_t written; /* How much of it is there already. */
    size_t whole;   /* Where the line begins that is under way. */
} Transcript;

/* An empty one; free it with transcript_free(). */
Transcript transcript_to(FILE *stream);
void transcript_free(Transcript *transcript);

/* Starts again, in the same memory. */
void transcript_clear(Transcript *transcript);

/* Writes the lines that are whole to the stream, if there is one. What the library prints itself
 * then stands after them, and before the line that is under way. */
void transcript_flush(Transcript *transcript);

/* A line begins with `NUMBER NAME` and ends. */
void put_start(Transcript *out, size_t number, const char *name);
void put_end(Transcript *out);

void put_bytes(Transcript *out, const char *bytes, size_t length);
void put_word(Transcript *out, const char *word);
void put_bool(Transcript *out, bool value);
void put_number(Transcript *out, uint64_t number);

/* The 16 hexadecimal digits of its bits. */
void put_double(Transcript *out, double value);

/* In quotes; what is not a printable ASCII character becomes `\xNN`. */
void put_text(Transcript *out, const char *text);

/* A list, with commas between the items; an empty one is `-`. */
void put_doubles(Transcript *out, const double *values, size_t count);

/* The next item of a list of visits: `VALUE:ROOT`. */
void put_visit(Transcript *list, double value, double root);

/* What was noted elsewhere meanwhile; `-` if that is nothing. */
void put_noted(Transcript *out, const Transcript *noted);

#endif
