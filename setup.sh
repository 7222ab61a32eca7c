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
  postfix swaks                         # a real mail server and client for tests of the intake
  dovecot-imapd dovecot-pop3d getmail6  # mail servers and clients for tests of the intake
  procps                                # kill, for tests that stop the gateway
)

# Tests run a Postfix of their own. Without this answer the package would set up and start one for the system.
if [ ! -x /usr/sbin/postfix ]; then
  as_root=()
  [ "$(id -u)" = 0 ] || as_root=(sudo)
  echo "postfix postfix/main_mailer_type select No configuration" | "${as_root[@]}" debconf-set-selections
fi

need_packages "${packages[@]}"

ocr/fetch-models.sh
