"""Truth recall: how often a mask allows what the author wrote. Needs no model.

    python -m benchmarks.pydot --packages 10 --places 50 --out rows.jsonl

Arms: ``ours``, and ``mgd``, as that was published: dereferences alone, of the text that ends at the cursor, not
repaired. A place is *known* where the arm constrains it.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Final

from benchmarks.pydot.packages import PACKAGES, Place, fetched, places
from structgen.monitors import Answer, Python
from structgen.monitors.answers import DEAD, LEFT
from structgen.monitors.monitor import Unanswered

ARMS: Final = ("ours", "mgd")
SEED: Final = 1


def main() -> None:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(description="Truth recall of Python's monitor on real packages.")
    parser.add_argument("--packages", type=int, default=len(PACKAGES))
    parser.add_argument("--places", type=int, default=50, help="of each package")
    parser.add_argument("--folder", type=Path, default=Path("pydot-packages"), help="for the packages' sources")
    parser.add_argument("--out", type=Path, help="where the raw rows go")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for package in PACKAGES[: given.packages]:
        root = fetched(package, given.folder)
        monitor = Python(root=root)
        try:
            for place in places(root, given.places, SEED):
                for arm in ARMS:
                    verdict = judged(monitor, place, arm)
                    name = str(place.file.relative_to(root))
                    rows.append({"package": package, "file": name, "kind": place.kind, "begin": place.begin,
                                 "arm": arm, "verdict": verdict})  # fmt: skip
        finally:
            monitor.close()
    if given.out is not None:
        given.out.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    counts = Counter((row["arm"], row["kind"], row["verdict"]) for row in rows)
    print("| arm | site | places | known | truth recall on known |\n|---|---|---|---|---|")
    for arm in ARMS:
        for kind in ("attribute", "import", "keyword"):
            allowed, excluded, unknown = (counts[arm, kind, each] for each in ("allowed", "excluded", "unknown"))
            known = allowed + excluded
            recall = f"{allowed / known:.1%}" if known else "-"
            print(f"| {arm} | {kind} | {known + unknown} | {known} | {recall} |")


def judged(monitor: Python, place: Place, arm: str) -> str:
    """Whether the mask allows the author's name: "allowed", "excluded", or "unknown" where nothing is constrained."""
    source = place.file.read_text("utf-8")
    line_end = source.find("\n", place.end)
    before, rest = source[: place.begin], source[place.begin :][:200]
    suffix = source[line_end:] if arm == "ours" and line_end >= 0 else ""
    monitor.move(file=place.file.resolve(), prefix=before, suffix=suffix)
    if not monitor.is_site(b"") or (arm == "mgd" and place.kind != "attribute"):
        return "unknown"
    answer = monitor.answer(b"") if arm == "ours" else _unrepaired(monitor, before)
    if answer is None:
        return "unknown"
    node = 0
    for byte in rest.encode():
        node = answer.step(node, byte)
        if node in (DEAD, LEFT):
            break
    return "excluded" if node == DEAD else "allowed"


def _unrepaired(monitor: Python, before: str) -> Answer | None:
    """What the server says of the text that ends at the cursor."""
    try:
        names = {offer.name for offer in monitor._analysis.names(before, "") if offer.name.isidentifier()}
    except Unanswered:
        return None
    return Answer(names, skips=b" ") if any(not name.startswith("__") for name in names) else None


if __name__ == "__main__":
    main()
