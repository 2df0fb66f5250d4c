# Compiles main.c, which finds the library in a folder beside it, and a newer library.
set -eu
target=${CARGO_TARGET_DIR:-target}
here=xtask/lesson/exhibits/replaced-while-it-runs
mkdir -p "$target/exhibit/lib"
${CC:-cc} -std=c11 -Wall -Wextra -Wpedantic -Werror -I "$target/pipeline/include" \
    "$here/main.c" -L "$target/pipeline/lib" -lhello -Wl,-rpath,'$ORIGIN/lib' \
    -o "$target/exhibit/main"
echo 'void Hello(void) {}' >"$target/exhibit/newer.c"
${CC:-cc} -shared -fPIC "$target/exhibit/newer.c" -o "$target/exhibit/newer.so"
