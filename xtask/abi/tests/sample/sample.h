#ifndef SAMPLE_H
#define SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SAMPLE_VERSION 1
#define SAMPLE_API extern

typedef enum {
  SAMPLE_STATUS_OK = 0,
  SAMPLE_STATUS_NULL_POINTER = 1,
  SAMPLE_STATUS_IO_ERROR = 8
} SampleStatus;

typedef enum SampleKind {
  SAMPLE_KIND_BELOW_ZERO = -1,
  SAMPLE_KIND_ZERO = 0,
  SAMPLE_KIND_UTF8_ABOVE = 200
} SampleKind;

typedef struct {
  double value;
  double root;
  bool exact;
} SampleRoot;

typedef union SampleNumber {
  int64_t whole;
  double broken;
} SampleNumber;

typedef struct SampleId {
  uint64_t id;
} SampleId;

typedef struct SamplePair {
  float _0;
  uint8_t _1;
} SamplePair;

typedef struct SampleHandle SampleHandle;

typedef struct SampleMany {
  SampleId id;
  SampleNumber number;
  SampleKind kind;
  int16_t narrow;
  SamplePair pair;
  uint8_t bytes[4];
  const char *name;
  int32_t (*compare)(SampleId a, SampleId b);
  SampleHandle *handle;
  int8_t grid[3][2];
} SampleMany;

typedef int32_t (*SampleVisitor)(double value, void *context);

void sample_nothing(void);
SAMPLE_API double sample_half(double value);
SampleRoot sample_root(double value);
SampleStatus sample_each(const double *values,
                         size_t count,
                         SampleVisitor visitor,
                         void *context);
const char *sample_name(int32_t status);
SampleStatus sample_new(const char *name, SampleHandle **handle);
SampleStatus sample_count(const SampleHandle *handle, uint64_t *count);
SampleMany sample_many(const SampleMany *many, SampleKind kind);
bool sample_flag(bool flag);
float sample_integers(int8_t a, uint8_t b, int16_t c, uint16_t d, int e, unsigned int f, long g,
                      ptrdiff_t h, int64_t i, size_t j);
SampleHandle *sample_pointers(SampleHandle *a, const SampleHandle *b, double *c, SampleHandle *d,
                              void *const *e, SampleKind *f, SamplePair (*g)(SampleId),
                              void (*h)(double (*)(double)));
double sample_wrapped(double a);
void sample_contained(uint32_t *a, uint16_t b, const SampleRoot *c);
SampleVisitor sample_function(void);
double sample_renamed(double value);
size_t sample_inner(void);

extern const uint32_t SAMPLE_TABLE[3];

#endif
