/* Hostile calls of a library: what is generated from its description, for driver.c. */

#ifndef DRIVER_H
#define DRIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum {
    VOID,
    BOOLEAN,
    CHARACTER,
    SIGNED,
    UNSIGNED,
    FLOATING,
    ENUMERATION,
    STRUCTURE,
    POINTER,
    CALLBACK,
    ARRAY,
    OTHER
} Class;

typedef struct Type Type;

/* A field with its offset, or a value of an enum. */
typedef struct {
    const char *name;
    int64_t at;
    const Type *of;
    bool is_count; /* Of the elements of arrays beside it. */
} Member;

struct Type {
    Class class;
    size_t size;
    const char *spelling; /* In C. */
    const Member *members;
    size_t count;   /* Of the members, or of an array's elements. */
    const Type *to; /* What a pointer points to, or what an array has. */
    int number;     /* Of a callback, or of the pool with what a pointer points to; -1 if there is none. */
    void (*callback)(void);
};

/* What is passed for a parameter. */
typedef enum {
    VALUE,
    COUNT,    /* How many elements other arguments have. */
    TEXT,     /* Ended by a NUL. */
    ELEMENTS, /* As many as `count` says, or one. */
    OUT,      /* Where a pointer is written that the caller then owns. */
    USED,     /* What an earlier call has made. */
    FREED     /* The same, for the last time. */
} Role;

typedef struct {
    const Type *of;
    Role role;
    int count;    /* The parameter with the number of elements; -1 if there is none. */
    bool is_read;     /* The function does not write through the pointer. */
    bool may_be_null;
} Parameter;

typedef struct {
    const char *name;
    void (*call)(void *const *arguments, void *result);
    const Parameter *parameters;
    size_t arity;
    const Type *result;
    int pool; /* For the result; -1 if it is not the caller's to use. */
    bool has_status;
    int length; /* The parameter through which the length of the result is written; -1 if none. */
} Operation;

enum { ARGUMENTS = 16, VALUE_SIZE = 512, SLOTS = 4, POOLS = 64, TEXTS = 0 };

/* Generated. */
extern const Operation OPERATIONS[];
/* By the pool: the operation that frees what is in it; -1 if that belongs to something else. */
extern const int DESTRUCTORS[];
extern const size_t POOL_COUNT;

/* The message of the last failure on this thread; NULL if the library has no such function.
 * Generated. */
const char *last_error(void);

/* What each callback does: it may call the library. Returns whether to go on. */
bool called_back(void);

#endif
