from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structgen.regex import CharSet, Skeleton, Spelling, skeleton, spell
from structgen.regex.spelling import has_one_spelling

# Edges of UTF-8's lengths, of the surrogates, of what JSON escapes, and of Unicode.
_EDGES = [
    0,
    8,
    9,
    0xA,
    0xC,
    0xD,
    0x1F,
    0x20,
    0x22,
    0x2F,
    0x5C,
    0x7F,
    0x80,
    0x7FF,
    0x800,
    0xFFF,
    0xD7FF,
    0xE000,
    0xFFFF,
    0x10000,
    0x10FFFF,
]
_points = st.sampled_from(
    [code + by for code in _EDGES for by in (-1, 0, 1) if 0 <= code + by <= 0x10FFFF]
) | st.integers(0, 0x10FFFF)
_characters = st.characters(exclude_categories=["Cs"])


@st.composite
def _partitions(draw: st.DrawFn) -> tuple[CharSet, ...]:
    """Disjoint sets, each of one or two ranges, that need not cover everything."""
    cuts = sorted(draw(st.sets(_points, min_size=2, max_size=9)))
    ranges = list(zip(cuts, [cut - 1 for cut in cuts[1:]], strict=False))
    sets = [CharSet.of_ranges(ranges[index::3]) for index in range(3)]
    return tuple(one for one in sets if one)


def _read(tree: Skeleton, spelled: bytes) -> list[int]:
    """The indices of the sets of the characters that are spelled; empty if they aren't spelled right or whole."""
    found = []
    node = 0
    for byte in spelled:
        targets = [target for low, high, target in tree.nodes[node] if low <= byte <= high]
        assert len(targets) <= 1
        if not targets:
            return []
        node = targets[0]
        if node < 0:
            found.append(~node)
            node = 0
    return found if node == 0 else []


def _index(sets: tuple[CharSet, ...], character: str) -> list[int]:
    return [index for index, one in enumerate(sets) if character in one]


@given(_partitions(), st.lists(_points.filter(lambda code: not 0xD800 <= code < 0xE000), min_size=1, max_size=30))
def test_the_spelling_of_a_character_leads_to_its_set(sets: tuple[CharSet, ...], codes: list[int]) -> None:
    for spelling in Spelling:
        tree = skeleton(sets, spelling)
        for character in map(chr, [*codes, *range(0x30), 0x5C]):
            assert _read(tree, spell(character, spelling)) == _index(sets, character)


@given(_partitions(), st.binary(min_size=1, max_size=5))
def test_bytes_that_spell_no_character_lead_nowhere(sets: tuple[CharSet, ...], spelled: bytes) -> None:
    try:
        text = spelled.decode()
    except UnicodeDecodeError:
        text = ""
    expected = [_index(sets, character) for character in text]
    found = _read(skeleton(sets, Spelling.PLAIN), spelled)
    assert found == ([one[0] for one in expected] if all(expected) else [])


@given(st.text(_characters, max_size=6))
def test_json_reads_what_is_spelled(text: str) -> None:
    spelled = spell(text, Spelling.JSON)
    assert json.loads(b'"' + spelled + b'"') == text
    assert _read(skeleton((CharSet.ANY,), Spelling.JSON), spelled) == [0] * len(text)


@given(
    st.binary(max_size=8)
    | st.lists(st.sampled_from([b"\\", b"u", b"0", b"1", b"f", b'"', b"n", b"/", b"\xc3\xa9"])).map(b"".join)
)
def test_what_the_tree_accepts_json_reads_and_needless_escapes_are_refused(spelled: bytes) -> None:
    found = _read(skeleton((CharSet.ANY,), Spelling.JSON), spelled)
    try:
        text = json.loads(b'"' + spelled + b'"')
    except ValueError:
        text = None
    canonical = (
        isinstance(text, str) and not _has_surrogate(text) and spell(text, Spelling.JSON).lower() == spelled.lower()
    )
    assert bool(found) == (canonical and bool(spelled))
    if found:
        assert len(found) == len(text)


def _has_surrogate(text: str) -> bool:
    return any(0xD800 <= ord(character) < 0xE000 for character in text)


@pytest.mark.parametrize(
    "spelled",
    [
        # Overlong, surrogates, above Unicode, incomplete.
        b"\xc0\x80", b"\xc1\xbf", b"\xe0\x80\x80", b"\xe0\x9f\xbf", b"\xf0\x80\x80\x80", b"\xf0\x8f\xbf\xbf",
        b"\xed\xa0\x80", b"\xed\xbf\xbf",
        b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80", b"\xff", b"\xfe",
        b"\x80", b"\xbf", b"\xc3", b"\xe4\xb8", b"\xf0\x9f\x98",
    ],
)  # fmt: skip
def test_utf8_is_exact(spelled: bytes) -> None:
    for spelling in Spelling:
        assert _read(skeleton((CharSet.ANY,), spelling), spelled) == []


@pytest.mark.parametrize(
    ("spelled", "accepted"),
    [
        (rb"\"", True), (rb"\\", True), (rb"\b\f\n\r\t", True),
        (rb"\u001f", True), (rb"\u001F", True), (rb"\u0000", True),
        (b"/", True), (b"\x7f", True), ("\u2028".encode(), True),
        (b'"', False), (b"\\", False), (b"\n", False), (b"\x1f", False),
        (rb"\/", False), (rb"\u0041", False), (rb"\u000a", False),
        (rb"\u0022", False), (rb"\U0000", False), (rb"\u00e9", False),
        (rb"\u007f", False), (rb"\ud83d\ude00", False), (rb"\a", False),
    ],
)  # fmt: skip
def test_json_has_one_spelling_for_each_character(spelled: bytes, accepted: bool) -> None:
    assert bool(_read(skeleton((CharSet.ANY,), Spelling.JSON), spelled)) == accepted


_pieces = st.lists(
    st.sampled_from(
        [
            b"\\",
            b"u",
            b"0",
            b"00",
            b"1",
            b"f",
            b"D8",
            b"dC",
            b"3",
            b'"',
            b"n",
            b"/",
            b"\x7f",
            b"\xc3\xa9",
            b"\xf0\x9f\x98\x80",
            rb"\u00e9",
            rb"\u00E9",
            rb"\uD83d\ude00",
            rb"\/",
            rb"\u002F",
            rb"\ud83d",
            rb"\n",
            rb"\u000A",
            rb"\u0061",
        ]
    ),
    max_size=6,
).map(b"".join)


@pytest.mark.parametrize("spelling", [Spelling.JSON_ASCII, Spelling.JSON_FREE, Spelling.JSON_FREE_ASCII])
@given(_pieces)
def test_other_spellings_accept_what_json_reads_with_the_escapes_that_they_allow(
    spelling: Spelling, spelled: bytes
) -> None:
    try:
        text = json.loads(b'"' + spelled + b'"')
    except ValueError:
        text = None
    fits = isinstance(text, str) and not _has_surrogate(text)
    if fits and spelling.is_ascii:
        fits = all(0x20 <= byte < 0x7F for byte in spelled)
    if fits and not spelling.is_free:
        fits = json.dumps(text)[1:-1].encode().lower() == spelled.lower()
    found = _read(skeleton((CharSet.ANY,), spelling), spelled)
    assert bool(found) == (fits and bool(spelled))
    if found:
        assert text is not None and len(found) == len(text)


@given(_partitions(), st.text(_characters, max_size=6))
def test_python_json_is_one_of_the_spellings(sets: tuple[CharSet, ...], text: str) -> None:
    ascii_only, raw = (json.dumps(text, ensure_ascii=escape)[1:-1].encode() for escape in (True, False))
    assert spell(text, Spelling.JSON_ASCII) == ascii_only
    assert spell(text, Spelling.JSON) == spell(text, Spelling.JSON_FREE) == raw
    expected = [_index(sets, character) for character in text]
    indices = [one[0] for one in expected] if all(expected) else []
    for spelling in (Spelling.JSON_ASCII, Spelling.JSON_FREE, Spelling.JSON_FREE_ASCII):
        for spelled in (ascii_only, *([] if spelling.is_ascii else [raw])):
            if all(expected):
                assert _read(skeleton(sets, spelling), spelled) == indices


@pytest.mark.parametrize(
    ("text", "spellings"),
    [
        ('a/"\\\n', {Spelling.JSON, Spelling.JSON_ASCII}),
        ("é\x7f", {Spelling.JSON}),
        ("\x1f", set()),
        ("", {Spelling.JSON, Spelling.JSON_ASCII, Spelling.JSON_FREE, Spelling.JSON_FREE_ASCII}),
    ],
)
def test_texts_with_one_spelling_are_known(text: str, spellings: set[Spelling]) -> None:
    assert {one for one in Spelling if has_one_spelling(text, one)} - {Spelling.PLAIN} == spellings


@given(_partitions())
def test_edges_are_sorted_disjoint_and_merged_and_nodes_are_shared(sets: tuple[CharSet, ...]) -> None:
    for spelling in Spelling:
        nodes = skeleton(sets, spelling).nodes
        assert len(set(nodes[1:])) == len(nodes) - 1
        for edges in nodes:
            for (_, high, target), (low, _, other) in itertools.pairwise(edges):
                assert high < low
                assert high + 1 < low or target != other
        used = {target for edges in nodes for _, _, target in edges if target >= 0}
        assert used == set(range(1, len(nodes)))


def test_a_partition_has_one_tree() -> None:
    sets = (CharSet.of_text("abc"), CharSet.of_text("é"))
    assert skeleton(sets, Spelling.PLAIN) is skeleton(sets, Spelling.PLAIN)
    assert skeleton(sets, Spelling.PLAIN) is not skeleton(sets, Spelling.JSON)
