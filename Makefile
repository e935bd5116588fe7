# Every target is a line of `make help`. What a target needs it installs.

GO            ?= go
GOLANGCI_LINT := v2.15.0
LINT          := bin/tools/golangci-lint-$(GOLANGCI_LINT)
SOURCES        = $(shell find . -name '*.go' -not -path './e2e/*') go.mod go.sum
EMBEDDED       = $(shell find simulator internal -type f \( -name '*.sql' -o -name '*.js' -o -name '*.css' -o -name '*.html' -o -name '*.svg' \))

.DEFAULT_GOAL := help
.PHONY: help demo test check bench dev fmt generate picture

help: ## show this help
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: bin/musika ## build, and run the whole thing with sample shops and two phones in the browser
	./bin/musika demo

test: ## everything that can fail, race detector on; installs PostgreSQL and Chromium where missing
	./scripts/setup-test.sh
	$(GO) run ./internal/db/dbtest/cluster -- ./scripts/test.sh

check: $(LINT) ## formatting, vet, linters and import rules, and that generated files are fresh
	@unformatted="$$(gofmt -l $$(git ls-files --cached --others --exclude-standard '*.go'))"; \
		if [ -n "$$unformatted" ]; then echo "not formatted (make fmt):"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(LINT) run ./...
	$(GO) mod tidy -diff
	$(GO) test -run 'Fresh|Imports' ./...

bench: bin/musika ## measure speed and memory, and write docs/benchmarks.md
	$(GO) run ./internal/db/dbtest/cluster -durable -- ./bin/musika bench chat --write docs/benchmarks.md

dev: ## run the demo, and again whenever a source file is saved
	./scripts/dev.sh

fmt: ## format the Go code
	gofmt -w $$(git ls-files --cached --others --exclude-standard '*.go')

generate: ## rewrite the files that are made from the code
	$(GO) generate ./...

picture: ## take docs/images/phone.png anew with the browser test
	./scripts/setup-test.sh
	MUSIKA_TEST_BROWSER=1 $(GO) test -count=1 -run TestPhonesInBrowser ./internal/demo
	cp e2e/out/phone.png docs/images/phone.png

bin/musika: $(SOURCES) $(EMBEDDED)
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w' -o $@ ./cmd/musika

$(LINT):
	@mkdir -p bin/tools
	GOFLAGS= CGO_ENABLED=0 GOBIN=$(CURDIR)/bin/tools $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT)
	mv bin/tools/golangci-lint $@
