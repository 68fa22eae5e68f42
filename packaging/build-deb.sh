#!/bin/sh
# Makes a Debian package out of a built binary, with nothing but ar, tar and gzip.
#   packaging/build-deb.sh [BINARY] [FOLDER]      prints the package's path
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
binary=${1:-$here/../target/x86_64-unknown-linux-gnu/release/meterbox}
folder=${2:-.}
version=$(sed -n 's/^version = "\(.*\)"/\1/p' "$here/../Cargo.toml" | head -n 1)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The files are those of install.sh, moved to where a package may put them.
DESTDIR=$work/data sh "$here/install.sh" --binary "$binary" >&2
mkdir -p "$work/data/usr/bin" "$work/data/lib/systemd/system" "$work/data/usr/share/doc/meterbox"
mv "$work/data/usr/local/bin/meterbox" "$work/data/usr/bin/meterbox"
rm -r "$work/data/usr/local"
sed 's#/usr/local/#/usr/#' "$work/data/etc/systemd/system/meterbox.service" >"$work/data/lib/systemd/system/meterbox.service"
rm -r "$work/data/etc/systemd"
cp "$here/../README.md" "$here/../CHANGELOG.md" "$work/data/usr/share/doc/meterbox/"
cp "$here/../LICENSE" "$work/data/usr/share/doc/meterbox/copyright"

mkdir "$work/control"
cat >"$work/control/control" <<CONTROL
Package: meterbox
Version: $version
Architecture: amd64
Section: net
Priority: optional
Maintainer: meterbox maintainers <maintainers@meterbox.example>
Installed-Size: $(du -sk "$work/data" | cut -f1)
Description: metrics of a machine that serves language models, in one binary
 Collects the metrics of inference engines, GPUs and hosts, stores them,
 answers PromQL and shows dashboards. Takes the place of Prometheus and
 Grafana on one box and reads their configuration files and dashboards.
CONTROL
printf '/etc/meterbox/meterbox.yml\n/etc/default/meterbox\n' >"$work/control/conffiles"
cat >"$work/control/postinst" <<'SCRIPT'
#!/bin/sh
set -e
if [ "$1" = configure ]; then
  id meterbox >/dev/null 2>&1 ||
    useradd --system --user-group --home-dir /var/lib/meterbox --no-create-home --shell /usr/sbin/nologin meterbox
  if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
    systemctl enable meterbox.service
    systemctl restart meterbox.service
  fi
fi
SCRIPT
cat >"$work/control/prerm" <<'SCRIPT'
#!/bin/sh
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then systemctl disable --now meterbox.service; fi
SCRIPT
chmod 755 "$work/control/postinst" "$work/control/prerm"

# Same input, same bytes: fixed owner, order and times.
pack() {
  (cd "$work/$1" && tar --create --owner=0 --group=0 --numeric-owner --sort=name --mtime=@0 --format=gnu .) | gzip -9n >"$work/$1.tar.gz"
}
pack control
pack data
echo 2.0 >"$work/debian-binary"
package=$folder/meterbox_${version}_amd64.deb
rm -f "$package"
(cd "$work" && ar -rcD package.deb debian-binary control.tar.gz data.tar.gz)
mkdir -p "$folder"
mv "$work/package.deb" "$package"
echo "$package"
