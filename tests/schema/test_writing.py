"""Ways of writing, with Python's ``json`` as the oracle of layouts and spellings."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import structgen
from structgen import ArgumentError, CompiledGrammar
from structgen.schema.writing import Writing
from tests.schema.acceptance import accepts, compiled
from tests.vocabularies import allowed, crossing, mask

NAMES = ("a", "b", "é", "\U0001f600", '"', "\x1f", "/", "")
values = st.recursive(
    st.sampled_from([None, True, 0, -1, 2.5, "", "a", "é/\x7f\n", "\U0001f600"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
    max_leaves=8,
)
LAYOUTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "compact": ({"whitespace": "compact"}, {"separators": (",", ":")}),
    "spaced": ({"whitespace": "spaced"}, {}),
    "indented": ({"whitespace": "indented"}, {"indent": 2}),
    "indented by 0": ({"whitespace": "indented", "indent": 0}, {"indent": 0}),
    "indented by 7": ({"whitespace": "indented", "indent": 7}, {"indent": 7}),
}
SPELLINGS: dict[str, dict[str, Any]] = {
    "minimal": {},
    "ascii": {"ensure_ascii": True},
    "free": {"escapes": "any"},
    "free ascii": {"escapes": "any", "ensure_ascii": True},
}
ANY_VALUE: dict[str, CompiledGrammar] = {name: compiled(True, **options) for name, (options, _) in LAYOUTS.items()}
# The same values again, through controls that tell names and ask several terms at once.
SHAPE: dict[str, Any] = {
    "$defs": {
        "node": {
            "anyOf": [
                {"type": ["null", "boolean", "number", "string"]},
                {"type": "array", "items": {"$ref": "#/$defs/node"}, "minItems": 1},
                {"type": "array", "maxItems": 0},
                {
                    "type": "object",
                    "properties": {
                        "a": {"$ref": "#/$defs/node"},
                        "é": {"$ref": "#/$defs/node"},
                        "zz": {"type": "null"},
                    },
                    "additionalProperties": {"$ref": "#/$defs/node"},
                },
                {"type": "object", "minProperties": 2, "required": ["zz"]},
            ]
        }
    },
    "$ref": "#/$defs/node",
}
SHAPED: dict[str, CompiledGrammar] = {name: compiled(SHAPE, **options) for name, (options, _) in LAYOUTS.items()}


@pytest.mark.parametrize("layout", LAYOUTS)
@settings(deadline=None, max_examples=60)
@given(value=values)
def test_a_layout_is_what_python_writes(layout: str, value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False, **LAYOUTS[layout][1])
    assert accepts(ANY_VALUE[layout], text)
    assert accepts(SHAPED[layout], text)


@pytest.mark.parametrize("layout", LAYOUTS)
@settings(deadline=None, max_examples=60)
@given(value=values, place=st.integers(0, 200), change=st.sampled_from(["", " ", "\n", "  ", "\t"]))
def test_a_layout_is_nothing_else(layout: str, value: Any, place: int, change: str) -> None:
    text = json.dumps(value, ensure_ascii=False, **LAYOUTS[layout][1])
    place %= len(text) + 1
    changed = text[:place] + change + text[place + (not change) :]
    try:
        read = json.loads(changed)
    except ValueError:
        return
    expected = json.dumps(read, ensure_ascii=False, **LAYOUTS[layout][1]) == changed
    assert accepts(ANY_VALUE[layout], changed) == expected
    assert accepts(SHAPED[layout], changed) == expected


def test_whitespace_is_bounded_or_not() -> None:
    for bound, lengths in ((None, (0, 300, 5000)), (300, (0, 300)), (0, (0,))):
        grammar = compiled({"type": "array"}, max_whitespace=bound)
        for length in (0, 300, 301, 5000):
            assert accepts(grammar, f"[{' ' * length}]") == (length in lengths or bound is None)


SPELLED: dict[str, Any] = {
    "type": "object",
    "properties": {
        "é": {"enum": ["ä/", "\x7f"]},
        "a/": {"pattern": "^[é-ü]{2}$"},
        "\U0001f600": {"const": "\U0001f600"},
    },
    "patternProperties": {"^x": {"type": "null"}},
    "additionalProperties": {"maxLength": 2, "type": "string"},
    "minProperties": 1,
}
VALID: list[Any] = [
    {"é": "ä/"},
    {"é": "\x7f", "a/": "éü", "\U0001f600": "\U0001f600"},
    {"xé": None, "other": "\U0001f600\x1f"},
    {"/": "//", '"': '""'},
]
INVALID: list[Any] = [{}, {"é": "ä"}, {"a/": "é"}, {"xé": "a"}, {"other": "abc"}, {"\U0001f600": "\U0001f601"}]


def _escaped(text: str, every: bool) -> str:
    """A JSON text whose string characters are written as numbers: all of them, or all but printable ASCII."""

    def spelled(match: re.Match[str]) -> str:
        read = json.loads(match[0])
        out = []
        for character in read:
            units = character.encode("utf-16-be")
            if every or not " " <= character <= "~" or character in '"\\':
                out += [f"\\u{units[at]:02X}{units[at + 1]:02x}" for at in range(0, len(units), 2)]
            else:
                out.append(character)
        return '"' + "".join(out) + '"'

    return re.sub(r'"(?:[^"\\]|\\.)*"', spelled, text)


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("order", ["any", "schema"])
def test_names_and_strings_are_spelled_as_asked(spelling: str, order: str) -> None:
    grammar = compiled(SPELLED, property_order=order, **SPELLINGS[spelling])
    for value in VALID + INVALID:
        is_valid = value in VALID
        raw = json.dumps(value, ensure_ascii=False)
        ascii_only = json.dumps(value)
        assert accepts(grammar, raw) == (is_valid and (raw == ascii_only or "ascii" not in spelling))
        free = "free" in spelling
        assert accepts(grammar, ascii_only) == (is_valid and (raw == ascii_only or free or "ascii" in spelling))
        if value:
            assert accepts(grammar, _escaped(raw, every=True)) == (is_valid and free)


@pytest.mark.parametrize("spelling", ["free", "free ascii"])
@pytest.mark.parametrize("order", ["any", "schema"])
def test_a_name_never_repeats_however_it_is_spelled(spelling: str, order: str) -> None:
    schema: dict[str, Any] = {"properties": {"a": {}}, "patternProperties": {"^x": {}}}
    grammar = compiled(schema, property_order=order, **SPELLINGS[spelling])
    for name in ("a", "x", "yy"):
        spellings = [name, f"\\u{ord(name[0]):04x}{name[1:]}", f"\\u{ord(name[0]):04X}{name[1:]}"]
        for first in spellings:
            assert accepts(grammar, f'{{"{first}": 1}}')
            for second in spellings:
                assert not accepts(grammar, f'{{"{first}": 1, "{second}": 2}}')


@pytest.mark.parametrize("spelling", SPELLINGS)
@settings(deadline=None, max_examples=60)
@given(text=st.text(st.sampled_from('\\u0041dDé/8"3n\U0001f600\x7f'), max_size=12))
def test_a_string_is_accepted_where_it_is_read_and_spelled_as_asked(spelling: str, text: str) -> None:
    spelled = f'"{text}"'
    try:
        read = json.loads(spelled)
    except ValueError:
        read = None
    expected = isinstance(read, str) and not re.search("[\ud800-\udfff]", read)
    if "ascii" in spelling:
        expected = expected and all(" " <= character <= "~" for character in text)
    if "free" not in spelling and expected:
        written = json.dumps(read, ensure_ascii="ascii" in spelling)
        expected = written.lower() == spelled.lower()
    assert accepts(STRINGS[spelling], spelled) == expected


STRINGS = {name: compiled({"type": "string"}, **options) for name, options in SPELLINGS.items()}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_unique_items_are_compared_by_what_they_say(spelling: str) -> None:
    grammar = compiled({"uniqueItems": True}, **SPELLINGS[spelling])
    free = "free" in spelling
    assert not accepts(grammar, '["a", "a"]')
    assert not accepts(grammar, '["a", "\\u0061"]')
    assert accepts(grammar, '["a", "\\u0062"]') == free
    assert not accepts(grammar, '[{"a": 1, "b": 2}, {"b": 2.0, "a": 1}]')


def test_the_same_way_of_writing_is_one_object() -> None:
    assert Writing() is Writing("schema", 256)
    assert Writing(whitespace="compact") is Writing(max_whitespace=0, whitespace="compact")
    assert Writing().inside is Writing()
    indented = Writing(whitespace="indented", indent=3)
    assert indented.inside is indented.inside is not indented
    assert indented.inside.before_close == b"\n   "


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"whitespace": "tabs"}, "whitespace is"),
        ({"indent": -1}, "indent is from 0"),
        ({"indent": True}, "indent is from 0"),
        ({"escapes": "all"}, "escapes is"),
        ({"max_whitespace": 1.5}, "max_whitespace is"),
        ({"property_order": None}, "property_order is"),
    ],
)
def test_other_values_of_the_options_are_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ArgumentError, match=words):
        compiled(True, **options)


@pytest.mark.parametrize("options", [one for one, _ in LAYOUTS.values()] + list(SPELLINGS.values()), ids=str)
@pytest.mark.parametrize("order", ["any", "schema"])
def test_masks_of_every_way_of_writing_are_what_bytes_allow(options: dict[str, Any], order: Any) -> None:
    vocabulary = crossing()
    grammar = structgen.compile(schema=SPELLED, vocabulary=vocabulary, property_order=order, **options)
    layout = next((dumps for one, dumps in LAYOUTS.values() if one == options), {})
    for value in ({"é": "ä/", "a/": "éü", "xé": None}, {"other": "\U0001f600\x1f"}):
        text = json.dumps(value, ensure_ascii="ensure_ascii" in options, **layout).encode()
        for length in (0, 1, 2, 3, 5, 8, 13, 21, 34, len(text) - 1, len(text)):
            matcher = grammar.matcher()
            assert all(matcher.accept_token(byte) for byte in text[:length]), text[:length]
            assert mask(matcher, vocabulary) == allowed(grammar, text[:length], vocabulary), text[:length]
