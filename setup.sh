#!/usr/bin/env bash
# Installs what building, testing and the demo need. Quick when everything is there.
set -euo pipefail
cd "$(dirname "$0")"

packages=(
  build-essential pkg-config            # link the C libraries below
  libtesseract-dev libleptonica-dev     # second reader
  tesseract-ocr-jpn                     # its Japanese data
  libssl-dev openssl                    # TLS to the mail server, and a server for its tests
  fonts-morisawa-bizud-gothic           # printed forms
  fonts-ipaexfont-gothic fonts-klee     # other hands in tests and in the demo
  poppler-utils libtiff-tools           # independent fax tools for tests
  python3 python3-pip unzip             # model download, journal verifier
  procps                                # kill, for tests that stop the gateway
)

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  echo "installing: ${missing[*]}"
  as_root=()
  [ "$(id -u)" = 0 ] || as_root=(sudo)
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

ocr/fetch-models.sh
