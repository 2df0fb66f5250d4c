/*
 * acme.h - the C interface of libacme, made by cbindgen 0.29.4 from the Rust source in
 * acme-cdylib/src. Do not edit it: change the source, then run
 *
 *     cargo xtask header
 *
 * Made from declarations 1988eadc48be0d5d, text 68d3dd971ab85fce.
 */

/*
 * Conventions. They hold for every function; a function's own comment only names exceptions.
 *
 * Status     A function that can fail returns a status, AcmeStatus, and writes its results through
 *            pointers. Unless it returns ACME_STATUS_OK it has written no result. acme_last_error()
 *            then has the reason, in words.
 * Arguments  They are checked before anything is done, in their order: NULL, alignment, UTF-8. What
 *            cannot be checked, that a pointer points to what the function says, the caller
 *            guarantees; under "Safety" a function says what that is.
 * Ownership  What is passed in is borrowed until the call returns. A result that has a function to
 *            free it is the caller's; give it back to that function, once, and never to free().
 * Panics     A panic inside the library never reaches the caller: it becomes ACME_STATUS_PANIC.
 * Threads    Every function may be called from any thread, several at once, also with one handle, but
 *            not while that is freed. The last error is kept for each thread.
 * Version    Compare acme_abi_version() with ACME_ABI_VERSION once at start; if they differ, this
 *            header does not describe the library that was loaded.
 */


#ifndef ACME_H
#define ACME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * The version of the ABI that this header describes. It changes when a program that was built
 * before the change could go wrong with the library after it.
 */
#define ACME_ABI_VERSION 1

/**
 * How a call ended. The numbers are part of the ABI and never change.
 *
 * It only ever comes out of the library. A function that takes one takes an `int32_t`, for an enum
 * with a value that it does not list would be undefined behaviour in Rust.
 */
typedef enum {
  /**
   * Done.
   */
  ACME_STATUS_OK = 0,
  /**
   * A pointer that has to point somewhere was NULL.
   */
  ACME_STATUS_NULL_POINTER = 1,
  /**
   * Text was not UTF-8.
   */
  ACME_STATUS_INVALID_UTF8 = 2,
  /**
   * A pointer was not aligned for what it points to.
   */
  ACME_STATUS_MISALIGNED = 3,
  /**
   * An array is larger than memory can be.
   */
  ACME_STATUS_TOO_LARGE = 4,
  /**
   * Two arrays overlap that must be the same or apart.
   */
  ACME_STATUS_OVERLAP = 5,
  /**
   * The buffer is too small for the result.
   */
  ACME_STATUS_BUFFER_TOO_SMALL = 6,
  /**
   * The library has a bug and panicked; it may be called again.
   */
  ACME_STATUS_PANIC = 7,
  /**
   * There is no memory for the result.
   */
  ACME_STATUS_OUT_OF_MEMORY = 8,
  /**
   * A number was to be divided by zero.
   */
  ACME_STATUS_DIVISION_BY_ZERO = 9,
} AcmeStatus;

/**
 * Adds numbers up. Several threads may use one at once.
 */
typedef struct AcmeTotal AcmeTotal;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Returns the version of the ABI that the loaded library has. If it is not ACME_ABI_VERSION, call
 * nothing else: this header describes another library.
 */
uint32_t acme_abi_version(void);

/**
 * Returns the version of the library as text, such as `0.1.0`. It is static: never free it.
 */
const char *acme_version(void);

/**
 * Returns the message of the last failure on the calling thread, in UTF-8. It begins with the name
 * of the function that failed and has at most 511 bytes; a longer one is cut at a character.
 *
 * Never NULL; empty before the first failure. It belongs to the library and is valid until the
 * next call that fails on this thread, or until the thread ends: copy it to keep it.
 */
const char *acme_last_error(void);

/**
 * Returns the name of a status, such as `ACME_STATUS_PANIC`, or `unknown status` for a number that is
 * none. It is static: never free it.
 */
const char *acme_status_name(int32_t status);

/**
 * Frees a text that a function of this library made for the caller. NULL is nothing to free.
 *
 * # Safety
 *
 * `text` is NULL or was made by this library, is as long as it was then, and is freed once.
 */
void acme_string_free(char *text);

/**
 * Returns degrees Fahrenheit for degrees Celsius.
 */
double acme_fahrenheit(double celsius);

/**
 * Writes `dividend` divided by `divisor` to `quotient`.
 *
 * Fails with ACME_STATUS_DIVISION_BY_ZERO, ACME_STATUS_NULL_POINTER and ACME_STATUS_MISALIGNED.
 *
 * # Safety
 *
 * `quotient` has room for a double.
 */
AcmeStatus acme_divide(double dividend, double divisor, double *quotient);

/**
 * Writes a new text, `text` from its end to its beginning, to `reversed`. Give it back to
 * acme_string_free().
 *
 * Fails with ACME_STATUS_NULL_POINTER, ACME_STATUS_INVALID_UTF8, ACME_STATUS_MISALIGNED and
 * ACME_STATUS_OUT_OF_MEMORY.
 *
 * # Safety
 *
 * `text` ends with a NUL. `reversed` has room for a pointer.
 */
AcmeStatus acme_reverse(const char *text, char **reversed);

/**
 * Writes a new total, of no numbers, to `total`. Give it back to acme_total_free().
 *
 * Fails with ACME_STATUS_NULL_POINTER and ACME_STATUS_MISALIGNED.
 *
 * # Safety
 *
 * `total` has room for a pointer.
 */
AcmeStatus acme_total_new(AcmeTotal **total);

/**
 * Adds `value`.
 *
 * Fails with ACME_STATUS_NULL_POINTER and ACME_STATUS_MISALIGNED.
 *
 * # Safety
 *
 * `total` has not been freed.
 */
AcmeStatus acme_total_add(const AcmeTotal *total, double value);

/**
 * Writes the sum of all numbers that were added to `sum`.
 *
 * Fails with ACME_STATUS_NULL_POINTER and ACME_STATUS_MISALIGNED.
 *
 * # Safety
 *
 * `total` has not been freed. `sum` has room for a double.
 */
AcmeStatus acme_total_sum(const AcmeTotal *total, double *sum);

/**
 * Frees a total. NULL is nothing to free.
 *
 * # Safety
 *
 * `total` is freed once, when no call uses it any more.
 */
void acme_total_free(AcmeTotal *total);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* ACME_H */
