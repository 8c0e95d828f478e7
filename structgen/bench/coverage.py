"""Coverage, as the JSONSchemaBench paper defines it.

* Declared: the engine takes the schema, without an error then or while it runs.
* Empirical: what is written under its masks is valid. Texts are drawn at random from the masks, which asks more of an
  engine than a model's likeliest text would; ``generation`` measures the latter.
* True: the masks allow all valid texts and no others. Here, an upper bound: no text and no instance shows otherwise.

A schema is over-constrained where a valid instance is rejected, or a path ends in a mask without a token;
under-constrained where an invalid one is accepted, or a drawn text is invalid. Source: Geng et al., arXiv:2501.10868,
section 5.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from structgen.bench.cases import Case
from structgen.bench.engines import Engine
from structgen.bench.masks import Row, excerpt
from structgen.bench.tokenizers import Tokenizer
from structgen.bench.validity import Validator

WALK_TOKENS: Final = 300


class Coverage:
    """The measurement over one engine, with ``walks`` random texts for each schema."""

    def __init__(self, engine: Engine, tokenizer: Tokenizer, *, walks: int, seed: int) -> None:
        self.engine, self.tokenizer, self.walks, self.seed = engine, tokenizer, walks, seed
        self.texts = tokenizer.vocabulary.all_token_bytes()
        self.has_text = np.array([bool(text) for text in self.texts])
        self.ids = {text: token for token, text in enumerate(self.texts) if text}
        ids = range(len(self.texts))
        self.closers = [np.array(sorted(ids, key=key)) for key in (self._distance, self._distance_in_string)]

    def __call__(self, case: Case) -> Row:
        row: Row = {"dataset": case.dataset, "keyword": case.keyword, "size": case.size, "tests": len(case.tests)}
        try:
            self.engine.compile(case.schema, case.formats)
            self.engine.fill()
        except Exception as error:  # each engine raises errors of its own
            return row | {"outcome": "refused", "why": excerpt(error)}
        try:
            return row | {"outcome": "compiled"} | self._instances(case) | self._walks(case)
        except Exception as error:
            return row | {"outcome": "run-time error", "why": excerpt(error)}

    def _instances(self, case: Case) -> Row:
        counts: Counter[str] = Counter()
        wrong: list[str] = []
        for test in case.tests:
            accepted = self._accepts(test.text)
            counts[f"{'valid' if test.valid else 'invalid'}_{'accepted' if accepted else 'rejected'}"] += 1
            if accepted != test.valid:
                wrong.append(f"{'rejects' if test.valid else 'accepts'} {test.text[:80]}")
        return {**counts, **({"wrong": wrong[:3]} if wrong else {})}

    def _accepts(self, text: str) -> bool:
        self.engine.reset()
        for token in self.tokenizer.vocabulary.encode(text.encode()):
            self.engine.fill()
            if not self.engine.commit(token):
                return False
        return self.engine.is_accepting()

    def _walks(self, case: Case) -> Row:
        validator = Validator(case.schema, formats=case.formats)
        rng = random.Random(f"{self.seed} {case.id}")
        counts: Counter[str] = Counter()
        shown: dict[str, str] = {}
        names = _required(case.schema)
        for _ in range(self.walks):
            end, data = self._walk(rng, names)
            if end == "finished":
                end = validator.judge(data)
            counts[end] += 1
            if end in ("invalid", "not JSON", "dead end"):
                shown.setdefault(end, data[-200:].decode("utf-8", "replace"))
        return {"walks": dict(counts), **({"shown": shown} if shown else {})}

    def _walk(self, rng: random.Random, names: Sequence[bytes]) -> tuple[Any, bytes]:
        """Draw tokens from the masks alone; the longer it lasts, the likelier those that close what is open."""
        self.engine.reset()
        data = bytearray()
        place = _Place()
        end: Literal["finished", "dead end", "unfinished"] = "unfinished"
        for step in range(WALK_TOKENS):
            mask = self.engine.next_tokens()
            may_end = mask[self.tokenizer.eos]
            allowed = np.flatnonzero(mask & self.has_text)
            if may_end and (not len(allowed) or rng.random() < 0.3 + step / WALK_TOKENS):
                end = "finished"
                break
            if not len(allowed):
                end = "dead end"
                break
            if rng.random() < 2 * step / WALK_TOKENS:
                token = self._closer(mask & self.has_text, place, sorted(names, key=lambda name: b'"' + name in data))
            else:
                token = int(allowed[rng.randrange(len(allowed))])
            if not self.engine.commit(token):
                raise RuntimeError(f"the mask allows token {token}, and committing it fails")
            text = self.texts[token] or b""
            data += text
            place.follow(text)
        return end, bytes(data)

    def _closer(self, mask: NDArray[np.bool_], place: _Place, names: Sequence[bytes]) -> int:
        """A token towards the end: what goes on with the first of the names, or else what closes most."""
        if place.is_in_string:
            for name in names:
                rest = name.removeprefix(place.string) if name.startswith(place.string) else b""
                for end in range(len(rest), 0, -1):
                    token = self.ids.get(rest[:end])
                    if token is not None and mask[token]:
                        return token
        closers = self.closers[place.is_in_string]
        return int(closers[mask[closers].argmax()])

    def _distance(self, token: int) -> tuple[int, int, int]:
        """How far from an end a token leads outside of strings: brackets that close first, whitespace last."""
        text = self.texts[token] or b""
        return next((rank for rank, first in enumerate(_TO_END) if text[:1] in first), len(_TO_END)), len(text), token

    def _distance_in_string(self, token: int) -> tuple[bool, int, bool, int]:
        """The same inside of strings, where brackets close nothing: quotes first. Other digits before 0: `jsonschema`
        knows no year 0."""
        text = self.texts[token] or b""
        return not text.startswith(b'"'), len(text), text == b"0", token


_TO_END: Final = ((b"}", b"]"), (b",", b":"), tuple(b"%c" % one for one in b"0123456789-tfn"), (b'"',), (b"{", b"["))


class _Place:
    """Whether a JSON text in progress stands in a string, and what that string holds so far."""

    def __init__(self) -> None:
        self.is_in_string = False
        self.string = b""
        self._is_escaped = False

    def follow(self, text: bytes) -> None:
        for byte in text:
            if byte == ord('"') and not self._is_escaped:
                self.is_in_string = not self.is_in_string
                self.string = b""
                continue
            self._is_escaped = self.is_in_string and byte == ord("\\") and not self._is_escaped
            self.string += bytes([byte])


def _required(schema: Any) -> list[bytes]:
    """The names that some part of a schema requires, as JSON with the quote that ends them: without these, an object
    of open keys finds no end."""
    found: dict[bytes, None] = {}
    parts = [schema]
    for part in parts:
        if isinstance(part, dict):
            names = part.get("required")
            for name in names if isinstance(names, list) else ():
                if isinstance(name, str):
                    found[json.dumps(name, ensure_ascii=False)[1:].encode("utf-8", "replace")] = None
            parts.extend(part.values())
        elif isinstance(part, list):
            parts.extend(part)
    return list(found)
