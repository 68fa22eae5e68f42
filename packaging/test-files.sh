#!/usr/bin/env bash
# Every flag and variable that a shipped file uses is one that the binary knows.
#   packaging/test-files.sh BINARY
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
binary=$1
known=$("$binary" --help)
status=0

for file in meterbox.service meterbox.default Containerfile compose.yaml compose.gpustack.yaml; do
  # Comments of the compose files and the Containerfile show commands of other programs.
  while read -r word; do
    # Prometheus's own spellings are aliases: asking for them must not be refused.
    case $word in
      --*.*) "$binary" "$word=x" --help >/dev/null 2>&1 || { echo "$file: $word is not accepted"; status=1; } ;;
      # Every flag has a variable; --help names the flag.
      METERBOX_*) flag=${word#METERBOX_}; flag=${flag,,}; grep -qF -- "--${flag//_/-} " <<<"$known" || { echo "$file: $word belongs to no flag"; status=1; } ;;
      *) grep -qF -- "$word" <<<"$known" || { echo "$file: $word is not in --help"; status=1; } ;;
    esac
  done < <(grep -v '^ *# ' "$here/$file" | grep -oE '(^|[ "=-])(--[a-z][a-z.-]*|METERBOX_[A-Z_]+)' | grep -oE -- '--[a-z][a-z.-]*|METERBOX_[A-Z_]+' |
    grep -vxE -- '--(from|chown|locked|release|bin)|METERBOX_OPTIONS' | sort -u)
done

if command -v systemd-analyze >/dev/null; then
  # The program and its user are not installed here, which is all it may complain about.
  complaints=$(systemd-analyze verify --man=no "$here/meterbox.service" 2>&1 | grep 'meterbox.service' | grep -vE 'not executable|No such file|meterbox not found' || true)
  [[ -z $complaints ]] || { echo "$complaints"; status=1; }
fi
exit $status
