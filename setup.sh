#!/usr/bin/env bash
# Installs what building, testing and the demo need. Quick when everything is there.
set -euo pipefail
cd "$(dirname "$0")"
. ./packages.sh

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

need_packages "${packages[@]}"

ocr/fetch-models.sh
