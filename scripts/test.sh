#!/bin/sh
# All tests, as make test runs them. A missing engine or browser is a failure.
set -eu
export CI=1
GO=${GO:-go}
export CGO_ENABLED=0
$GO vet ./...
$GO tool -modfile=tools/go.mod golangci-lint run ./...
for arch in arm64 loong64; do # the tests below build for this machine
	GOOS=linux GOARCH=$arch $GO build -o /dev/null ./cmd/tongpin
done
$GO test -timeout 20m ./...
CGO_ENABLED=1 $GO test -race -timeout 15m ./internal/account ./internal/job ./internal/clock
