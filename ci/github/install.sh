#!/usr/bin/env bash
# Puts the cella program into a new folder, and that folder into the output dir: the
# release that this commit of the action names, by its SHA-256; or what version says.
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

# has FILE SHA256 reports whether the file has the digest. macOS has no sha256sum.
has() {
  local digest
  if command -v sha256sum >/dev/null; then digest=$(sha256sum <"$1"); else digest=$(shasum -a 256 <"$1"); fi
  [ "${digest%% *}" = "$2" ]
}

# download URL FILE
download() {
  curl --fail --silent --show-error --location --proto '=https' --proto-redir '=https' --retry 3 --output "$2" -- "$1"
}

# unpack ARCHIVE takes the program out of it.
unpack() {
  case $1 in
    *.zip) unzip -q -j "$1" cella.exe -d "$dir" ;;
    *) tar -xzf "$1" -C "$dir" --no-same-owner cella ;;
  esac || fail "the archive holds no program named cella"
}

platform() {
  local os arch
  case $(uname -s) in
    Linux) os=linux ;;
    Darwin) os=darwin ;;
    MINGW* | MSYS* | CYGWIN*) os=windows ;;
    *) fail "there is no release of cella for this system; set version to source or path" ;;
  esac
  case $(uname -m) in
    x86_64 | amd64) arch=amd64 ;;
    aarch64 | arm64) arch=arm64 ;;
    *) fail "there is no release of cella for this processor; set version to source or path" ;;
  esac
  echo "$os/$arch"
}

# released installs the release that ci/release.sha256 names. The digest is that of
# the program, so that whoever pins this action's commit pins the program.
released() {
  local platform version digest program archive
  platform=$(platform)
  read -r version _ digest < <(grep -E "^[0-9A-Za-z.+-]+ $platform [0-9a-f]{64}\$" "$GITHUB_ACTION_PATH/ci/release.sha256" || true) ||
    fail "this commit of the action names no release of cella for $platform: set version to source, or pin a commit of a release"
  archive=cella_${version}_${platform/\//_}.tar.gz program=$dir/cella
  case $platform in windows/*) archive=${archive%.tar.gz}.zip program=$dir/cella.exe ;; esac
  if [ -n "$DOWNLOAD_TOKEN" ]; then
    command -v gh >/dev/null || fail "download-token needs the GitHub CLI on this runner"
    GH_TOKEN=$DOWNLOAD_TOKEN gh release download "v$version" --repo "$ACTION_REPOSITORY" --pattern "$archive" --dir "$dir" ||
      fail "the release could not be downloaded: may download-token read the repository of the action?"
  else
    download "$GITHUB_SERVER_URL/$ACTION_REPOSITORY/releases/download/v$version/$archive" "$dir/$archive" ||
      fail "the release could not be downloaded; where the repository of the action is private, set download-token"
  fi
  unpack "$dir/$archive"
  if ! has "$program" "$digest"; then
    rm -f "$program"
    fail "the program of the release does not have the SHA-256 that this commit of the action names; it was not run"
  fi
}

# given installs the archive that the workflow names.
given() {
  local archive=$dir/cella.tar.gz
  case $IN_ARCHIVE in
    https://*.zip) archive=$dir/cella.zip ;;
    https://*) ;;
    *) fail "the input archive has to be an https URL" ;;
  esac
  [[ $IN_ARCHIVE_SHA256 =~ ^[0-9a-f]{64}$ ]] ||
    fail "archive needs archive-sha256, 64 lower-case hex digits: what runs here gets the token"
  download "$IN_ARCHIVE" "$archive" || fail "the archive could not be downloaded"
  has "$archive" "$IN_ARCHIVE_SHA256" || fail "the archive does not have the SHA-256 that archive-sha256 says; nothing of it was used"
  unpack "$archive"
}

case $IN_VERSION in
  '') if [ -n "$IN_ARCHIVE" ]; then given; else released; fi ;;
  path)
    program=$(command -v cella) || fail "version is path, and this runner has no cella on its PATH"
    ln -s "$program" "$dir/cella"
    ;;
  source)
    command -v go >/dev/null || fail "version is source, and there is no Go to build cella with: set up Go in a step before this one"
    cd "$GITHUB_ACTION_PATH"
    CGO_ENABLED=0 GOFLAGS='-mod=readonly -trimpath -buildvcs=false' go build -o "$dir/cella" ./cmd/cella
    ;;
  *) fail "the input version has to be source or path, or empty for the release that this commit of the action names" ;;
esac
"$dir/cella" version
