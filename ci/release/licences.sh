#!/usr/bin/env bash
# Writes the licences of all modules that are linked into cella, on any platform, and of
# Go itself: licences.sh FILE. A module without a licence is an error.
set -euo pipefail
cd "$(dirname "$0")/../.."

texts=$(mktemp -d)
trap 'rm -rf "$texts"' EXIT
# Folders of linked packages: MODULE VERSION MODULE-FOLDER PACKAGE-FOLDER.
for os in linux darwin windows; do
  for arch in amd64 arm64; do
    CGO_ENABLED=0 GOOS=$os GOARCH=$arch go list -deps -f \
      '{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}} {{$.Dir}}{{end}}{{end}}' ./cmd/cella
  done
done | sort -u > "$texts/packages"
printf 'Go %s %s %s\n' "$(go env GOVERSION)" "$(go env GOROOT)" "$(go env GOROOT)" >> "$texts/packages"

# The same text of several modules is kept once, with the modules.
while read -r module version top folder; do
  while :; do
    find "$folder" -maxdepth 1 -type f -regextype egrep -iregex '.*/(un)?(licen[cs]e|copying|copyright|notice|patents)[^/]*' ! -name '*.go' |
      LC_ALL=C sort | while read -r file; do
        digest=$(sha256sum "$file")
        cp "$file" "$texts/${digest%% *}.text"
        printf '%s %s\n' "$module" "$version" >> "$texts/${digest%% *}.modules"
        printf '%s\n' "$module" >> "$texts/found"
      done
    [ "$folder" != "$top" ] || break
    folder=${folder%/*}
  done
done < "$texts/packages"
missing=$(LC_ALL=C comm -23 <(cut -d' ' -f1 "$texts/packages" | LC_ALL=C sort -u) <(LC_ALL=C sort -u "$texts/found"))
if [ -n "$missing" ]; then
  printf 'cella release: error: no licence found of:\n%s\n' "$missing" >&2
  exit 1
fi

mkdir -p "$(dirname "$1")"
{
  echo "cella contains the modules that are named here, under the licences that follow their names."
  echo "The source of MODULE at VERSION is at https://pkg.go.dev/MODULE@VERSION."
  # In the order of the first module of each text.
  for list in "$texts"/*.modules; do
    LC_ALL=C sort -u -o "$list" "$list"
    printf '%s\t%s\n' "$(head -1 "$list")" "$list"
  done | LC_ALL=C sort | while IFS=$'\t' read -r _ list; do
    printf '\n%s\n' "================================================================================"
    cat "$list"
    printf '%s\n\n' "--------------------------------------------------------------------------------"
    tr -d '\r' < "${list%.modules}.text"
  done
} > "$1"
