#!/usr/bin/env bash
# Stops a release that is not what the repository says.
#   check.sh version TAG              before anything is built
#   check.sh program OS/ARCH FILE     each program that was built
# A snapshot is held against the digests only where they are of its version.
set -euo pipefail
cd "$(dirname "$0")/../.."

fail() {
  echo "cella release: error: $*" >&2
  exit 1
}

version=$(<cmd/cella/version.txt)
snapshot=${CELLA_SNAPSHOT:-false}
case $1 in
  version)
    [ "$snapshot" = true ] && exit 0
    [ "$2" = "v$version" ] || fail "the tag is $2, but cmd/cella/version.txt says $version"
    compgen -G 'LICENSE*' >/dev/null || fail "there is no LICENSE file; nobody may use a program without one"
    grep -q "^$version " ci/release.sha256 || fail "ci/release.sha256 has no digest of $version; ci/release/digests.sh writes them"
    ;;
  program)
    want=$(awk -v version="$version" -v platform="$2" '$1 == version && $2 == platform { print $3 }' ci/release.sha256)
    [ -n "$want" ] || [ "$snapshot" != true ] || exit 0
    got=$(sha256sum "$3")
    [ "${got%% *}" = "$want" ] || fail "the program for $2 has the SHA-256 ${got%% *}, but ci/release.sha256 says ${want:-nothing of it}"
    ;;
  *) fail "check.sh version TAG, or check.sh program OS/ARCH FILE" ;;
esac
