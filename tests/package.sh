#!/usr/bin/env bash
# The package in a clean Debian 12: installed with apt, upgraded, removed, purged, and between that the gateway under
# the real systemd, in its sandbox. Needs root. Where no container can be started a chroot does the part without
# systemd. target/package/test keeps the clean system and what apt fetched for it.
set -euo pipefail
cd "$(dirname "$0")/.."
. ./packages.sh

out=target/package/test
export OUT=$out FAST=yes
clean=$out/bookworm
room=$out/room
first=0.1.0-1 second=0.1.0-2

[ "$(id -u)" = 0 ] || { echo "tests/package.sh needs root"; exit 1; }
need_packages debootstrap systemd-container lintian

make_clean() {
  rm -rf "$clean" "$clean.new"
  debootstrap --variant=minbase --include=systemd-sysv,dbus,ca-certificates bookworm "$clean.new" >"$out/debootstrap.log" \
    || { tail -5 "$out/debootstrap.log"; return 1; }
  # Nothing that is not asked of it, and a login on no terminal.
  ln -sf /dev/null "$clean.new/etc/systemd/system/apt-daily.timer"
  ln -sf /dev/null "$clean.new/etc/systemd/system/apt-daily-upgrade.timer"
  mv "$clean.new" "$clean"
}

same_twice() {
  local before deb=$out/kasasagi_${first}_amd64.deb
  VERSION=$first package/build.sh >/dev/null
  before=$(sha256sum <"$deb")
  touch package/* systemd/* config/kasasagi.toml
  VERSION=$first package/build.sh >/dev/null
  [ "$before" = "$(sha256sum <"$deb")" ] || { echo "FAIL two runs made two packages"; return 1; }
  echo "ok   two runs make the same package, byte for byte"
}

# What a container of Debian 12 keeps from those in it; a machine does not.
landlock="landlock_create_ruleset landlock_add_rule landlock_restrict_self"

container() {
  systemd-nspawn --quiet --directory="$room" --register=no --keep-unit \
    --bind="$PWD/$out/archives:/var/cache/apt/archives" --system-call-filter="$landlock" "$@"
}

inside() {
  mkdir -p "$room/test" "$room/packages" "$out/archives/partial"
  cp "$out"/*.deb "$room/packages/"
  cp tests/package/*.sh tests/package/*.service "$room/test/"
  if container true 2>/dev/null; then
    cp tests/package/package-test.service "$room/etc/systemd/system/"
    # The end of the test ends the container, with its exit code.
    local rc=0
    container --boot systemd.unit=package-test.service >"$out/console.log" 2>&1 || rc=$?
    cat "$room/test/log"
    [ $rc = 0 ] || tail -5 "$out/console.log"
    return $rc
  fi
  echo "no container can be started here: a chroot, without systemd"
  mount -t proc proc "$room/proc"
  chroot "$room" /test/inside.sh "$first" "$second"
}

mkdir -p "$out"
[ -d "$clean" ] || make_clean
same_twice
VERSION=$second package/build.sh >/dev/null
lintian --allow-root --fail-on error "$out/kasasagi_${first}_amd64.deb"
echo "ok   lintian"

rm -rf "$room"
cp -a "$clean" "$room"
trap 'umount -q "$room/proc" || true; rm -rf "$room"' EXIT
inside
