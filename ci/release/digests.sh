#!/usr/bin/env bash
# Builds the program of the version in cmd/cella/version.txt for each platform and
# writes the digests to ci/release.sha256. That is the commit that gets the tag.
set -euo pipefail
cd "$(dirname "$0")/../.."

version=$(<cmd/cella/version.txt)
programs=$(mktemp -d)
trap 'rm -rf "$programs"' EXIT
lines=
for platform in linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64; do
  bash ci/release/build.sh "$platform" "$programs/cella"
  digest=$(sha256sum "$programs/cella")
  lines+="$version $platform ${digest%% *}"$'\n'
done
head=$(grep '^#' ci/release.sha256 | sed -e '/^#$/d' -e '/^# Nothing is released/d')
printf '%s\n%s' "$head" "$lines" > ci/release.sha256
