#!/usr/bin/env bash
# Installs the mail servers and clients that tests run in folders of their own. Quick when they are there.
set -euo pipefail
cd "$(dirname "$0")/.."
. ./packages.sh

packages=(
  postfix swaks                         # a mail server in front, and a client
  dovecot-imapd dovecot-pop3d getmail6  # a mailbox, and its POP3 client
  gcc libc6-dev                         # compiles the disk that fails on command
)

# No system service is wanted: nothing is to be configured, and nothing is to be started.
if [ ! -x /usr/sbin/postfix ] || [ ! -x /usr/sbin/dovecot ]; then
  as_root=()
  [ "$(id -u)" = 0 ] || as_root=(sudo)
  echo "postfix postfix/main_mailer_type select No configuration" | "${as_root[@]}" debconf-set-selections
  policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
    "${as_root[@]}" chmod 755 "$policy"
    trap '"${as_root[@]}" rm -f "$policy"' EXIT
  fi
fi

need_packages "${packages[@]}"
