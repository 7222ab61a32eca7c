#!/usr/bin/env bash
# Makes the Debian package from a program that is built already: PROFILE names how (dev). For tests OUT names another
# folder than target/package, VERSION another version, and FAST=yes packs less tightly. Two runs with the same program
# and commit make the same bytes.
set -euo pipefail
cd "$(dirname "$0")/.."

profile=${PROFILE:-dev}
out=target/package
# A profile other than dev has a folder of its own; see the Makefile.
target=$PWD/target/clean built=target/clean/$profile
[ "$profile" != dev ] || target=$PWD/target built=target/debug

cargo deb --version >/dev/null 2>&1 || cargo install --locked cargo-deb@3.8.0

# Every file in the package is as old as the commit.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat -c %Y Cargo.lock)}
export SOURCE_DATE_EPOCH

mkdir -p "$out"
rm -rf "$out/manual"
"$built/kasasagi" manual "$out/manual"
package/inventory.py "$out"
CARGO_TARGET_DIR=$target cargo deb --quiet --package kasasagi --no-build --locked --profile "$profile" \
  --output "${OUT:-$out}/" ${VERSION:+--deb-version "$VERSION"} ${FAST:+--fast}
