# Installs the library as it was at first.
set -eu
target=${CARGO_TARGET_DIR:-target}
rm -f "$target/exhibit/lib/libhello.so.1"
cp "$target/pipeline/lib/libhello.so.1" "$target/exhibit/lib/libhello.so.1"
