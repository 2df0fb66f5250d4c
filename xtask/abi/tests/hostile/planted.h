#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Store Store;
typedef struct Reader Reader;

typedef struct {
    ptrdiff_t (*read)(uint8_t *to, size_t size, void *context);
    void *context;
} Io;

typedef struct {
    double width, height;
} Area;

typedef struct {
    struct ShelfInside *inside;
} Shelf;

typedef int32_t (*Visitor)(double number, void *context);

Store *store_new(uint64_t first);
void store_free(Store *store);
uint64_t store_sum(const Store *store);
bool store_check(const Store *store);
/* Returns how many bytes it has. `text` must not be NULL. */
size_t text_length(const char *text);
/* UB if `text` is NULL. */
char text_second(const char *text);
#define NEEDED(...) __attribute__((nonnull(__VA_ARGS__)))
NEEDED(2) char text_third(uint32_t at, const char *text);
char text_first(const char *text);
ptrdiff_t io_read(const Io *io);
char *store_name(const Store *store);
void memory_free(void *memory);
Shelf *shelf_new(uint32_t width);
void shelf_destroy(Shelf **shelf);
uint32_t shelf_width(const Shelf *shelf);
uint32_t shelf_widths(Shelf **shelves, size_t count);
Reader *reader_new(const Io *io);
void reader_free(Reader *reader);
ptrdiff_t reader_read(const Reader *reader);
/* Frees what is in it. */
void area_destroy(Area *area);
bool area_is_wide(Area area);
int32_t each_number(const double *numbers, size_t count, Visitor visitor, void *context);
int32_t wait_for(const uint8_t *flag);
