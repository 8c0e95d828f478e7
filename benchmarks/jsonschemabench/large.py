"""What compiling and following a text costs for schemas of megabytes, with the 256 bytes as vocabulary.

    python benchmarks/jsonschemabench/large.py

Run from the repository's root. ``tests/schema/large_schemas.py`` makes the schemas.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

import structgen
from tests.schema import large_schemas

BYTES: list[bytes | None] = [*(bytes([byte]) for byte in range(256)), None]
TYPED = {"Type": "Cloud::Service7::Resource7", "Properties": {"Setting0": "x"}}
RECORD = {"resourceType": "Type5", "contained": [{"resourceType": "Type9", "id": "x"}]}


def cases() -> list[tuple[str, Any, str]]:
    """Names, schemas and a text of each."""
    wide = large_schemas.wide_object(200)
    values = {name: (1, "x", True, None)[number % 4] for number, name in enumerate(wide["properties"])}
    deep, deep_text = large_schemas.nested(1000)
    return [
        ("2,500 resource types", large_schemas.cloud_template(2500), json.dumps({"Resources": {"a": TYPED}})),
        (
            "the same, the type last",
            large_schemas.cloud_template(2500),
            json.dumps({"Resources": {"a": dict(reversed(TYPED.items()))}}),
        ),
        (
            "oneOf of 1,500 kinds",
            large_schemas.cluster_objects(1500),
            json.dumps({"apiVersion": "group1/v1", "kind": "Kind1", "spec": {"limits": {"cpu": 1}}}),
        ),
        ("recursive oneOf of 800", large_schemas.health_records(800), json.dumps(RECORD)),
        ("enum of 50,000", large_schemas.large_enum(50_000), '"value 49999"'),
        ("200 required, reversed", wide, json.dumps(dict(reversed(values.items())))),
        ("maxLength 100,000", {"type": "string", "maxLength": 100_000}, '"' + "a" * 100_000 + '"'),
        ("maxItems 10,000", {"items": {"type": "integer"}, "maxItems": 10_000}, json.dumps([1] * 10_000)),
        ("1,000 levels", deep, deep_text),
    ]


def main() -> None:
    print("| schema | MB | compile, ms | text, bytes | ms | process, MB |\n|---|---|---|---|---|---|")
    structgen.compile(schema=True, vocabulary=structgen.Vocabulary.from_bytes(BYTES, eos=256))
    for name, schema, text in cases():
        vocabulary = structgen.Vocabulary.from_bytes(BYTES, eos=256)
        size = 0.0 if name == "1,000 levels" else len(json.dumps(schema)) / 1e6
        start = perf_counter()
        compiled = structgen.compile(schema=schema, vocabulary=vocabulary, property_order="any")
        middle = perf_counter()
        if not compiled.trace(text.encode()).accepted:
            raise SystemExit(f"{name}: the text is not accepted")
        end = perf_counter()
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        figures = f"{1e3 * (middle - start):.0f} | {len(text):,} | {1e3 * (end - middle):.0f} | {memory:.0f}"
        print(f"| {name} | {size:.2f} | {figures} |")


if __name__ == "__main__":
    main()
