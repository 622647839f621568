#!/usr/bin/env bash
# Puts the programs that GoReleaser built into one folder, as cella_OS_ARCH, with
# the licences: programs.sh FOLDER. For images and npm packages.
set -euo pipefail
cd "$(dirname "$0")/../.."

mkdir -p "$1"
jq -r '.[] | select(.type == "Binary") | "\(.path) cella_\(.goos)_\(.goarch)\(.extra.Ext // "")"' dist/artifacts.json |
  while read -r path name; do
    install -m 0755 "$path" "$1/$name"
  done
install -m 0644 build/THIRD_PARTY_LICENSES "$1/THIRD_PARTY_LICENSES"
