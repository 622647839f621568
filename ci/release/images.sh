#!/usr/bin/env bash
# Builds the images of a release and pushes them, without a Docker engine:
#   images.sh REPOSITORY VERSION PROGRAMS [ARCH...]
# REPOSITORY:VERSION holds the program, certificates and nothing else. REPOSITORY:VERSION-ci
# is Debian with git and curl, for jobs of GitLab that run a shell. PROGRAMS holds
# cella_linux_ARCH and THIRD_PARTY_LICENSES. Prints each image with its digest.
set -euo pipefail

repository=$1 version=$2 programs=$3
shift 3
[ $# -gt 0 ] || set -- amd64 arm64
suite=bookworm
# Nothing in the images depends on when they are built.
SOURCE_DATE_EPOCH=$(git -C "$(dirname "$0")" log -1 --format=%ct)
export SOURCE_DATE_EPOCH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# layer FOLDER FILE: the same bits from the same files.
layer() {
  tar --create --file "$2" --directory "$1" --sort=name --mtime="@$SOURCE_DATE_EPOCH" \
    --owner=0 --group=0 --numeric-owner --format=gnu .
}

# image TAG ARCH LAYER FLAG...
image() {
  local ref=$repository:$1-$2
  crane append --oci-empty-base --new_layer "$3" --new_tag "$ref" >/dev/null
  crane mutate "$ref" --tag "$ref" --set-platform "linux/$2" \
    --label org.opencontainers.image.source=https://github.com/cella-secrets/cella \
    --label "org.opencontainers.image.version=$version" "${@:4}" >/dev/null
}

for arch; do
  small=$work/$arch
  mkdir -p "$small"/{usr/bin,usr/share/doc/cella,etc/ssl/certs,home}
  mkdir -m 1777 "$small"/{tmp,home/cella} # its user owns nothing
  install -m 0755 "$programs/cella_linux_$arch" "$small/usr/bin/cella"
  install -m 0644 "$programs/THIRD_PARTY_LICENSES" "$small/usr/share/doc/cella/THIRD_PARTY_LICENSES"
  install -m 0644 /etc/ssl/certs/ca-certificates.crt "$small/etc/ssl/certs/ca-certificates.crt"
  printf 'root:x:0:0::/root:/\ncella:x:65532:65532::/home/cella:/\n' > "$small/etc/passwd"
  layer "$small" "$work/small-$arch.tar"
  image "$version" "$arch" "$work/small-$arch.tar" --entrypoint /usr/bin/cella --user 65532:65532 \
    --env HOME=/home/cella --env PATH=/usr/bin --workdir /home/cella

  mmdebstrap --quiet --variant=minbase --architectures="$arch" --include=ca-certificates,curl,git \
    --customize-hook="copy-in $small/usr/bin/cella /usr/bin" \
    --customize-hook="copy-in $small/usr/share/doc/cella /usr/share/doc" \
    "$suite" "$work/ci-$arch.tar"
  # GitLab starts a shell in it: no entrypoint.
  image "$version-ci" "$arch" "$work/ci-$arch.tar" --cmd /bin/bash \
    --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
done

for tag in "$version" "$version-ci"; do
  manifests=()
  for arch; do manifests+=(--manifest "$repository:$tag-$arch"); done
  crane index append "${manifests[@]}" --tag "$repository:$tag" >/dev/null
  printf '%s@%s\n' "$repository:$tag" "$(crane digest "$repository:$tag")"
done
