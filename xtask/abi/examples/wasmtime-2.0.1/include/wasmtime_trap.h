#include <stdbool.h>
#include <stdint.h>

typedef struct wasm_trap_t wasm_trap_t;

typedef uint8_t wasmtime_trap_code_t;

bool wasmtime_trap_code(const wasm_trap_t *, wasmtime_trap_code_t *code);
