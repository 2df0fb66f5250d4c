# Installs the newer library over the one that is there.
set -eu
lib=${CARGO_TARGET_DIR:-target}/exhibit/lib/libhello.so.1
cp "${CARGO_TARGET_DIR:-target}/exhibit/newer.so" "$lib.new"
mv "$lib.new" "$lib"
