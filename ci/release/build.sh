#!/usr/bin/env bash
# Builds the program of one platform, the same bits on every machine and in every
# folder: build.sh OS/ARCH FILE. .goreleaser.yaml has the same settings.
set -euo pipefail
cd "$(dirname "$0")/../.."

GOTOOLCHAIN=$(sed -n 's/^toolchain //p' go.mod)
export GOTOOLCHAIN GOFLAGS=-mod=readonly GOWORK=off CGO_ENABLED=0 GOAMD64=v1 GOARM64=v8.0
GOOS=${1%/*} GOARCH=${1#*/} go build -trimpath -buildvcs=false -ldflags '-s -w -buildid=' -o "$2" ./cmd/cella
