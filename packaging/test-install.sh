#!/usr/bin/env bash
# Lays meterbox out in a folder with install.sh and build-deb.sh and starts what was laid out, with the configuration
# that was laid out.
#   packaging/test-install.sh BINARY
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
binary=$1
work=$(mktemp -d)
process=
trap '[[ -z $process ]] || kill -9 "$process" 2>/dev/null || true; rm -rf "$work"' EXIT

# As it comes to somebody without network: the files of this folder and the binary, nothing else.
mkdir "$work/download"
cp "$here"/{install.sh,meterbox.service,meterbox.yml,meterbox.default} "$binary" "$work/download/"
DESTDIR=$work/root sh "$work/download/install.sh"
for file in usr/local/bin/meterbox etc/meterbox/meterbox.yml etc/default/meterbox etc/systemd/system/meterbox.service; do
  [[ -s $work/root/$file ]] || { echo "install.sh did not lay out $file"; exit 1; }
done

# A second run keeps what its owner has changed.
echo '# mine' >>"$work/root/etc/meterbox/meterbox.yml"
DESTDIR=$work/root sh "$work/download/install.sh"
grep -q '# mine' "$work/root/etc/meterbox/meterbox.yml" || { echo "install.sh lost a changed configuration"; exit 1; }

# What the unit starts, starts: the same flags, other places.
port=$((20000 + RANDOM % 12000))
"$work/root/usr/local/bin/meterbox" --config "$work/root/etc/meterbox/meterbox.yml" --data-dir "$work/data" \
  --listen "127.0.0.1:$port" >"$work/log" 2>&1 &
process=$!
is_ready() {
  local answer
  exec 3<>"/dev/tcp/127.0.0.1/$port" || return 1
  printf 'GET /-/ready HTTP/1.0\r\nHost: localhost\r\n\r\n' >&3
  read -r -t 2 answer <&3
  exec 3>&-
  [[ $answer == *" 200 "* ]]
}
ready=
for _ in $(seq 100); do
  if is_ready 2>/dev/null; then ready=yes; break; fi
  kill -0 "$process" 2>/dev/null || { echo "meterbox ended:"; cat "$work/log"; exit 1; }
  sleep 0.1
done
[[ -n $ready ]] || { echo "meterbox was not ready:"; cat "$work/log"; exit 1; }
kill -TERM "$process"
for _ in $(seq 300); do
  kill -0 "$process" 2>/dev/null || break
  sleep 0.1
done
if kill -9 "$process" 2>/dev/null; then echo "meterbox did not end within 30 s:"; cat "$work/log"; exit 1; fi
wait "$process" || { echo "meterbox did not end cleanly:"; cat "$work/log"; exit 1; }
process=

DESTDIR=$work/root sh "$work/download/install.sh" --uninstall
[[ ! -e $work/root/usr/local/bin/meterbox && -e $work/root/etc/meterbox/meterbox.yml ]] || { echo "--uninstall removed the wrong things"; exit 1; }

package=$(sh "$here/build-deb.sh" "$binary" "$work/deb" | tail -n 1)
if command -v dpkg-deb >/dev/null; then
  dpkg-deb --info "$package"
  dpkg-deb --extract "$package" "$work/unpacked"
  "$work/unpacked/usr/bin/meterbox" --version
  grep -q 'ExecStart=/usr/bin/meterbox ' "$work/unpacked/lib/systemd/system/meterbox.service"
fi
echo "install.sh and build-deb.sh do what they say"
