# Compiles main.c, which then finds the library from its own place.
set -eu
target=${CARGO_TARGET_DIR:-target}
${CC:-cc} -std=c11 -Wall -Wextra -Wpedantic -Werror -I "$target/pipeline/include" \
    xtask/lesson/exhibits/found-by-luck/main.c -L "$target/pipeline/lib" -lhello \
    -Wl,-rpath,'$ORIGIN/../pipeline/lib' \
    -o "$target/exhibit/main"
