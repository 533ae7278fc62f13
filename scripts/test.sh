#!/bin/sh
# All tests, as make test runs them. A missing engine or browser is a failure.
set -eu
export CI=1
GO=${GO:-go}
export CGO_ENABLED=0
$GO vet ./...
$GO tool -modfile=tools/go.mod golangci-lint run ./...
$GO test -timeout 20m ./internal/... ./e2e/script ./e2e/matrix
$GO test -timeout 20m ./e2e/browser
