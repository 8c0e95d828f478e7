"""Host names in ASCII against the rules written as code, international ones against the package ``idna``."""

from __future__ import annotations

import random
import re
import unicodedata

import idna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from structgen.regex.derivatives import matches
from structgen.regex.nodes import Node
from structgen.schema.formats import language
from structgen.schema.formats.idna_table import CLASSES
from structgen.schema.formats.international import idn_domain, most_octets
from tests.schema.formats.make_idna_table import classes
from tests.schema.formats.walks import member, mutated

seeds = st.integers(0, 2**32).map(random.Random)
LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?", re.ASCII)


def _language(name: str) -> Node:
    node = language(name, "2020-12")
    assert node is not None
    return node


def is_hostname(text: str) -> bool:
    labels = text.split(".")
    return (
        len(text) <= 253
        and all(LABEL.fullmatch(label) and not label.lower().startswith("xn--") for label in labels)
        and (len(labels) == 1 or not labels[-1].isdigit())
    )


@settings(deadline=None, max_examples=300)
@given(seeds)
def test_hostnames(chance: random.Random) -> None:
    node = _language("hostname")
    text = member(node, chance)
    assert is_hostname(text)
    for _ in range(3):
        text = mutated(text, "a1-.xXnN_", chance)
        assert matches(node, text) == is_hostname(text), text


@settings(deadline=None, max_examples=200)
@given(st.lists(st.tuples(st.integers(59, 64), st.sampled_from("a1-")), min_size=1, max_size=5), st.integers(0, 4))
def test_lengths_of_names_and_labels(sizes: list[tuple[int, str]], last: int) -> None:
    labels = [character * (size - 2) for size, character in sizes]
    text = ".".join([f"{label[:1].replace('-', 'a')}{label}0" for label in labels] + ["9a9b"[:last]] * bool(last))
    assert matches(_language("hostname"), text) == is_hostname(text), text


@pytest.mark.parametrize(
    "text", ["a", "1", "1host", "host-name", "a--b.com", "www.example.com", "1.2.3.a", "ab--c", "a" * 63, "xn-a",
     "xnn--a"]
)  # fmt: skip
def test_a_hostname(text: str) -> None:
    assert matches(_language("hostname"), text)


@pytest.mark.parametrize(
    "text",
    ["", ".", ".a", "a.", "a..b", "-a", "a-", "a_b", "1.2.3.4", "a.1", "a" * 64, "xn--ll-0ea", "XN--X", "b.xN--a",
     "a b", "example.com\n", "\u212aelvin.com", "a\uff0eb"],
)  # fmt: skip
def test_no_hostname(text: str) -> None:
    assert not matches(_language("hostname"), text)


def is_international(text: str) -> bool:
    """Whether ``idna`` takes the name, and all its labels keep the rule of Bidi where one is written that way."""
    labels = re.split("[.\u3002\uff0e\uff61]", text)
    is_bidi = any(unicodedata.bidirectional(character) in ("R", "AL", "AN") for character in text)
    try:
        for label in labels:
            if is_bidi:
                idna.check_bidi(label, check_ltr=True)
        return len(idna.encode(text)) <= 253
    except idna.IDNAError:
        return False


@settings(deadline=None, max_examples=300)
@given(seeds)
def test_international_hostnames(chance: random.Random) -> None:
    node = _language("idn-hostname")
    text = member(node, chance)
    assert is_international(text), ascii(text)
    for _ in range(3):
        text = mutated(
            text, "a1-.xl\u00b7\u0375\u05f3\u0627\u0628\u0661\u06f1\u093f\u094d\u200c\u200d\u3002\u30fb\u4e00", chance
        )
        assert not matches(node, text) or is_international(text), ascii(text)


@settings(deadline=None, max_examples=300)
@given(
    st.lists(st.sampled_from("abz09"), max_size=20),
    st.lists(st.integers(0xA1, 0x31FFF).filter(lambda code: not 0xD800 <= code < 0xE000), min_size=1, max_size=40),
    st.randoms(use_true_random=False),
)
def test_punycode_never_needs_more_octets(letters: list[str], codes: list[int], chance: random.Random) -> None:
    characters = letters + [chr(code) for code in codes]
    chance.shuffle(characters)
    range_index = next(index for index, limit in enumerate((0x800, 0x10000, 0x32400)) if max(codes) < limit)
    label = "".join(characters)
    assert len(b"xn--" + label.encode("punycode")) <= most_octets(len(letters), len(codes), range_index)


@pytest.mark.parametrize(
    "text",
    ["실례.테스트", "ßς་〇", "l·l", "α͵β", "א׳ב", "א״ב", "・ぁ", "・丈", "ب٠ب", "۰0", "क्‍ष", "क्‌ष", "بي‌بي",
     "a.b", "a。b", "a．b", "a｡b", "WWW.пример.com", "παράδειγμα", "a" * 63, "a9.א9"],
)  # fmt: skip
def test_an_international_hostname(text: str) -> None:
    assert matches(_language("idn-hostname"), text)


@pytest.mark.parametrize(
    "text",
    ["", ".", "。", "a。", "．a", "〮실", "실〮", "-ü", "ü-", "ü" * 60, "ःh", "ـߺ", "a·l", "l·", "α͵", "α͵S", "a׳ב",
     "・", "def・abc", "ب٠۰", "क‍ष", "‍ष", "क्‌षx‌y", "0a.א", "0ا", "aא", "א0٠", "Ü", "Üa", "aÜ", "éA", "cafe\u0301",
     "ĕ\u0328", "xn--ll-0ea", "ab--ü", "ü.1", "a" * 64, "a b", "ü_"],
)  # fmt: skip
def test_no_international_hostname(text: str) -> None:
    assert not matches(_language("idn-hostname"), text)


def test_the_domain_of_a_mailbox_has_plain_full_stops_and_any_length() -> None:
    assert matches(idn_domain(), ".".join(["ü"] * 100))
    assert not matches(_language("idn-hostname"), ".".join(["ü"] * 100))
    assert not matches(idn_domain(), "ü。b")
    assert not matches(idn_domain(), "ü" * 60)


def test_the_table_says_what_the_packages_say() -> None:
    entries = [entry.split() for entry in CLASSES.split(";")[:-1]]
    made = {(one[0], int(one[1]), one[2], one[3][1:]): one[4:] for one in entries}
    assert len(made) == len(entries)
    found: dict[int, tuple[str, int, str, str]] = {}
    for key, ranges in made.items():
        end = 0
        for word in ranges:
            gap, _, more = word.partition(":")
            start, end = end + int(gap, 36), end + int(gap, 36) + int(more or "0", 36) + 1
            found.update((code, key) for code in range(start, end))
    expected = {code: key for key, codes in classes().items() for code in codes}
    assert {code for code in found if found[code] != expected.get(code)} == set()
    assert {code for code in expected if code not in found and unicodedata.unidata_version == "14.0.0"} == set()
