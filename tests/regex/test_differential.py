"""Random patterns against engines that share no code with ours: `re`, `regex`, interegular, and node's `RegExp`.

A default run takes seconds. For a long one, set STRUCTGEN_FUZZ_PAIRS to the number of (pattern, text) pairs per engine,
and STRUCTGEN_FUZZ_SEED to begin elsewhere.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import warnings
from collections.abc import Iterator
from typing import Any, Final

import interegular
import pytest
import regex  # type: ignore[import-untyped]

from structgen.errors import LimitExceededError
from structgen.regex import Node, is_empty, matches, parse, search
from structgen.regex.patterns import Dialect
from tests.regex.generators import PatternWriter, mutate, random_text, walk

PAIRS: Final = int(os.environ.get("STRUCTGEN_FUZZ_PAIRS", "2000"))
SEED: Final = int(os.environ.get("STRUCTGEN_FUZZ_SEED", "1"))

_SEPARATORS: Final = re.compile(r"[\x1c-\x1f]")
_NEGATED_PAIR: Final = re.compile(r"\[\^[^]]*\\[DSWdsw][^]]*\\[DSWdsw]")
_NEGATED_TWICE: Final = re.compile(r"\[[^]]*\\[DSW][^]]*\\[DSW]")
_FLAGS: Final = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "a": re.ASCII}

# A line asks: a pattern, flags, texts. A line answers: for each text, whether all of it, and whether a part, matches.
_NODE_PROGRAM: Final = """
require('readline').createInterface({input: process.stdin}).on('line', line => {
  const {pattern, flags, texts} = JSON.parse(line);
  const whole = new RegExp('(?:' + pattern + ')(?![^])', 'uy' + flags), part = new RegExp(pattern, 'uy' + flags);
  // A search finds \\B between the halves of a character.
  const places = text => [...text].reduce((found, one) => [...found, found.at(-1) + one.length], [0]);
  const test = (expression, text, place) => (expression.lastIndex = place, expression.test(text));
  console.log(JSON.stringify(texts.map(text =>
    [test(whole, text, 0), places(text).some(place => test(part, text, place))])));
});
"""


def _texts(chance: random.Random, nodes: list[Node], alphabet: str) -> list[str]:
    """Members, near misses, and texts that know nothing of the pattern."""
    found = [random_text(chance, alphabet) for _ in range(3)]
    for node in nodes:
        for _ in range(2):
            member = walk(chance, node)
            if member is not None:
                assert matches(node, member)
                found += [member, mutate(chance, member, alphabet)]
    return found


def _cases(
    dialect: Dialect, pairs: int, flags: list[str], writer: dict[str, Any], *, depth: int = 2, longest: int = 1000
) -> Iterator[tuple[str, str, Node, Node, list[str]]]:
    chance = random.Random(SEED)
    alphabet = PatternWriter(chance, **writer).alphabet
    made = refused = 0
    while made < pairs:
        pattern = PatternWriter(chance, **writer).pattern(depth)
        chosen = chance.choice(flags)
        if len(pattern) > longest or (dialect == "python" and not _is_accepted(pattern)):
            continue
        try:
            whole, part = parse(pattern, dialect, chosen), search(pattern, dialect, chosen)
            texts = _texts(chance, [whole, part], alphabet)
        except LimitExceededError:  # some hundred characters full of lookbehinds
            refused += 1
            assert refused <= 1 + made // 10_000, pattern
            continue
        made += 2 * len(texts)
        yield pattern, chosen, whole, part, texts


def _is_accepted(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    # `re` warns of what may be set operations one day, as in [[a].
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        yield


def test_python_patterns_match_as_re_does() -> None:
    matched = pairs = 0
    for pattern, flags, whole, part, texts in _cases("python", PAIRS, ["", "", "", "i", "m", "s", "a", "im", "ia"], {}):
        bits = re.NOFLAG
        for letter in flags:
            bits |= _FLAGS[letter]
        compiled = re.compile(pattern, bits)
        # `re.search` loses a flag that is scoped to the pattern's beginning, so that (?a:\W) never finds "é"; not so
        # behind a lookahead.
        searched = re.compile(f"(?=)(?:{pattern})", bits)
        for text in texts:
            fully, somewhere = compiled.fullmatch(text) is not None, searched.search(text) is not None
            assert (matches(whole, text), matches(part, text)) == (fully, somewhere), (pattern, flags, text)
            matched += fully + somewhere
            pairs += 2
    assert 0.1 * pairs < matched < 0.9 * pairs


def test_python_patterns_match_as_the_regex_library_does() -> None:
    # Its sets are of a later Unicode, its case rules its own: letters and digits of ASCII alone. It finds \B in the
    # empty text, as `re` does from Python 3.14 on; we don't. Its \s has no separators of ASCII, its [^\W\w] letters.
    for pattern, flags, whole, part, texts in _cases("python", PAIRS, ["", "m", "s"], {"unicode": False}):
        if _NEGATED_PAIR.search(pattern):
            continue
        compiled = regex.compile(
            pattern, regex.VERSION0 | sum({"m": regex.MULTILINE, "s": regex.DOTALL}[letter] for letter in flags)
        )
        for text in texts:
            if not text.isascii() or (not text and "\\B" in pattern) or _SEPARATORS.search(text):
                continue
            expected = compiled.fullmatch(text) is not None, compiled.search(text) is not None
            assert (matches(whole, text), matches(part, text)) == expected, (pattern, flags, text)


def test_regular_patterns_match_as_interegular_does() -> None:
    writer = {"context": False, "unicode": False}
    # It builds whole automata, in seconds for long patterns, and its \s is that of ASCII. Of several negated classes in
    # a set it takes what they have in common: its [\W\D] has no "M".
    for pattern, _, whole, _, texts in _cases("python", PAIRS // 3, ["a"], writer, depth=1, longest=30):
        if _NEGATED_TWICE.search(pattern):
            continue
        machine = interegular.parse_pattern(pattern).to_fsm()
        for text in filter(str.isascii, texts):
            assert matches(whole, text) == machine.accepts(text), (pattern, text)
        assert is_empty(whole) == machine.empty()


@pytest.fixture(scope="module")
def javascript() -> Iterator[subprocess.Popen[str]]:
    program = shutil.which("node")
    if program is None:
        pytest.skip("node isn't installed")
    with subprocess.Popen(
        [program, "-e", _NODE_PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


def ask(javascript: subprocess.Popen[str], pattern: str, flags: str, texts: list[str]) -> list[list[bool]]:
    assert javascript.stdin is not None
    assert javascript.stdout is not None
    javascript.stdin.write(json.dumps({"pattern": pattern, "flags": flags, "texts": texts}) + "\n")
    javascript.stdin.flush()
    answer: list[list[bool]] = json.loads(javascript.stdout.readline())
    return answer


def test_ecma_patterns_match_as_javascript_does(javascript: subprocess.Popen[str]) -> None:
    for pattern, flags, whole, part, texts in _cases("ecma", PAIRS, ["", "", "i", "m", "s", "im"], {"ecma": True}):
        for text, expected in zip(texts, ask(javascript, pattern, flags, texts), strict=True):
            assert [matches(whole, text), matches(part, text)] == expected, (pattern, flags, text)


_PROPERTIES: Final = [
    "L", "Lu", "Ll", "Letter", "Nd", "N",
    "P", "Punctuation", "S", "Zs", "Cc", "gc=Sm",
    "General_Category=Number", "Script=Greek", "sc=Latin", "scx=Greek", "Script_Extensions=Hiragana", "sc=Han",
    "Alphabetic", "White_Space", "ASCII", "Any", "Emoji", "Emoji_Presentation",
    "Extended_Pictographic", "ID_Start", "ID_Continue", "Uppercase", "Lowercase", "Math",
    "Hex_Digit", "AHex", "Ideographic", "XIDC", "Dash",
]  # fmt: skip


@pytest.mark.parametrize("name", _PROPERTIES)
def test_unicode_properties_are_those_of_javascript(javascript: subprocess.Popen[str], name: str) -> None:
    # Node's Unicode, Python's and the library's may be years apart: compare characters that all of them know, without
    # those that got a counterpart of the other case since.
    known = [chr(code) for code in range(0x3400) if chr(code).isprintable() and chr(code) not in "\u019b\u0264"]
    for flags in ("", "i"):
        for pattern in (rf"\p{{{name}}}", rf"[^\P{{{name}}}]"):
            node = parse(pattern, "ecma", flags)
            answers = ask(javascript, pattern, flags, known)
            assert not [c for c, answer in zip(known, answers, strict=True) if matches(node, c) != answer[0]]
