# Runs the program where somebody has it to whom it was given: elsewhere, without the builder's folders.
set -eu
cd "${CARGO_TARGET_DIR:-target}/exhibit"
mkdir -p elsewhere
mv main lib elsewhere
trap 'mv elsewhere/* .' EXIT
elsewhere/main
