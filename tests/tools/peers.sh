#!/usr/bin/env bash
# Unpacks the programs that meterbox is held against into a folder, without installing anything on the system:
# Prometheus 3, VictoriaMetrics, Alertmanager and node_exporter, from Debian's unstable suite on whatever mirror this
# machine's apt already uses.
#   peers.sh [FOLDER]     FOLDER defaults to ${XDG_CACHE_HOME:-~/.cache}/meterbox-peers; prints the folder of the binaries
set -euo pipefail

folder=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/meterbox-peers}
binaries=$folder/root/usr/bin
packages=(prometheus victoria-metrics prometheus-alertmanager prometheus-node-exporter)

complete() {
  local package
  for package in "${packages[@]}"; do
    [[ -x $binaries/$package ]] || return 1
  done
}

# The first Debian mirror among apt's sources, whichever of the two file formats they are written in.
mirror() {
  local file
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
    if [[ -r $file ]]; then cat "$file"; fi
  done | awk '
    $1 == "deb" { for (i = 2; i <= NF; i++) if ($i ~ /:\/\//) url = url ? url : debian($i) }
    $1 == "URIs:" { url = url ? url : debian($2) }
    END { if (!url) exit 1; print url }
    function debian(text) { return text ~ /\/debian\/?$/ ? text : "" }'
}

if ! complete; then
  source_url=$(mirror) || { echo "peers.sh: apt has no Debian mirror among its sources" >&2; exit 1; }
  mkdir -p "$folder"/{state/partial,archives,root}
  printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s sid main\n' "$source_url" >"$folder/sources"
  # A little world of its own for apt: other sources, other lists, no installed packages.
  apt=(apt-get -q -o "Dir::Etc::SourceList=$folder/sources" -o Dir::Etc::SourceParts=-
       -o "Dir::State::Lists=$folder/state" -o Dir::State::Status=/dev/null
       -o "Dir::Cache::PkgCache=" -o "Dir::Cache::SrcPkgCache=" -o APT::Sandbox::User=root)
  "${apt[@]}" update >&2
  (cd "$folder/archives" && "${apt[@]}" download "${packages[@]}" >&2)
  for archive in "$folder"/archives/*.deb; do
    dpkg-deb --extract "$archive" "$folder/root"
  done
  complete || { echo "peers.sh: the packages do not hold all of: ${packages[*]}" >&2; exit 1; }
fi
echo "$binaries"
