#!/bin/bash
# Runs in the clean Debian: the life of the package, and with systemd that of the unit.
set -u
first=$1 second=$2
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin
cd /test || exit 1

# A check has a name and a command; the first that fails ends the test.
must() {
  local name=$1
  shift
  if "$@" >/test/said 2>&1; then
    echo "ok   $name"
  else
    echo "FAIL $name: $*"
    tail -20 /test/said
    exit 1
  fi
}
must_not() { must "$1" refused "${@:2}"; }
refused() { ! "$@"; }
is() { [ "$1" = "$2" ] || { echo "\"$1\" is not \"$2\""; return 1; }; }
owned() { is "$(stat -c '%U:%G %a' "$1")" "$2"; }
package() { apt-get install -y -q --no-install-recommends -o APT::Keep-Downloaded-Packages=true \
  "/packages/kasasagi_$1_amd64.deb"; }
# What does not come fails at the end of the job that runs this.
until_ok() { until "$@" >/dev/null 2>&1; do sleep 0.3; done; }
shows() {
  local text
  text=$("${@:2}" 2>&1)
  grep -q -- "$1" <<<"$text" || { echo "$text"; return 1; }
}

must "apt knows what there is" apt-get update -q
must "the package installs" package "$first"
must "the program starts" is "$(kasasagi --version)" "kasasagi ${first%-*}"
must "its user has no shell" shows /usr/sbin/nologin getent passwd kasasagi
must "data is for its user alone" owned /var/lib/kasasagi "kasasagi:kasasagi 700"
must "the registry is read by its group" owned /etc/kasasagi/registry "root:kasasagi 750"
must "credentials are read by root alone" owned /etc/kasasagi/credentials "root:root 700"
for verb in "" $(kasasagi --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/-\1/p' | grep -v -- -help); do
  must "man page kasasagi$verb" test -s "/usr/share/man/man1/kasasagi$verb.1.gz"
done
must "completions for bash" bash -n /usr/share/bash-completion/completions/kasasagi
must "completions for zsh" test -s /usr/share/zsh/vendor-completions/_kasasagi
must "completions for fish" test -s /usr/share/fish/vendor_completions.d/kasasagi.fish
must "who else made it" test -s /usr/share/doc/kasasagi/THIRD-PARTY.gz -o -s /usr/share/doc/kasasagi/THIRD-PARTY
must_not "a check without a registry fails" kasasagi check
must "the check says what is missing" shows "^FAILED *registry" kasasagi check
must "all else is there" is "$(kasasagi check | grep -c ^FAILED)" 1
must_not "no reader is missing" shows "^warning *readers .*\(model\|Tesseract\)" kasasagi check
must "readers shut themselves in" shows "walls .*seccomp: no file, no socket, no process" kasasagi check
must "a form is drawn" kasasagi form print ICM-01 -o blank.pdf
must "a form is read" shows '"form": *"ICM-01"' kasasagi read blank.pdf --json
must "the font of the demo installs" apt-get install -y -q --no-install-recommends fonts-klee
must "the demo runs" kasasagi demo --dir /test/demo

must "init sets it up" kasasagi init --yes --from fax@gw.example.jp --admin clerk@gw.example.jp --sample-registry
must "its tables are read by the group" owned /etc/kasasagi/registry/patients.csv "root:kasasagi 640"
must "its keys by root alone" owned /etc/kasasagi/credentials/master.key "root:root 600"
must_not "it replaces nothing unasked" kasasagi init --yes --from other@gw.example.jp
if [ -d /run/systemd/system ]; then
  must "what init set up starts" systemctl start kasasagi
  must "and all is well with it" kasasagi check
  must "its keys came as credentials" shows "^ok *gateway" kasasagi check
  must "it stops again" systemctl stop kasasagi
fi
as_installed() {
  rm -rf /var/lib/kasasagi/* /var/lib/kasasagi.* /etc/kasasagi/registry/* /etc/kasasagi/credentials/* /etc/kasasagi/smime.crt
  mv /etc/kasasagi/kasasagi.toml.before-* /etc/kasasagi/kasasagi.toml
}
as_installed
if [ -d /run/systemd/system ]; then
  must "what the guide uses installs" apt-get install -y -q --no-install-recommends sudo adduser nano socat
  . /test/guide.sh
  systemctl disable -q --now kasasagi
  as_installed
fi

cp -r demo/registry/. /etc/kasasagi/registry/
chgrp -R kasasagi /etc/kasasagi/registry
chmod -R u=rwX,g=rX,o= /etc/kasasagi/registry
must "with a registry the check passes" kasasagi check

if [ -d /run/systemd/system ]; then
  . /test/unit.sh
else
  echo "no systemd: the unit is not tried"
  runuser -u kasasagi -- touch /var/lib/kasasagi/data
fi

echo "# mine" >>/etc/kasasagi/kasasagi.toml
must "an upgrade installs" package "$second"
must "the upgrade is there" is "$(dpkg-query -W -f '${Version}' kasasagi)" "$second"
must "changed settings stay" shows "# mine" cat /etc/kasasagi/kasasagi.toml
if [ -d /run/systemd/system ]; then
  must "what ran runs again" systemctl is-active kasasagi
  must_not "in a new process" is "$(pid)" "$before"
fi

must "the package goes" apt-get remove -y -q kasasagi
must_not "the program is gone" test -e /usr/bin/kasasagi
must "data stays" shows . ls /var/lib/kasasagi
must "settings stay" test -s /etc/kasasagi/kasasagi.toml
must "the registry stays" shows physicians ls /etc/kasasagi/registry
mkdir -p /etc/kasasagi/templates
must "it is purged" apt-get purge -y -q kasasagi
must_not "data is gone" test -e /var/lib/kasasagi
must "settings are gone, but for what a person put there" is "$(ls /etc/kasasagi)" templates
must "the user stays, so that its number is nobody else's" getent passwd kasasagi
echo "the package is well"
