from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from structgen.errors import LimitExceededError, RegexError
from structgen.regex import NOTHING, CharSet, matches, parse, search, transitions

# A pattern, texts with a match, and texts without one.
_PART = [
    ("abc", ["abc", "xabcx"], ["", "ab"]),
    ("^$", [""], ["a", "\n"]),
    ("^a$", ["a"], ["a\n"]),
    ("^a|b$", ["ax", "xb"], ["xa", "bx"]),
    ("(^a|b)c", ["ac", "xbc"], ["xac"]),
    ("a$|b", ["xa", "bx"], ["ax", "a\n"]),
    ("x*$y?", ["", "a"], []),
    ("^.$", ["a", "😀", "\x85"], ["\n", "\r", "\u2028", "\u2029", "ab"]),
    (r"^\d+$", ["12"], ["٣", ""]),
    (r"^\w$", ["a", "_", "9"], ["é", "-"]),
    (r"^\s$", [" ", "\u00a0", "\ufeff", "\u2028", "\v"], ["\x1c", "\x85", "\u180e", "a"]),
    (r"^[^\s\S]$", [], ["a", " "]),
    (r"^[^]$", ["a", "\n"], [""]),
    ("[]", [], ["", "a"]),
    (r"^[\b]$", ["\b"], ["b"]),
    (r"\bfoo\b", ["foo", "a foo.", "éfoo"], ["food", "_foo"]),
    (r"^\cJ\x41\u0042\u{1F600}\ud83d\ude00\0$", ["\nAB😀😀\0"], ["\nAB😀😀"]),
    (r"^[\u{1F600}-\u{1F64F}]$", ["😀"], ["a"]),
    (r"^[\ud800-\udfff]$", [], ["a"]),
    (r"^[^\ud800-\udfff]$", ["a", "😀"], ["ab"]),
    ("^(?<year>[0-9]{4})-(?:0|1)$", ["1999-1"], ["1999-2"]),
    ("^(?!.*foo).*$", ["bar", ""], ["xfoox"]),
    (r"^(?=.*[A-Z])(?=.*\d).{8,}$", ["Passw0rd"], ["passw0rd", "Passw0r"]),
    ("(?<!a)b", ["b", "cb", "abb"], ["ab"]),
    ("(?<=a+b)c", ["abc", "xaabc"], ["bc"]),
    ("^(?:(?=ab)a|b)*$", ["", "abab"], ["aab"]),
    ("(?=a)*b", ["b"], ["a"]),
    (r"^\p{Lu}\p{Ll}+$", ["Éa", "Ab"], ["AB", "a"]),
    (r"^\p{L}\P{L}$", ["a1"], ["ab"]),
    (r"^[\p{Script=Greek}\p{Nd}]+$", ["αβ٣1"], ["a"]),
    (r"^[^\p{L}]$", ["1"], ["é"]),
    (r"^\p{ASCII}\p{Any}$", ["a\n"], ["éa"]),
    (r"^\p{Emoji_Presentation}$", ["😀"], ["a"]),
    (r"^(?i:ab)c$", ["ABc", "abc"], ["abC"]),
    (r"^(?s:.)(?-i:a)$", ["\na"], ["\nA"]),
    ("^a{2}b{1,}c{0,2}$", ["aab", "aabbcc"], ["ab", "aabccc"]),
    ("a{0}", ["", "x"], []),
    ("a*?b+?", ["b"], ["a"]),
    ("^(one|two|three|four|five|si-x)$", ["two", "si-x"], ["si", "twos"]),
]

# What Unicode mode would refuse and schemas have all the same: each means its character.
_TOLERATED = [
    (r"^[\w\-.]+\@[\w-.]+$", ["a-b@c.d"], ["a@"]),
    (r"^\_\-\:\/\"\'\ \,\;\#\%\&\!\=\<\>\~\`$", ["_-:/\"' ,;#%&!=<>~`"], ["_"]),
    ("^{a}$", ["{a}"], ["a"]),
    ("^a{,3}]$", ["a{,3}]"], ["aaa]"]),
    ("^x{a$", ["x{a"], ["xa"]),
    (r"^[\d-x]$", ["1", "-", "x"], ["w"]),
    ("^[a-]$", ["a", "-"], ["b"]),
    ("(?<a>x)|(?<a>y)", ["x", "y"], ["z"]),
]


@pytest.mark.parametrize(("pattern", "accepted", "rejected"), _PART + _TOLERATED)
def test_a_pattern_is_found_in_the_text(pattern: str, accepted: list[str], rejected: list[str]) -> None:
    node = search(pattern)
    assert [text for text in accepted if not matches(node, text)] == []
    assert [text for text in rejected if matches(node, text)] == []


def test_flags() -> None:
    assert matches(search("^b$", "ecma", "m"), "a\u2028b\rc")
    assert matches(search("a.b", "ecma", "s"), "a\nb")
    assert matches(search("^K$", "ecma", "i"), "\u212a")
    assert matches(search(r"^\w$", "ecma", "iu"), "ſ")
    assert not matches(search(r"^\W$", "ecma", "i"), "S")
    assert matches(search(r"^[^\P{Lu}]$", "ecma", "i"), "A") is False
    assert not matches(search("^ß$", "ecma", "i"), "ss")
    assert matches(search("^ß$", "ecma", "i"), "ẞ")
    with pytest.raises(ValueError, match="unknown flags"):
        parse("a", "ecma", "v")


@pytest.mark.parametrize(
    ("pattern", "what", "position"),
    [
        (r"(a)\1", "back-reference", 3),
        (r"(?<n>a)\k<n>", "back-reference", 7),
        ("(a", "never closed", 0),
        ("a)", "closes nothing", 1),
        ("[a", "never closed", 0),
        ("a**", "nothing to repeat", 2),
        ("*", "nothing to repeat", 0),
        ("{2}", "nothing to repeat", 0),
        (r"^*", "nothing to repeat", 1),
        (r"\b+", "nothing to repeat", 2),
        ("(?<=a)?", "nothing to repeat", 6),
        ("a{3,2}", "out of order", 1),
        ("[b-a]", "out of order", 1),
        ("\\", "at the end", 0),
        (r"^\Z", "no meaning", 1),
        (r"\A", "no meaning", 0),
        (r"\a", "no meaning", 0),
        (r"\08", "no meaning", 0),
        (r"[\1]", "no meaning", 1),
        (r"\x4", "hexadecimal", 0),
        (r"\u12", "hexadecimal", 0),
        (r"\u{110000}", "code point", 0),
        (r"\u{}", "code point", 0),
        (r"\c1", "no meaning", 0),
        (r"\p{Lq}", "unknown Unicode property", 0),
        (r"\p{Script=Klingon}", "unknown Unicode property", 0),
        (r"\p{sc=greek}", "unknown Unicode property", 0),
        (r"\p{x=y}", "unknown Unicode property", 0),
        (r"\pL", "in braces", 0),
        ("(?P<n>a)", "unknown kind of group", 0),
        ("(?i)a", "unknown kind of group", 0),
        ("(?<1>a)", "name", 3),
        ("(?>a)", "unknown kind of group", 0),
        ("(?ii:a)", "unknown kind of group", 0),
    ],
)
def test_what_is_not_regular_or_not_a_pattern_is_refused(pattern: str, what: str, position: int) -> None:
    with pytest.raises(RegexError, match=what) as caught:
        search(pattern)
    assert (caught.value.pattern, caught.value.position) == (pattern, position)


@pytest.mark.parametrize(
    "pattern", ["(" * 5000 + ")" * 5000, "(?:" * 99 + "a" + "b|c)*" * 99, "a{99999999999999999999}", "x" * 250_001]
)
def test_limits_are_errors(pattern: str) -> None:
    with pytest.raises(LimitExceededError):
        parse(pattern, "ecma")


def test_long_and_wide_patterns_are_read() -> None:
    text = "abcdefghij" * 5000
    assert matches(search(f"^{text}$"), text)
    assert not matches(search(f"^{text}$"), text[1:])
    assert matches(search("^(" + "|".join(f"k\\d{index}" for index in range(3000)) + ")$"), "k12999")
    assert matches(search("^(" + "|".join(f"k{index}" for index in range(20000)) + ")$"), "k19999")


# Sets of which all characters are compared with what the engine matches.
_SETS = [
    r"\d", r"\D", r"\w", r"\W", r"\s", r"\S", ".", "[^]", r"[^\w\s]", r"[\W_]",
    "[à-þ]", "k", "[k-s]", "ß", "[^K]", "µ", "ς", "[Ǆ-ǌ]",
    r"[\0-\x1f]", r"\u{10400}",
]  # fmt: skip


@pytest.mark.parametrize("flags", ["", "i", "s"])
def test_sets_are_those_of_javascript_for_every_character(flags: str) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node isn't installed")
    program = """
        const [sets, flags] = JSON.parse(process.argv[1]);
        console.log(JSON.stringify(sets.map(set => {
            const pattern = new RegExp('^' + set + '$', 'u' + flags), bounds = [];
            let inside = false;
            for (let code = 0; code < 0x20000; code++) {
                const matched = !(code >= 0xD800 && code < 0xE000) && pattern.test(String.fromCodePoint(code));
                if (matched !== inside) { bounds.push(code); inside = matched; }
            }
            return bounds;
        })));
    """
    answer = subprocess.run(
        [node, "-e", program, json.dumps([_SETS, flags])], capture_output=True, text=True, check=True, encoding="utf-8"
    )
    for pattern, bounds in zip(_SETS, json.loads(answer.stdout), strict=True):
        ends = [*bounds, 0x20000] if len(bounds) % 2 else bounds
        expected = CharSet.of_ranges((ends[i], ends[i + 1] - 1) for i in range(0, len(ends), 2))
        edges = transitions(parse(pattern, "ecma", flags))
        found = edges[0][0] if edges else CharSet.NONE
        assert found & CharSet.of_ranges([(0, 0x1FFFF)]) is expected, pattern


def test_an_empty_class_matches_nothing() -> None:
    assert parse("[]", "ecma") is NOTHING
    assert parse("a[]|b", "ecma") is parse("b", "ecma")
