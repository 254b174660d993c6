# The front door. `make` alone tells what there is.

SHELL := /bin/bash
.DEFAULT_GOAL := help

PORT ?= 4700
DATA ?= .watchtrail
# The stock clients, and what deploys the template: aws-sam-cli pins a boto3 that is not the newest.
VENV := .venv
TOOLS := .venv-e2e
PEERS := .venv-bench
PYTHON := $(VENV)/bin/python
# `python3 -m venv` needs more than `python3` on Debian.
APT := $(if $(filter 0,$(shell id -u)),apt-get,sudo apt-get)

.PHONY: help
help: ## This list
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

.PHONY: run
run: ## Run the suite on port $(PORT), data in $(DATA)/
	@cargo run --release --locked -p watchtrail-local -- serve --listen 127.0.0.1:$(PORT) --data $(DATA)

.PHONY: test
test: $(VENV)/installed ## All tests: Rust, then the stock clients from outside
	cargo test --workspace --locked
	$(PYTHON) -m pytest -q -n auto --dist loadfile tests/python

.PHONY: check
check: $(VENV)/installed $(TOOLS)/installed .tools/bin/cargo-deny ## Formatting, lints, licences, generated code, the template
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	.tools/bin/cargo-deny --workspace check bans licenses sources
	$(PYTHON) tools/shapes/generate.py --check
	$(TOOLS)/bin/cfn-lint template.yaml
	SAM_CLI_TELEMETRY=0 $(TOOLS)/bin/sam validate --lint --region us-east-1 --template template.yaml

.PHONY: bench
bench: $(PEERS)/installed ## Measure against VictoriaMetrics and moto, as ratios of one run
	@command -v victoria-metrics >/dev/null || $(APT) install -qy victoria-metrics || echo "VictoriaMetrics is left out"
	@command -v rg >/dev/null && command -v zstd >/dev/null || $(APT) install -qy ripgrep zstd || echo "rg is left out"
	cargo build --profile $(PROFILE) --locked --workspace --bin watchtrail --bin bench
	PATH="$(CURDIR)/$(PEERS)/bin:$$PATH" "$${CARGO_TARGET_DIR:-target}/$(PROFILE:dev=debug)/bench" $(BENCH)
bench: PROFILE ?= release

.PHONY: shapes
shapes: $(VENV)/installed ## Generate the wire's shapes from botocore's service models
	$(PYTHON) tools/shapes/generate.py

.PHONY: build
build: $(TOOLS)/installed ## Build the Lambda functions into target/lambda/
	tools/build-lambda

.PHONY: events
events: $(TOOLS)/installed ## Invoke every function with every sample event by cargo lambda
	$(TOOLS)/bin/python tools/events

.PHONY: deploy
deploy: $(TOOLS)/installed ## Build, and deploy to the AWS account of your credentials; asks the first time
	@$(TOOLS)/bin/python tools/deploy $(DEPLOY)

.PHONY: zips
zips: $(TOOLS)/installed ## Make dist/watchtrail-*.zip, which deploys without Rust
	$(TOOLS)/bin/python tools/package

.PHONY: e2e
e2e: $(TOOLS)/installed $(VENV)/installed ## Deploy the template to an emulator with the real SAM CLI, and use it with boto3
	$(TOOLS)/bin/python -m pytest -q tests/e2e

.PHONY: fuzz
fuzz: ## Fuzz the decoders and parsers, each for $(SECONDS) seconds
	tools/fuzz $(SECONDS)
SECONDS ?= 30

$(VENV)/installed: tests/python/requirements.txt
$(TOOLS)/installed: tests/e2e/requirements.txt
$(PEERS)/installed: bench/requirements.txt
%/installed:
	@python3 -m venv $* 2>/dev/null || { $(APT) update -q && $(APT) install -qy python3-venv && python3 -m venv $*; }
	@$*/bin/pip install -q --disable-pip-version-check -r $<
	@touch $@

# Once; it takes some minutes.
.tools/bin/cargo-deny:
	cargo install cargo-deny --locked --no-default-features --root .tools

.PHONY: clean
clean: ## Remove what was built and the data of `make run`
	rm -rf target dist $(VENV) $(TOOLS) $(PEERS) .venv-query $(DATA) .aws-sam
