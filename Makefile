# The project's commands. Needs a Swift 6.1 toolchain or newer, python3 with pip, and make (GNU 3.81 or newer).

TOOL = bin/metanetwork
SERVICE = bin/metanetwork-serve
# Apple's systems have Swift's library; elsewhere the service brings it along.
STATIC = $(if $(filter Darwin,$(shell uname)),,--static-swift-stdlib)
SERVICE_BUILD = Cloud/.build-serve
# What --version prints behind the version.
COMMIT = $(shell git describe --always --dirty --exclude='*' 2>/dev/null)
RELEASE_BUILD = METANETWORK_COMMIT="$(COMMIT)" swift build --package-path Cloud --configuration release
# What needs no LibTorch, and what the compiler would otherwise come to last although much waits for it: compiled while set-up fetches.
FIRST_BUILD = $(RELEASE_BUILD) --target AsyncHTTPClient
CHECK_IMPORTS = --explicit-target-dependency-import-check error
SWIFT_FILES = Package.swift Sources Tests scripts/fuzzing Cloud/Package.swift Cloud/Plugins Cloud/Sources Cloud/Tests Benchmarks/Device/Package.swift Benchmarks/Device/Sources \
	Examples/Phone/Package.swift Examples/Phone/Sources Examples/Films

# What `make demo` runs once the tool is built.
DEMO_OUT = runs/demo
DEMO_DIGITS = $(TOOL) compare --task images --data digits --shifts rotation --generators none,matched,residual --seeds 2 --epochs 60 \
	--patience 8 --learning-rate 0.003 --out $(DEMO_OUT)/digits
DEMO_FILMS = $(TOOL) compare --data ml-100k --models bag --generators none,knn,concat,vector --seeds 2 --epochs 15 --patience 4 \
	--learning-rate 0.003 --dropout 0.5 --out $(DEMO_OUT)/films
DEMO_KEY = $(TOOL) keys new $(DEMO_OUT)/publisher --publisher
DEMO_PUBLISH = $(TOOL) publish $(DEMO_OUT)/films/bag-vector --registry $(DEMO_OUT)/registry --publisher-key $(DEMO_OUT)/publisher
DEMO_SIMULATE = $(TOOL) simulate --registry $(DEMO_OUT)/registry --data ml-100k --devices 200 --base $(DEMO_OUT)/films/bag-none \
	--out $(DEMO_OUT)/simulation
DEMO_SERVE = $(TOOL) serve --registry $(DEMO_OUT)/registry --insecure --items data/ml-100k/ml-100k.item

.PHONY: help setup cuda parquet setup-tests packages build serve demo evidence test test-services lint check architecture format bench bench-quality fuzz \
	sanitize soak docs sbom audit clean

help:
	@echo "make setup    fetch LibTorch, Plotly and DuckDB into .deps (cached outside the checkout)"
	@echo "make cuda     fetch what training on an NVIDIA card needs too (Linux, 2.4 GB)"
	@echo "make parquet  fetch what reading and writing Parquet needs too: pyarrow, for python3"
	@echo "make build    release build; leaves the tool at $(TOOL)"
	@echo "make serve    release build of the service alone, without LibTorch and set-up; leaves it at $(SERVICE)"
	@echo "make demo     set up, build, and show what weights gain on turned digits and on films, over the base and a control; then serve the"
	@echo "              films to 200 simulated devices and to you; reports in $(DEMO_OUT)"
	@echo "make evidence write docs/results.md from the records of Experiments/; RUN=1 measures first what has none"
	@echo "make test     set up, lint, check the architecture, run the tests that need no servers and browsers"
	@echo "make test-services   run the tests that start servers, browsers and the tool itself"
	@echo "make packages        install the Debian packages that the tests need (as root)"
	@echo "make audit    compare what is built with what is locked, byte by byte where there is a digest, and list it"
	@echo "make architecture    print which module knows which, and the floors of folders inside each"
	@echo "make bench    measure training, the device and federated learning against PyTorch, ONNX Runtime, Flower and pfl-research"
	@echo "make fuzz     fuzz the parsers of what comes from the network or the disk, twelve million inputs (RUNS=2000000 a parser)"
	@echo "make sanitize run tests of the client, the service and the kernels with sanitizers for threads, addresses and undefined behaviour"
	@echo "make soak     the service under mixed load for an hour (MINUTES=60), while versions of a model change"
	@echo "make bench-quality   rank ml-100k with our SASRec, our bag and RecBole's SASRec, five seeds each (about an hour)"
	@echo "make lint     check the formatting;  make format  fix it"
	@echo "make check    check the architecture alone (imports, circles, forbidden calls, allocations, what an app links)"
	@echo "make docs     build the documentation of the device package into .build/docs"
	@echo "make sbom     write the bill of materials of what was built into .build/sbom.cdx.json"
	@echo "make clean    remove build products; keeps the cache, data/ and runs/"

setup:
	@scripts/setup

# See "On a GPU" in docs/scale.md.
cuda:
	@scripts/setup --cuda

# For the python3 that runs set-up.
parquet:
	@scripts/setup --parquet

setup-tests:
	@scripts/setup --tests

packages:
	@scripts/install-packages

# Where set-up fails, the compiler is asked to end what it has started, which it hears once it has begun.
build:
	@if test -e Cloud/.build/release; then scripts/setup; \
	else $(FIRST_BUILD) & first=$$!; \
		scripts/setup || { sleep 1; kill -INT $$first; sleep 2; kill $$first; wait $$first; exit 1; } 2>/dev/null; wait $$first; fi
	$(RELEASE_BUILD) --product metanetwork
	@mkdir -p bin
	@ln -sfn ../Cloud/.build/release/metanetwork $(TOOL)
	@echo "built $(TOOL)"

# A build of its own: with the library linked in, everything is compiled otherwise.
serve:
	METANETWORK_COMMIT="$(COMMIT)" swift build --package-path Cloud --scratch-path $(SERVICE_BUILD) --configuration release --product metanetwork-serve $(STATIC)
	@mkdir -p bin
	strip -o $(SERVICE) $(SERVICE_BUILD)/release/metanetwork-serve
	@echo "built $(SERVICE)"

# The case in which weights of one's own matter most comes first. With CI=true it ends without the service.
demo: build
	@echo "== 1 of 3: devices turn the digits that they see; those of the test and their angles are new to the model"
	$(TOOL) data fetch digits
	$(DEMO_DIGITS)
	@echo "== 2 of 3: films; the base is strong here, and counting stands beside it"
	$(TOOL) data fetch ml-100k
	$(DEMO_FILMS)
	@echo "== 3 of 3: the films' weights as devices get them, over HTTP"
	@rm -rf $(DEMO_OUT)/registry $(DEMO_OUT)/publisher
	$(DEMO_KEY)
	$(DEMO_PUBLISH)
	$(DEMO_SIMULATE)
	@echo "== reports: report.html in $(DEMO_OUT)/digits, $(DEMO_OUT)/films and $(DEMO_OUT)/simulation"
	@echo "== be a device yourself: http://127.0.0.1:8081/try; Ctrl-C ends the service"
	$(if $(filter true,$(CI)),,$(DEMO_SERVE))

# With RUN=1 the experiments go one after the other, so that what is there is kept where one of them fails.
evidence: build
	$(if $(RUN),@set -e; for file in Experiments/*.yaml; do $(TOOL) experiment $$file; done)
	$(TOOL) experiment Experiments/*.yaml --render docs/results.md

# The programs are those that the tests were built with.
test: setup-tests lint check
	scripts/test-python-client
	scripts/test-java-client
	scripts/test-javascript-client
	scripts/run-tests $(CHECK_IMPORTS)
	scripts/check-api
	scripts/check-snippets
	scripts/build-docs
	scripts/check-locks
	scripts/write-commands --check Cloud/.build/debug/metanetwork Cloud/.build/debug/metanetwork-serve
	scripts/write-sbom --check Cloud/.build/debug/metanetwork Cloud/.build/debug/metanetwork-serve

test-services: setup-tests
	scripts/run-tests --services $(CHECK_IMPORTS)
	scripts/test-python-client --services
	scripts/test-java-client --services
	scripts/test-javascript-client --services
	scripts/test-old-client
	scripts/test-reconnection
	scripts/test-deployment

lint:
	swift format lint --strict --parallel --recursive --configuration .swift-format $(SWIFT_FILES)

check:
	@python3 -B -m unittest discover --quiet --start-directory scripts/tests
	@scripts/check-architecture
	@scripts/check-syntax
	@scripts/check-release
	@scripts/draw-devices --check
	@scripts/check-documents
	@scripts/check-allocations
	@scripts/check-size
	@scripts/check-consumer

audit:
	@scripts/setup --tests --verify
	@scripts/check-locks --audit

architecture:
	@scripts/check-architecture --sources --draw

format:
	swift format --in-place --parallel --recursive --configuration .swift-format $(SWIFT_FILES)

bench: build
	Benchmarks/training
	Benchmarks/device
	Benchmarks/federated

fuzz:
	scripts/fuzz

sanitize: setup-tests
	scripts/sanitize

bench-quality: build
	Benchmarks/quality

# Two versions of one model: what they are worth does not matter here.
soak: build
	$(TOOL) data fetch ml-100k
	$(TOOL) train --data ml-100k --epochs 2 --seed 1 --out runs/soak/first/films --quiet
	$(TOOL) train --data ml-100k --epochs 2 --seed 2 --out runs/soak/second/films --quiet
	Benchmarks/soak runs/soak/first/films runs/soak/second/films $(MINUTES)

docs:
	scripts/build-docs

sbom: build
	scripts/write-sbom --check Cloud/.build/release/metanetwork

clean:
	rm -rf .build Cloud/.build $(SERVICE_BUILD) bin
