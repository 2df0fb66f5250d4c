/*
 * hello.h - the C interface of libhello, made by cbindgen 0.29.4 from the Rust source in
 * hello-cdylib/src. Do not edit it: change the source, then run
 *
 *     cargo xtask header
 *
 * Made from declarations 36b55fc51b20df86, text a9f3d09cfe113347.
 */

/*
 * Conventions. They hold for every function; a function's own comment only names exceptions.
 *
 * Status     A function that can fail returns a HelloStatus and writes its results through
 *            pointers. Unless it returns HELLO_STATUS_OK it has written no result.
 *            hello_last_error() then returns the reason, as text.
 * Arguments  They are checked before anything is done, in their order. A pointer that is NULL gets
 *            HELLO_STATUS_NULL_POINTER, one that is not aligned for its type gets
 *            HELLO_STATUS_MISALIGNED, and text that is not UTF-8 gets HELLO_STATUS_INVALID_UTF8.
 * Safety     The caller must guarantee what cannot be checked: that a pointer which is not NULL
 *            points to what the function says, and that no other thread changes it meanwhile.
 *            The section "Safety" of a function says what that means for its arguments.
 * Ownership  What is passed in is borrowed until the call returns: the library keeps no pointer to
 *            it. A result that has a function to free it is the caller's; give it back to that
 *            function, once, and never to free(). A const result is the library's.
 * Limits     An array of more than PTRDIFF_MAX bytes gets HELLO_STATUS_TOO_LARGE. An array of no
 *            elements may be NULL.
 * Memory     If the caller decides how large a result is, and there is no memory for it, the call
 *            gets HELLO_STATUS_OUT_OF_MEMORY. If there is no memory for something small of a
 *            fixed size, such as an error's message, the process aborts.
 * Numbers    The sign and the payload of a NaN are unspecified: they differ between processors.
 * Handles    A handle may be used by several threads at once, but not while it is freed. A
 *            function that frees returns no status: a misaligned handle is not freed, and
 *            hello_last_error() says so.
 * Callbacks  They run during the call, on its thread, and may call any function of the library.
 *            They must return. They must not leave by longjmp, by a C++ exception or by ending
 *            the thread.
 * Panics     A panic inside the library never reaches the caller: it becomes
 *            HELLO_STATUS_PANIC. The library reports it on standard error, in one write: the
 *            place in the source and the first 512 bytes of the message, without a backtrace. A
 *            function that returns no status cannot panic; if one did, the process would abort
 *            with the message.
 * Threads    Every function may be called from any thread, several at once. The last error is
 *            kept for each thread.
 * Processes  The library holds no lock when it prints, fails or panics: a child that was forked
 *            meanwhile can use it. dlclose() unloads it.
 * Output     What the library prints goes straight to the process's standard output, past C's
 *            and Python's buffers: flush yours before you call. If nobody reads it any more, the
 *            signal SIGPIPE ends the process, unless the process ignores it: then the call fails.
 * Version    Compare hello_abi_version() with HELLO_ABI_VERSION once at start; if they differ,
 *            this header does not describe the library that was loaded.
 */


#ifndef HELLO_H
#define HELLO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * The version of the ABI that this header describes. It changes when a program that was built
 * before the change could go wrong with the library after it.
 */
#define HELLO_ABI_VERSION 1

/**
 * How a call ended. The numbers are part of the ABI and never change.
 *
 * The library returns it and never receives it. A function that takes one takes an `int32_t`, because
 * an enum with a value that it does not list would be undefined behaviour in Rust.
 */
typedef enum {
  /**
   * Done.
   */
  HELLO_STATUS_OK = 0,
  /**
   * A pointer that must not be NULL was NULL.
   */
  HELLO_STATUS_NULL_POINTER = 1,
  /**
   * Text was not UTF-8.
   */
  HELLO_STATUS_INVALID_UTF8 = 2,
  /**
   * A pointer was not aligned for what it points to.
   */
  HELLO_STATUS_MISALIGNED = 3,
  /**
   * An array is larger than memory can be.
   */
  HELLO_STATUS_TOO_LARGE = 4,
  /**
   * Two arrays overlap that must be the same or apart.
   */
  HELLO_STATUS_OVERLAP = 5,
  /**
   * The argument is outside the function's domain: the square root of a negative number.
   */
  HELLO_STATUS_DOMAIN = 6,
  /**
   * The buffer is too small for the result.
   */
  HELLO_STATUS_BUFFER_TOO_SMALL = 7,
  /**
   * Writing to standard output failed.
   */
  HELLO_STATUS_IO = 8,
  /**
   * The library has a bug and panicked; it may be called again.
   */
  HELLO_STATUS_PANIC = 9,
  /**
   * There is no memory for the result.
   */
  HELLO_STATUS_OUT_OF_MEMORY = 10,
} HelloStatus;

/**
 * Greets with its own words and counts its greetings. Several threads may use one at once.
 */
typedef struct HelloGreeter HelloGreeter;

/**
 * A number and its square root.
 */
typedef struct {
  /**
   * The number.
   */
  double value;
  /**
   * Its square root, as hello_sqrt() returns it.
   */
  double root;
  /**
   * Whether `root` is the square root itself and not merely the double next to it. True for the
   * zeros and for infinity, false for NaN.
   */
  bool exact;
} HelloRoot;

/**
 * What hello_each_root() calls with each value and its square root. `context` is what the caller of
 * hello_each_root() passed. It returns 0 to stop and anything else to go on.
 */
typedef int32_t (*HelloVisitor)(double value, double root, void *context);

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Returns the version of the ABI that the loaded library has. If it is not HELLO_ABI_VERSION, call
 * nothing else: this header describes another library.
 */
uint32_t hello_abi_version(void);

/**
 * Returns the version of the library as text, such as `0.1.0`. It is static: never free it.
 */
const char *hello_version(void);

/**
 * Prints `Hello! The square root of 4 is: 2` and a newline to standard output.
 *
 * It returns nothing and so cannot report that standard output failed; hello_print() can.
 */
void Hello(void);

/**
 * Prints the line for `value`, any double, to standard output, in one write.
 *
 * Returns HELLO_STATUS_OK, or HELLO_STATUS_IO if standard output could not be written.
 */
HelloStatus hello_print(double value);

/**
 * Returns the square root of `value` as IEEE 754 defines it: correctly rounded, -0.0 for -0.0,
 * infinity for infinity, NaN for NaN and for anything below zero.
 */
double hello_sqrt(double value);

/**
 * Returns `value`, its square root, and whether that root is exact.
 */
HelloRoot hello_root(double value);

/**
 * Writes the square root of `value` to `root`; NaN for NaN, which is not below zero.
 *
 * Fails with HELLO_STATUS_DOMAIN if `value` is below zero, with HELLO_STATUS_NULL_POINTER and
 * HELLO_STATUS_MISALIGNED.
 *
 * # Safety
 *
 * `root` has room for a double.
 */
HelloStatus hello_checked_sqrt(double value, double *root);

/**
 * Returns the message of the last failure on the calling thread, in UTF-8. It begins with the name
 * of the function that failed and has at most 511 bytes; a longer one is cut at a character.
 *
 * Never NULL; empty before the first failure. It belongs to the library and is valid until the
 * next call that fails on this thread, or until the thread ends: copy it to keep it.
 */
const char *hello_last_error(void);

/**
 * Returns the name of a status, such as `HELLO_STATUS_IO`, or `unknown status` for a number that is
 * none. It is static: never free it.
 */
const char *hello_status_name(int32_t status);

/**
 * Writes a new text that greets `name`, such as `Hello, Ada!`, to `greeting`. Give it back to
 * hello_string_free().
 *
 * Fails with HELLO_STATUS_NULL_POINTER, HELLO_STATUS_INVALID_UTF8, HELLO_STATUS_MISALIGNED, and
 * with HELLO_STATUS_OUT_OF_MEMORY if there is no memory for the greeting.
 *
 * # Safety
 *
 * `name` ends with a NUL. `greeting` has room for a pointer.
 */
HelloStatus hello_greet(const char *name, char **greeting);

/**
 * Frees a text that a function of this library made for the caller. NULL is nothing to free.
 *
 * # Safety
 *
 * `text` is NULL or was made by this library, is as long as it was then, and is freed once.
 */
void hello_string_free(char *text);

/**
 * Writes the sentence that hello_print() prints, ended by a NUL, to the `capacity` bytes at
 * `buffer`, and its length to `length`: in bytes, without the NUL, so that `*length + 1` is the
 * capacity that is needed. Nothing is allocated for the caller.
 *
 * To ask for the length alone, pass NULL and 0: that is HELLO_STATUS_OK.
 *
 * Fails with HELLO_STATUS_BUFFER_TOO_SMALL if the sentence and its NUL do not fit; `length` is
 * written all the same, `buffer` is not. Fails with HELLO_STATUS_NULL_POINTER (a `buffer` of NULL
 * with a capacity, `length`) and HELLO_STATUS_MISALIGNED.
 *
 * # Safety
 *
 * `buffer` has room for `capacity` bytes, or at least for the sentence and its NUL. `length` has
 * room for a size_t, which is not within `buffer`.
 */
HelloStatus hello_sentence(double value,
                           char *buffer,
                           size_t capacity,
                           size_t *length);

/**
 * Writes the square root of each of the `count` doubles at `values`, as hello_sqrt() returns it, to
 * the same place in `roots`.
 *
 * `roots` may be `values`: the roots replace the values. With a count of 0 nothing is read.
 *
 * Fails with HELLO_STATUS_NULL_POINTER, HELLO_STATUS_MISALIGNED, HELLO_STATUS_TOO_LARGE, and with
 * HELLO_STATUS_OVERLAP if the arrays overlap without being the same.
 *
 * # Safety
 *
 * `values` has `count` doubles and `roots` room for as many.
 */
HelloStatus hello_sqrt_all(const double *values,
                           double *roots,
                           size_t count);

/**
 * Writes a new greeter that says `greeting`, of which it keeps a copy, to `greeter`. Give it back
 * to hello_greeter_free().
 *
 * Fails with HELLO_STATUS_NULL_POINTER, HELLO_STATUS_INVALID_UTF8, HELLO_STATUS_MISALIGNED, and
 * with HELLO_STATUS_OUT_OF_MEMORY if there is no memory for the copy.
 *
 * # Safety
 *
 * `greeting` ends with a NUL. `greeter` has room for a pointer.
 */
HelloStatus hello_greeter_new(const char *greeting,
                              HelloGreeter **greeter);

/**
 * Writes a new text that greets `name` with the greeter's words, such as `Good morning, Ada!`, to
 * `greeting`, and counts it. Give the text back to hello_string_free(); it outlives the greeter.
 *
 * Fails with HELLO_STATUS_NULL_POINTER, HELLO_STATUS_INVALID_UTF8, HELLO_STATUS_MISALIGNED, and
 * with HELLO_STATUS_OUT_OF_MEMORY if there is no memory for the text.
 *
 * # Safety
 *
 * `greeter` has not been freed. `name` ends with a NUL. `greeting` has room for a pointer.
 */
HelloStatus hello_greeter_greet(const HelloGreeter *greeter,
                                const char *name,
                                char **greeting);

/**
 * Writes how many greetings the greeter has made, for all threads together, to `count`.
 *
 * Fails with HELLO_STATUS_NULL_POINTER and HELLO_STATUS_MISALIGNED.
 *
 * # Safety
 *
 * `greeter` has not been freed. `count` has room for a uint64_t.
 */
HelloStatus hello_greeter_count(const HelloGreeter *greeter, uint64_t *count);

/**
 * Frees a greeter. NULL is nothing to free.
 *
 * # Safety
 *
 * `greeter` is freed once, when no call uses it any more.
 */
void hello_greeter_free(HelloGreeter *greeter);

/**
 * Calls `visitor` with each of the `count` doubles at `values` and its square root, as hello_sqrt()
 * returns it, in order, until it returns 0. Stopping early is HELLO_STATUS_OK, too.
 *
 * `context` is passed on and may be NULL. The visitor may change `values`: each is read when its
 * turn comes.
 *
 * Fails with HELLO_STATUS_NULL_POINTER (`values`, `visitor`), HELLO_STATUS_MISALIGNED and
 * HELLO_STATUS_TOO_LARGE, before the first visit.
 *
 * # Safety
 *
 * `values` has `count` doubles. `visitor` may be called with `context`.
 */
HelloStatus hello_each_root(const double *values,
                            size_t count,
                            HelloVisitor visitor,
                            void *context);

/**
 * Panics with `message`, to show what becomes of a panic: the call returns HELLO_STATUS_PANIC, the
 * message is part of the last error, as far as it fits, and the library may be called again.
 *
 * Fails with HELLO_STATUS_NULL_POINTER and HELLO_STATUS_INVALID_UTF8 without a panic.
 *
 * # Safety
 *
 * `message` ends with a NUL.
 */
HelloStatus hello_panic(const char *message);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* HELLO_H */
