"""Times of masks over JSON Schemas with instances: ``python -m benchmarks.jsonschemabench.masks CASES TOKENIZER``.

CASES is a JSON Lines file, gzipped or not, of ``{"id", "schema", "tests": [{"valid", "data"}]}``; TOKENIZER is a
``tokenizer.json``. Every instance is written as JSON, tokenized and fed token by token: fill a mask, then commit. Times
are microseconds on one thread, as MaskBench has them: compile with the first mask, and each mask with its commit.
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from transformers import PreTrainedTokenizerFast

import structgen

_SHARES = (50, 90, 99, 100)


def read_cases(path: Path) -> list[dict[str, Any]]:
    """The cases of a JSON Lines file."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def run_case(
    case: dict[str, Any], vocabulary: structgen.Vocabulary, tokenizer: Any, first: list[float], each: list[float]
) -> str:
    """The outcome of one case; its times are appended."""
    row = np.zeros(vocabulary.bitmask_words, np.int32)
    begin = time.perf_counter()
    try:
        compiled = structgen.compile(schema=case["schema"], vocabulary=vocabulary)
        compiled.matcher().fill_bitmask(row)
    except structgen.StructgenError as error:
        return type(error).__name__
    first.append(time.perf_counter() - begin)
    for test in case["tests"]:
        matcher = compiled.matcher()
        accepted = True
        for token in tokenizer.encode(json.dumps(test["data"], ensure_ascii=False), add_special_tokens=False):
            begin = time.perf_counter()
            matcher.fill_bitmask(row)
            accepted = matcher.accept_token(token)
            each.append(time.perf_counter() - begin)
            if not accepted:
                break
        if (accepted and matcher.is_accepting()) != test["valid"]:
            return "rejects a valid instance" if test["valid"] else "accepts an invalid instance"
    return "passing"


def show(label: str, seconds: list[float]) -> str:
    """A line with the mean and some percentiles, in microseconds."""
    times = np.array(seconds or [np.nan]) * 1e6
    shares = "  ".join(f"p{share} {np.percentile(times, share):,.1f}" for share in _SHARES)
    return f"{label:24} mean {times.mean():,.1f}  {shares}  ({len(seconds):,})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", type=Path)
    parser.add_argument("tokenizer", type=Path)
    parser.add_argument("--eos", default="<|eot_id|>")
    parser.add_argument("--every", type=int, default=1, help="take every N-th case")
    arguments = parser.parse_args()
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(arguments.tokenizer), eos_token=arguments.eos)
    vocabulary = structgen.Vocabulary.from_tokenizer(tokenizer)
    first: list[float] = []
    each: list[float] = []
    outcomes = Counter(
        run_case(case, vocabulary, tokenizer, first, each) for case in read_cases(arguments.cases)[:: arguments.every]
    )
    print(show("compile + first mask", first))
    print(show("mask + commit", each))
    for outcome, count in outcomes.most_common():
        print(f"{count:6} {outcome}")


if __name__ == "__main__":
    main()
