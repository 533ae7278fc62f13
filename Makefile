GO     ?= go
LDFLAGS = -s -w -X tongpin/internal/cli.Version=$(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
export CGO_ENABLED ?= 0

.PHONY: help demo test lint build browser cross race schema client

help: ## what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

demo: build ## the example on 127.0.0.1:8080, in a fresh folder
	./tongpin demo

build: ## one static binary
	$(GO) build -trimpath -ldflags '$(LDFLAGS)' -o tongpin ./cmd/tongpin

test: ## everything: vet, lint, unit, both engines, scripts, browser
	scripts/need.sh
	scripts/with-postgres.sh scripts/test.sh

lint: ## the linters alone
	$(GO) tool -modfile=tools/go.mod golangci-lint run ./...

browser: ## every page in Chromium, with axe
	CI=1 $(GO) test -timeout 40m ./e2e/browser

cross: ## the program for each architecture
	for arch in amd64 arm64 loong64; do GOOS=linux GOARCH=$$arch $(GO) build -trimpath -o /dev/null ./cmd/tongpin || exit 1; done

race: ## the packages where people race, with the race detector
	CGO_ENABLED=1 scripts/with-postgres.sh $(GO) test -race -timeout 15m ./internal/account ./internal/job ./internal/clock

schema: ## docs/schema.sql and other generated pages, from the code
	$(GO) test ./internal/db -run Written -update
	$(GO) test ./internal/rule -run Docs -update
	$(GO) test ./internal/api -run Written -update
	$(GO) test ./internal/gen/client -update

client: ## e2e/client, from docs/openapi.json, by another tool in another language
	cd e2e/client && npm ci --silent && npm run -s generate && npm run -s check
