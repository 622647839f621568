#!/usr/bin/env bash
# Installs what makes a release, at these versions, into a folder: tools.sh FOLDER [TOOL...]
# The checksum database of Go modules vouches for each. Without names: all of them.
set -euo pipefail

mkdir -p "$1"
GOBIN=$(cd "$1" && pwd)
export GOBIN GOFLAGS=-buildvcs=false CGO_ENABLED=0
shift
[ $# -gt 0 ] || set -- goreleaser cyclonedx-gomod crane cosign
for tool; do
  case $tool in
    goreleaser) module=github.com/goreleaser/goreleaser/v2@v2.16.0 ;;
    cyclonedx-gomod) module=github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0 ;;
    crane) module=github.com/google/go-containerregistry/cmd/crane@v0.21.7 ;;
    cosign) module=github.com/sigstore/cosign/v3/cmd/cosign@v3.1.1 ;;
    *)
      echo "cella release: error: no tool $tool" >&2
      exit 1
      ;;
  esac
  [ -x "$GOBIN/$tool" ] || go install "$module"
done
