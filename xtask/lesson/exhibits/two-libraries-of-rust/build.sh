# Compiles main.c and the other library, and makes of libhello.a the file that is given to others.
set -eu
target=${CARGO_TARGET_DIR:-target}
here=xtask/lesson/exhibits/two-libraries-of-rust
to=$target/exhibit
lib=$target/pipeline/lib
${CC:-cc} -std=c11 -Wall -Wextra -Wpedantic -Werror -I "$target/pipeline/include" \
    -c "$here/main.c" -o "$to/main.o"
# With LTO it takes seconds, so it is compiled once.
[ "$to/libother.a" -nt "$here/other.rs" ] ||
    rustc --edition 2024 --crate-type staticlib -O -C lto=fat "$here/other.rs" -o "$to/libother.a"
cp "$lib/libhello.a" "$to/libhello.a"
# As `cargo xtask install` does it: what the functions of the header need, in one object file in which
# nothing but these functions is global.
nm --dynamic --defined-only "$lib/libhello.so" | cut -d ' ' -f 3 >"$to/functions"
ld -r --gc-sections --force-group-allocation $(sed 's/^/-u /' "$to/functions") "$to/libhello.a" \
    -o "$to/hello.o"
objcopy --keep-global-symbols="$to/functions" --remove-section=.llvmbc --remove-section=.llvmcmd \
    --strip-unneeded "$to/hello.o"
rm "$to/libhello.a"
ar rc "$to/libhello.a" "$to/hello.o"
