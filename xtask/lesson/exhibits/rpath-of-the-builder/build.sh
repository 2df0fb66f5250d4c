# Compiles main.c, and puts the library into a folder beside the program.
set -eu
target=${CARGO_TARGET_DIR:-target}
here=xtask/lesson/exhibits/rpath-of-the-builder
mkdir -p "$target/exhibit/lib"
cp "$target/pipeline/lib/libhello.so.1" "$target/exhibit/lib"
${CC:-cc} -std=c11 -Wall -Wextra -Wpedantic -Werror -I "$target/pipeline/include" \
    "$here/main.c" -L "$target/pipeline/lib" -lhello \
    -Wl,-rpath,'$ORIGIN/lib' \
    -o "$target/exhibit/main"
