.DEFAULT_GOAL := help
.PHONY: help build run test race fuzz bench pgo sim docs soak peers

help: ## Show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

build: ## Build bin/cached, static
	CGO_ENABLED=0 go build -trimpath -o bin/cached ./cmd/cached

run: ## Run a node on 127.0.0.1:6379
	go run ./cmd/cached

test: ## Run every test, lint included (what README says)
	go test ./...

race: ## The same under the race detector
	go test -race -timeout 20m ./...

fuzz: ## Fuzz each parser for 30 s
	@for target in $$(grep -rlE '^func Fuzz' --include=*_test.go . | xargs -n1 dirname | sort -u); do \
	  for f in $$(grep -hoE '^func Fuzz[A-Za-z0-9_]+' $$target/*_test.go | awk '{print $$2}'); do \
	    echo "== $$target $$f"; go test $$target -run '^$$' -fuzz "^$$f$$" -fuzztime 30s || exit 1; done; done

peers: ## Install the peers that benchmarks and compatibility tests measure against (Debian)
	apt-get update -qq && apt-get install -y -qq redis-server redis-tools memcached

bench: ## Measure against Redis and memcached, interleaved; writes docs/benchmarks.md
	go run ./tests/bench

sim: ## Rewrite the hit ratios in docs/eviction.md from the traces in $CACHED_TRACES
	go run ./eviction/sim/hitratios

docs: ## Regenerate derived documents
	go generate ./...

soak: ## Long memory and hostile-input runs
	CACHED_SOAK=1 go test -count=1 -timeout 60m ./tests/...
