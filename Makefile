# Every chore lives in tasks.py, so that Windows has the same ones without make.
PYTHON ?= python3

.PHONY: setup demo test lint texts faults window bench bundle docs screenshots

setup:  ; $(PYTHON) tasks.py setup
demo:   ; $(PYTHON) tasks.py demo $(ARGS)
test:   ; $(PYTHON) tasks.py test $(ARGS)
lint:   ; $(PYTHON) tasks.py lint
texts:  ; $(PYTHON) tasks.py texts
window: ; $(PYTHON) tasks.py window $(ARGS)
faults: ; $(PYTHON) tasks.py faults $(ARGS)
bench:  ; $(PYTHON) tasks.py bench $(ARGS)
bundle: ; $(PYTHON) tasks.py bundle $(ARGS)
docs: ; $(PYTHON) tasks.py docs $(ARGS)
screenshots: ; $(PYTHON) tasks.py screenshots $(ARGS)
