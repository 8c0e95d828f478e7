from __future__ import annotations

import re

import pytest

from structgen.errors import LimitExceededError, RegexError
from structgen.regex import CharSet, matches, parse, search, transitions
from structgen.regex.unicode import all_characters

# A pattern, texts that it matches as a whole, and texts that it doesn't.
_WHOLE = [
    ("abc", ["abc"], ["", "ab", "abcd", "ABC"]),
    ("a|bc|", ["a", "bc", ""], ["b", "abc"]),
    ("(?:a|b)*?c+", ["c", "abacc"], ["", "ab", "cab"]),
    (r"\d{2,3}", ["12", "123", "٣٤"], ["1", "1234", "x1"]),
    (r"(?a:\d)", ["1"], ["٣"]),
    (r"[\w-]+", ["a-b", "é", "中_"], ["a b", ""]),
    (r"[^\W\d]", ["a", "_"], ["1", "-"]),
    (".", ["a", "\r", "\u2028", "😀"], ["\n", "", "ab"]),
    ("(?s:.)", ["\n"], [""]),
    ("(?i)straße", ["STRAßE", "straẞe"], ["STRASSE"]),
    ("(?i)k", ["k", "K", "\u212a"], ["c"]),
    ("(?ai)k", ["k", "K"], ["\u212a"]),
    ("(?i)[^k]", ["a"], ["k", "K", "\u212a"]),
    ("(?i)[a-z]", ["Q", "ſ", "\u212a"], ["é"]),
    ("(?x) a b # comment\n c", ["abc"], ["a b c"]),
    ("^a$", ["a"], ["a\n", "\na"]),
    ("a$\n", ["a\n"], ["a"]),
    (r"a\Z", ["a"], ["a\n"]),
    ("(?m)^a$\n^b$", ["a\nb"], ["ab"]),
    (r"\bfoo\b bar", ["foo bar"], ["foobar"]),
    (r"foo\b", ["foo"], []),
    (r"a\Bb", ["ab"], []),
    (r"a\bb", [], ["ab"]),
    ("(?=.*b)[abc]{2}", ["ab", "bc", "bb"], ["ac", "abc"]),
    ("(?!ab)..", ["ba", "aa"], ["ab"]),
    ("..(?<!ab)c", ["bac", "aac"], ["abc"]),
    ("(?:(?=ab)a|b)*", ["", "abab", "bb"], ["aab", "a", "ba"]),
    ("(?:a(?<!aa))*b", ["ab", "b"], ["aab"]),
    ("((?!b)[a-c])+", ["ac", "ca"], ["ab", ""]),
    ("(?:^a|b)+", ["ab", "abb", "bb"], ["aba", "ba"]),
    (r"(?:\ba|\Bb)+", ["ab", "abb"], ["aba", "b"]),
    ("a*+b", ["b", "aab"], ["aa"]),
    ("a*+a", [], ["a", "aa"]),
    ("a{1,2}+a", ["aaa"], ["aa"]),
    ("(?:ab)?+abc", ["ababc"], ["abc"]),
    ("(?>a)b", ["ab"], ["a"]),
    ("(?>a+)b", ["aab"], ["b"]),
    ("(?>a?)a", ["aa"], ["a"]),
    ("(?>ab|cd)e", ["abe", "cde"], ["ab"]),
    ("(?P<year>[0-9]{4})-(?#ignored)x", ["1999-x"], ["1999-"]),
    (r"\x41é\N{DIGIT ONE}\t", ["Aé1\t"], []),
    ("one|two|three|four|five|six", ["one", "six"], ["seven", "on"]),
    ("(?i:one|two|three|four|five)", ["ONE", "Five"], ["six"]),
    ("(?!)", [], ["", "a"]),
]

# The same for texts that contain a match.
_PART = [
    ("^a|b$", ["ax", "xb", "b\n"], ["xa", "bx"]),
    ("(^a|b)c", ["ac", "xbc"], ["xac"]),
    ("a$|b", ["xa", "bx", "a\n"], ["ax"]),
    ("x*$y?", ["", "xx", "a"], []),
    ("(?<!a)b", ["b", "cb", "abb"], ["ab", "aab"]),
    (r"\bfoo\b", ["foo", "a foo.", "foo!"], ["food", "xfoo", "foo_"]),
    (r"\Bfoo", ["xfoo", "food foofoo"], ["foo", "a foo"]),
    ("^(?!.*foo).*$", ["bar", "fo", ""], ["xfoox", "foo"]),
    (r"^(?=.*[A-Z])(?=.*\d).{8,}$", ["Passw0rd"], ["passw0rd", "Passw0r"]),
    ("(?m)^b", ["a\nb"], ["ab"]),
    ("(?<=(?<!a)b)c", ["bc", "xbc"], ["abc", "c"]),
    ("(?=(?!a)[ab])", ["b", "ab"], ["a", ""]),
]


@pytest.mark.parametrize(("pattern", "accepted", "rejected"), _WHOLE)
def test_a_pattern_matches_the_whole_text(pattern: str, accepted: list[str], rejected: list[str]) -> None:
    node = parse(pattern)
    assert [text for text in accepted if not matches(node, text)] == []
    assert [text for text in rejected if matches(node, text)] == []
    assert all(re.fullmatch(pattern, text) for text in accepted)
    assert not any(re.fullmatch(pattern, text) for text in rejected)


@pytest.mark.parametrize(("pattern", "accepted", "rejected"), _PART)
def test_a_pattern_is_found_in_the_text(pattern: str, accepted: list[str], rejected: list[str]) -> None:
    node = search(pattern, "python")
    assert [text for text in accepted if not matches(node, text)] == []
    assert [text for text in rejected if matches(node, text)] == []


@pytest.mark.parametrize("escape", [r"\d", r"\D", r"\w", r"\W", r"\s", r"\S", ".", r"[^\w\s]", r"[\W_]"])
@pytest.mark.parametrize("flags", ["", "a"])
def test_classes_are_those_of_re_for_every_character(escape: str, flags: str) -> None:
    compiled = re.compile(f"(?{flags}){escape}" if flags else escape)
    edges = transitions(parse(escape, "python", flags))
    charset = edges[0][0] if edges else CharSet.NONE
    assert len(edges) <= 1
    matched = compiled.findall(all_characters())
    assert len(matched) == len(charset)
    assert CharSet.of_text(matched) is charset


@pytest.mark.parametrize("character", "aKkſßẞİıiIµμΣςσéǅ中1_\U00010400\U0001e900ᲀﬆﬅ")
def test_case_is_that_of_re_for_every_character(character: str) -> None:
    # No character above the second plane has case.
    planes = CharSet.of_ranges([(0, 0x1FFFF)])
    text = all_characters()[: len(planes)]
    for pattern in (character, f"[^{character}]", f"[{character}1]", f"[^x{character}]"):
        matched = re.findall(pattern, text, re.IGNORECASE)
        assert transitions(parse(pattern, "python", "i"))[0][0] & planes is CharSet.of_text(matched)


def test_the_empty_text_has_no_place_that_is_no_boundary() -> None:
    # What CPython did until 3.13, and does since 3.14.
    assert matches(search(r"\B", "python"), "") == (re.search(r"\B", "") is not None)
    assert not matches(search(r"\b", "python"), "")


@pytest.mark.parametrize(
    ("pattern", "what", "position"),
    [
        (r"(a)\1", "back-reference", 3),
        ("(?P<x>a)b(?P=x)", "back-reference", 9),
        ("(a)?(?(1)b|c)", "conditional", 4),
        ("(?>a|ab)c", "atomic", 0),
        ("(?:a|ab)*+", "possessive", 8),
        ("(a", "unterminated", 0),
        ("a**", "multiple repeat", 2),
        ("[b-a]", "bad character range", 1),
        ("(?<=a*)b", "look-behind", 0),
        ("\\", "bad escape", 0),
        (r"\p{L}", "bad escape", 0),
        ("(?L)a", "flag", 3),
    ],
)
def test_what_is_not_regular_or_not_a_pattern_is_refused(pattern: str, what: str, position: int | None) -> None:
    with pytest.raises(RegexError, match=what) as caught:
        parse(pattern)
    assert caught.value.pattern == pattern
    assert caught.value.position == position


def test_deep_nesting_is_refused() -> None:
    for pattern in ("(" * 5000 + ")" * 5000, "(?:a" * 400 + ")*" * 400):
        with pytest.raises(LimitExceededError):
            parse(pattern)


@pytest.mark.parametrize("pattern", ["a{9999999999}", "(a{1,4294967295})", "a{4294967295,}"])
def test_a_count_that_re_does_not_take_is_named(pattern: str) -> None:
    with pytest.raises(LimitExceededError) as caught:
        parse(pattern)
    assert caught.value.limit == "4294967294 repetitions in a pattern"
    assert parse("a{4294967294}") is not parse("a")


def test_unknown_flags_are_an_error() -> None:
    with pytest.raises(ValueError, match="unknown flag"):
        parse("a", "python", "q")


def test_nested_alternatives_are_read_once() -> None:
    """Each level was read twice: 40 levels would never have ended."""
    node = parse("(?:a|" * 40 + "b" + ")" * 40)
    assert matches(node, "a")
    assert matches(node, "b")
