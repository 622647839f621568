#!/usr/bin/env bash
# Puts the cella program into a new folder, and that folder into the output
# dir: from an archive with a known SHA-256, or built from the action's source.
set -euo pipefail
# shellcheck source=ci/github/common.sh
. "$(dirname "$0")/common.sh"
forget_credentials

case $IN_MODE in
  plan | apply) ;;
  *) fail "the input mode has to be plan or apply" ;;
esac
case $IN_COMMENT in
  true | false) ;;
  *) fail "the input comment has to be true or false" ;;
esac

dir=$(mktemp -d "$RUNNER_TEMP/cella.XXXXXX")
echo "dir=$dir" >>"$GITHUB_OUTPUT"

if [ -z "$IN_ARCHIVE" ]; then
  command -v go >/dev/null || fail "there is no Go to build cella with; set archive and archive-sha256 to use a built one"
  cd "$GITHUB_ACTION_PATH"
  CGO_ENABLED=0 GOFLAGS='-mod=readonly -trimpath -buildvcs=false' go build -o "$dir/cella" ./cmd/cella
else
  case $IN_ARCHIVE in
    https://*) ;;
    *) fail "the input archive has to be an https URL" ;;
  esac
  [[ $IN_ARCHIVE_SHA256 =~ ^[0-9a-f]{64}$ ]] ||
    fail "archive needs archive-sha256, 64 lower-case hex digits: what runs here gets the token"
  curl --fail --silent --show-error --location --proto '=https' --proto-redir '=https' --retry 3 \
    --output "$dir/cella.tar.gz" -- "$IN_ARCHIVE" || fail "the archive could not be downloaded"
  echo "$IN_ARCHIVE_SHA256  $dir/cella.tar.gz" | sha256sum --check --status ||
    fail "the archive does not have the SHA-256 that archive-sha256 says; nothing of it was used"
  tar -xzf "$dir/cella.tar.gz" -C "$dir" --no-same-owner cella || fail "the archive holds no file named cella"
fi
"$dir/cella" version
