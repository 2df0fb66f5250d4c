# Links the program with both libraries.
set -eu
cd "${CARGO_TARGET_DIR:-target}/exhibit"
${CC:-cc} main.o libother.a libhello.a -lm -o main
