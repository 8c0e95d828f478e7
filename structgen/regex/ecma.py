"""ECMA-262's regular expressions (2025, Unicode mode), which are what JSON Schema's ``pattern`` means.

Beyond Unicode mode, these are read as Annex B and real schemas have them, since no other reading is possible:

* ``\\`` before any ASCII punctuation, space or ``_``, also where it needs none: ``\\-``, ``\\_``, ``\\@``, ``\\:``,
  ``\\"``;
* ``{``, ``}`` and ``]`` as themselves where they don't close or count anything;
* a class such as ``\\w`` at the end of a range, where the hyphen is then itself: ``[\\w-.]``;
* a counted lookahead, and a group name given twice.

Escapes of letters that ECMA-262 doesn't define (``\\A``, ``\\Z``, ``\\a``, ``\\h``) are refused: other dialects give
them other meanings.
"""

from __future__ import annotations

from typing import Final

from structgen.errors import LimitExceededError, RegexError
from structgen.regex.assertions import (
    TEXT_END,
    TEXT_START,
    Boundary,
    followed_by,
    line_end,
    line_start,
    preceded_by,
    sequence,
)
from structgen.regex.charset import CharSet
from structgen.regex.kinds import Node
from structgen.regex.nodes import characters, literal, repeat, union, words
from structgen.regex.unicode import binary_property, case_closure, general_category, script

__all__ = ["parse_ecma"]

_NEWLINES: Final = CharSet.of_text("\n\r\u2028\u2029")
_DIGITS: Final = CharSet.of_ranges([(0x30, 0x39)])
_WORD: Final = CharSet.of_ranges([(0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)])
_SPACE: Final = CharSet.of_text("\t\n\v\f\r \u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff") | CharSet.of_ranges(
    [(0x2000, 0x200A)]
)
_CONTROLS: Final = {"t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r"}
_PUNCTUATION: Final = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ ")
_HEX: Final = frozenset("0123456789abcdefABCDEF")
# Groups inside one another.
_MAX_DEPTH: Final = 100
# From this many alternatives on, those that are plain texts are kept as a table of words.
_WORDS: Final = 5


def parse_ecma(pattern: str, flags: str) -> Node:
    """The expression of a pattern under flags of ``imsu`` (``u`` is understood); contextual if it has assertions."""
    unknown = set(flags) - set("imsu")
    if unknown:
        raise ValueError(f"unknown flags: {''.join(sorted(unknown))!r}")
    return _Parser(pattern, frozenset(flags)).whole()


class _Parser:
    """Recursive descent over the pattern; each method reads what it is named after."""

    __slots__ = ("at", "depth", "flags", "pattern")

    def __init__(self, pattern: str, flags: frozenset[str]) -> None:
        self.pattern = pattern
        self.at = 0
        self.flags = flags
        self.depth = 0

    def error(self, what: str, *, at: int | None = None, hint: str = "") -> RegexError:
        return RegexError(what, pattern=self.pattern, position=self.at if at is None else at, hint=hint)

    def peek(self) -> str:
        """The next character; the empty text at the end."""
        return self.pattern[self.at : self.at + 1]

    def take(self, text: str) -> bool:
        """Read ``text`` if it comes next."""
        if self.pattern.startswith(text, self.at):
            self.at += len(text)
            return True
        return False

    def whole(self) -> Node:
        node = self.disjunction()
        if self.at < len(self.pattern):
            raise self.error("a ')' that closes nothing", hint=r"'\)' for the character")
        return node

    def disjunction(self) -> Node:
        texts: list[str] = []
        others: list[Node] = []
        while True:
            begin = self.at
            items = self.alternative()
            text = self.pattern[begin : self.at]
            # Plain alternatives become one table: a pattern may list thousands.
            if "i" not in self.flags and text and text.replace("-", "").replace("_", "").replace(" ", "").isalnum():
                texts.append(text)
            else:
                others.append(sequence(items))
            if not self.take("|"):
                break
        listed = words(texts) if len(texts) >= _WORDS else union(*map(literal, texts))
        return union(listed, *others)

    def alternative(self) -> list[Node | Boundary]:
        items: list[Node | Boundary] = []
        while self.at < len(self.pattern) and self.peek() not in "|)":
            begin = self.at
            item = self.term()
            if self.peek() in ("*", "+", "?", "{"):
                item = self.quantified(item, begin)
            items.append(item)
        return items

    def quantified(self, item: Node | Boundary, begin: int) -> Node | Boundary:
        at = self.at
        counts = self.quantifier()
        if counts is None:
            return item
        if isinstance(item, Boundary) or self.pattern.startswith(("^", "$", "(?<=", "(?<!"), begin):
            raise self.error("nothing to repeat", at=at)
        low, high = counts
        if high is not None and high < low:
            raise self.error("the counts of a repetition are out of order", at=at)
        return repeat(item, low, high)

    def quantifier(self) -> tuple[int, int | None] | None:
        """The counts of a quantifier; None where a brace counts nothing."""
        if self.take("*"):
            counts: tuple[int, int | None] = (0, None)
        elif self.take("+"):
            counts = (1, None)
        elif self.take("?"):
            counts = (0, 1)
        else:
            braces = self.braces()
            if braces is None:
                return None
            counts = braces
        self.take("?")
        return counts

    def braces(self) -> tuple[int, int | None] | None:
        end = self.pattern.find("}", self.at)
        if not self.pattern.startswith("{", self.at) or end < 0:
            return None
        low, comma, high = self.pattern[self.at + 1 : end].partition(",")
        if not _is_number(low) or not (high == "" or _is_number(high)):
            return None
        self.at = end + 1
        if len(low) > 18 or len(high) > 18:
            raise LimitExceededError("counts of 18 digits in a pattern", f"{max(len(low), len(high))} digits")
        if not comma:
            return int(low), int(low)
        return int(low), int(high) if high else None

    def term(self) -> Node | Boundary:
        begin = self.at
        character = self.pattern[begin]
        if character == "(":
            return self.group()
        if character == "[":
            return characters(self.fold(self.character_class()))
        if character == "\\":
            return self.escape()
        if character in "*+?" or (character == "{" and self.braces() is not None):
            raise self.error("nothing to repeat", at=begin, hint=f"'\\{character}' for the character")
        self.at += 1
        if character == ".":
            return characters(CharSet.ANY if "s" in self.flags else ~_NEWLINES)
        if character == "^":
            return line_start(_NEWLINES) if "m" in self.flags else TEXT_START
        if character == "$":
            return line_end(_NEWLINES) if "m" in self.flags else TEXT_END
        return characters(self.fold(CharSet.of_code(ord(character))))

    def fold(self, charset: CharSet) -> CharSet:
        return case_closure(charset) if "i" in self.flags else charset

    def group(self) -> Node:
        begin = self.at
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise LimitExceededError(f"groups nest {_MAX_DEPTH} deep", f"one more at position {begin}")
        outer = self.flags
        self.at += 1
        assertion = ""
        if self.take("?"):
            assertion = self.group_kind(begin)
        body = self.disjunction()
        if not self.take(")"):
            raise self.error("a group is never closed", at=begin)
        self.flags = outer
        self.depth -= 1
        if assertion in ("=", "!"):
            return followed_by(body, negated=assertion == "!")
        if assertion in ("<=", "<!"):
            return preceded_by(body, negated=assertion == "<!")
        return body

    def group_kind(self, begin: int) -> str:
        """Read what follows ``(?``: an assertion's sign, or nothing more to know."""
        for sign in ("=", "!", "<=", "<!"):
            if self.take(sign):
                return sign
        if self.take("<"):
            self.group_name()
        elif not self.take(":"):
            self.modifiers(begin)
        return ""

    def group_name(self) -> str:
        begin = self.at
        end = self.pattern.find(">", begin)
        name = self.pattern[begin:end] if end >= 0 else ""
        if not name.replace("$", "_").isidentifier():
            raise self.error("a group's name is malformed", at=begin)
        self.at = end + 1
        return name

    def modifiers(self, begin: int) -> None:
        end = self.pattern.find(":", self.at)
        added, _, removed = self.pattern[self.at : end].partition("-") if end >= 0 else ("", "", "")
        letters = added + removed
        if not letters or set(letters) - set("ims") or len(set(letters)) < len(letters):
            hint = "flags for the rest of a pattern: (?i:...)" if ")" in self.pattern[begin : begin + 6] else ""
            raise self.error("unknown kind of group", at=begin, hint=hint or "(?:...), (?<name>...), or a lookaround")
        self.at = end + 1
        self.flags = (self.flags | set(added)) - set(removed)

    def escape(self) -> Node | Boundary:
        begin = self.at
        following = self.pattern[begin + 1 : begin + 2]
        if following in ("b", "B"):
            self.at += 2
            return Boundary(self.word(), negated=following == "B")
        if following == "k" or ("1" <= following <= "9"):
            raise self.error("back-references aren't regular", at=begin, hint="write out the alternatives")
        charset, code = self.character_escape()
        return characters(self.fold(CharSet.of_code(code) if charset is None else charset))

    def word(self) -> CharSet:
        return case_closure(_WORD) if "i" in self.flags else _WORD

    def character_escape(self) -> tuple[CharSet | None, int]:
        """A backslash and what it stands for: a set, or else one code point."""
        begin = self.at
        character = self.pattern[begin + 1 : begin + 2]
        self.at += 2
        if not character:
            raise self.error("a backslash at the end", at=begin)
        if character in "dDwWsS":
            charset = {"d": _DIGITS, "w": self.word(), "s": _SPACE}[character.lower()]
            return (charset if character.islower() else ~charset), -1
        if character in "pP":
            charset = self.unicode_property(begin)
            return (charset if character == "p" else ~charset), -1
        code = self.escaped_code(character, begin)
        return None, code

    def escaped_code(self, character: str, begin: int) -> int:
        if character in _CONTROLS:
            return ord(_CONTROLS[character])
        if character in _PUNCTUATION:
            return ord(character)
        if character == "x":
            return self.hexadecimal(2, begin)
        if character == "u":
            return self.unicode_escape(begin)
        if character == "c" and self.peek().isascii() and self.peek().isalpha():
            self.at += 1
            return ord(self.pattern[self.at - 1]) & 31
        if character == "0" and not ("0" <= self.peek() <= "9"):
            return 0
        hint = {"A": "'^'", "Z": "'$'", "z": "'$'", "h": r"'[ \t]'"}.get(
            character, "the character without the backslash"
        )
        raise self.error(f"'\\{character}' has no meaning in ECMA-262", at=begin, hint=hint)

    def hexadecimal(self, digits: int, begin: int) -> int:
        text = self.pattern[self.at : self.at + digits]
        if len(text) < digits or not _HEX.issuperset(text):
            raise self.error(f"{digits} hexadecimal digits are missing", at=begin)
        self.at += digits
        return int(text, 16)

    def unicode_escape(self, begin: int) -> int:
        if not self.take("{"):
            code = self.hexadecimal(4, begin)
            if 0xD800 <= code < 0xDC00 and self.pattern.startswith("\\u", self.at):
                back = self.at
                self.at += 2
                low = self.hexadecimal(4, back) if self.peek() != "{" else 0
                if 0xDC00 <= low < 0xE000:
                    return 0x10000 + ((code & 0x3FF) << 10) + (low & 0x3FF)
                self.at = back
            return code
        end = self.pattern.find("}", self.at)
        text = self.pattern[self.at : end] if end >= 0 else ""
        if not text or not _HEX.issuperset(text) or int(text, 16) > 0x10FFFF:
            raise self.error("a code point up to 10FFFF is missing", at=begin)
        self.at = end + 1
        return int(text, 16)

    def unicode_property(self, begin: int) -> CharSet:
        end = self.pattern.find("}", self.at)
        if not self.take("{") or end < 0:
            raise self.error("a property in braces is missing", at=begin, hint=r"\p{L}")
        expression = self.pattern[self.at : end]
        self.at = end + 1
        name, equals, value = expression.partition("=")
        if not equals:
            charset = general_category(name)
            if charset is None:
                charset = binary_property(name)
        elif name in ("General_Category", "gc"):
            charset = general_category(value)
        elif name in ("Script", "sc", "Script_Extensions", "scx"):
            charset = script(value, extensions=name in ("Script_Extensions", "scx"))
        else:
            charset = None
        if charset is None:
            raise self.error(f"unknown Unicode property {expression!r}", at=begin, hint=r"\p{L}, \p{Script=Greek}, ...")
        return charset

    def character_class(self) -> CharSet:
        begin = self.at
        self.at += 1
        negated = self.take("^")
        ranges: list[tuple[int, int]] = []
        charset = CharSet.NONE
        while not self.take("]"):
            members = self.class_range(begin, ranges)
            if members is not None:
                charset = charset | members
        if ranges:
            charset = charset | CharSet.of_ranges(ranges)
        # The complement is of what the members match, so they fold first.
        return ~self.fold(charset) if negated else charset

    def class_range(self, begin: int, ranges: list[tuple[int, int]]) -> CharSet | None:
        """Read a member of a class, or a range of them, into ``ranges``; return what is a set already."""
        at = self.at
        first, low = self.class_atom(begin)
        if self.peek() != "-" or self.pattern[self.at + 1 : self.at + 2] in ("]", ""):
            if first is None:
                ranges.append((low, low))
            return first
        self.at += 1
        last, high = self.class_atom(begin)
        if first is None and last is None:
            if low > high:
                raise self.error("a range out of order", at=at)
            ranges.append((low, high))
            return None
        members = CharSet.of_code(0x2D)
        for charset, code in ((first, low), (last, high)):
            members = members | (CharSet.of_code(code) if charset is None else charset)
        return members

    def class_atom(self, begin: int) -> tuple[CharSet | None, int]:
        """A member of a class: a set, or else one code point."""
        character = self.peek()
        if not character:
            raise self.error("a class is never closed", at=begin)
        if character != "\\":
            self.at += 1
            return None, ord(character)
        if self.take("\\b"):
            return None, 8
        return self.character_escape()


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()
