#!/bin/sh
# Installs meterbox from the files beside this script: the binary, a systemd service, its user and its configuration.
# Needs no network. Running it again updates the binary and the service and keeps the configuration and the data.
#
#   ./install.sh [--binary FILE] [--no-start]
#   ./install.sh --uninstall            removes the program and the service, keeps configuration and data
#   DESTDIR=/somewhere ./install.sh     only lays out the files below DESTDIR, for packages and images
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=${DESTDIR:-}
binary=
start=yes
uninstall=

fail() {
  echo "install.sh: $*" >&2
  exit 1
}

while [ $# -gt 0 ]; do
  case $1 in
    --binary) [ $# -gt 1 ] || fail "--binary needs a file"; binary=$2; shift ;;
    --no-start) start= ;;
    --uninstall) uninstall=yes ;;
    *) fail "unknown argument $1 (see the head of this file)" ;;
  esac
  shift
done

on_this_system() {
  [ -z "$root" ]
}

has_systemd() {
  on_this_system && [ -d /run/systemd/system ]
}

if on_this_system && [ "$(id -u)" -ne 0 ]; then fail "run it as root, for example with sudo"; fi

if [ -n "$uninstall" ]; then
  if has_systemd; then systemctl disable --now meterbox.service 2>/dev/null || true; fi
  rm -f "$root/usr/local/bin/meterbox" "$root/etc/systemd/system/meterbox.service"
  if has_systemd; then systemctl daemon-reload; fi
  echo "meterbox is removed; /etc/meterbox and /var/lib/meterbox are kept"
  exit 0
fi

if [ -z "$binary" ]; then
  for candidate in "$here/meterbox" "$here/../target/x86_64-unknown-linux-gnu/release/meterbox"; do
    if [ -f "$candidate" ]; then binary=$candidate; break; fi
  done
fi
[ -n "$binary" ] && [ -f "$binary" ] || fail "no meterbox binary beside this script: build it (cargo build --release) or name it with --binary"

# The new binary is laid beside the old one and renamed over it: a running service keeps its file, and a full disk leaves the
# old one in place.
mkdir -p "$root/usr/local/bin" "$root/etc/meterbox" "$root/etc/default" "$root/etc/systemd/system"
cp "$binary" "$root/usr/local/bin/.meterbox.new"
chmod 755 "$root/usr/local/bin/.meterbox.new"
mv "$root/usr/local/bin/.meterbox.new" "$root/usr/local/bin/meterbox"

lay() {
  cp "$1" "$2.new"
  chmod 644 "$2.new"
  mv "$2.new" "$2"
}

lay "$here/meterbox.service" "$root/etc/systemd/system/meterbox.service"
[ -e "$root/etc/meterbox/meterbox.yml" ] || lay "$here/meterbox.yml" "$root/etc/meterbox/meterbox.yml"
[ -e "$root/etc/default/meterbox" ] || lay "$here/meterbox.default" "$root/etc/default/meterbox"

if ! on_this_system; then
  echo "laid out below $root"
  exit 0
fi

if ! id meterbox >/dev/null 2>&1; then
  if command -v useradd >/dev/null; then
    useradd --system --user-group --home-dir /var/lib/meterbox --no-create-home --shell /usr/sbin/nologin meterbox
  elif command -v adduser >/dev/null; then
    adduser -S -D -H -h /var/lib/meterbox -s /sbin/nologin meterbox
  else
    fail "neither useradd nor adduser is there: add a user meterbox by hand and run this again"
  fi
fi

if ! has_systemd; then
  echo "installed; this system does not run systemd: start /usr/local/bin/meterbox --config /etc/meterbox/meterbox.yml yourself"
  exit 0
fi
systemctl daemon-reload
if [ -n "$start" ]; then
  systemctl enable meterbox.service
  systemctl restart meterbox.service
  echo "meterbox runs; open http://$(hostname):10161 (journalctl -u meterbox shows its log)"
else
  echo "installed; start it with: systemctl enable --now meterbox"
fi
