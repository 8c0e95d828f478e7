"""``python -m structgen.bench.worker``: one engine in a process of its own, a case a line in, a row a line out.

The first line in holds the settings and the engine. What libraries print goes to standard error.
"""

from __future__ import annotations

import json
import os
import sys
from time import perf_counter
from typing import Any

from structgen.bench.cases import Case, Instance
from structgen.bench.settings import Settings, open_measure


def case_to_json(case: Case) -> dict[str, Any]:
    """The case as what ``case_from_json`` reads."""
    tests = [[test.text, test.valid, test.description] for test in case.tests]
    return {name: getattr(case, name) for name in _FIELDS} | {"tests": tests}


def case_from_json(row: dict[str, Any]) -> Case:
    """The case that ``case_to_json`` wrote."""
    return Case(**{**row, "tests": tuple(Instance(*test) for test in row["tests"])})


_FIELDS = ("id", "dataset", "schema", "keyword", "formats", "prompt", "answer")


def main() -> None:
    """Measure the cases of standard input until it ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def send(row: dict[str, Any]) -> None:
        answers.write(json.dumps(row) + "\n")
        answers.flush()

    start = perf_counter()
    configuration = json.loads(sys.stdin.readline())
    try:
        measure = open_measure(Settings(**configuration["settings"]), configuration["engine"])
    except Exception as error:  # whatever the engine raises: the supervisor reports it and goes on with the others
        send({"failed": f"{type(error).__name__}: {error}"})
        return
    send({"ready_seconds": round(perf_counter() - start, 3)})
    for line in sys.stdin:
        case = case_from_json(json.loads(line))
        start = perf_counter()
        row = measure(case)
        send({"id": case.id} | row | {"case_seconds": round(perf_counter() - start, 4)})


if __name__ == "__main__":
    main()
