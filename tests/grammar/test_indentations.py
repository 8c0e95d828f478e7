"""Indentations: what a terminal does to them, and what their outlines and sketches leave out."""

from __future__ import annotations

import random

import pytest

from structgen.grammar.indentations import (
    BEGINS_LINE,
    IN_BLOCK,
    IN_BRACKET,
    Indentations,
    Layout,
    UnknownColumnError,
)

NAME, NEWLINE, INDENT, DEDENT, OPEN, CLOSE, BLANK = range(7)
LAYOUT = Layout(
    ignored=frozenset({BLANK}),
    newline=NEWLINE,
    indent=INDENT,
    dedent=DEDENT,
    opening=frozenset({OPEN}),
    closing=frozenset({CLOSE}),
)


def after(one: Indentations, indentation: int, *terminals: tuple[int, int]) -> int:
    for terminal, count in terminals:
        ((_, indentation),) = one.moves(indentation, terminal, count)
    return indentation


def test_lines_open_and_end_blocks() -> None:
    one = Indentations(LAYOUT)
    inner = after(one, one.start, (NAME, 0), (NEWLINE, 4), (NAME, 0), (NEWLINE, 8), (NAME, 0))
    assert one.dedents(inner) == 2
    assert [symbols for symbols, _ in one.moves(inner, NEWLINE, 8)] == [(NEWLINE,)]
    assert [symbols for symbols, _ in one.moves(inner, NEWLINE, 9)] == [(NEWLINE, INDENT)]
    assert [symbols for symbols, _ in one.moves(inner, NEWLINE, 4)] == [(NEWLINE, DEDENT)]
    assert [symbols for symbols, _ in one.moves(inner, NEWLINE, 0)] == [(NEWLINE, DEDENT, DEDENT)]
    assert one.moves(inner, NEWLINE, 3) == ()


def test_nothing_ignored_begins_a_line_and_lines_in_brackets_are_ignored() -> None:
    one = Indentations(LAYOUT)
    assert one.kinds[one.start] == BEGINS_LINE
    assert all(symbols for symbols, _ in one.moves(one.start, BLANK, 0))
    inside = after(one, one.start, (NAME, 0), (OPEN, 0))
    assert one.kinds[inside] == IN_BRACKET
    assert one.moves(inside, NEWLINE, 3) == (((), inside),)
    assert ((), inside) in one.moves(inside, BLANK, 0)
    assert one.dedents(inside) == -1
    outside = after(one, inside, (CLOSE, 0))
    assert one.kinds[outside] == IN_BLOCK
    assert one.moves(outside, CLOSE, 0) == ()


def test_an_outline_moves_as_all_that_have_it_or_says_that_a_column_decides() -> None:
    one = Indentations(LAYOUT)
    chance = random.Random(5)
    places = [one.start]
    decided = 0
    for _ in range(3_000):
        place = chance.choice(places[-40:])
        terminal, count = chance.choice([NAME, NEWLINE, OPEN, CLOSE, BLANK]), chance.randrange(12)
        moves = one.moves(place, terminal, count)
        symbols = [symbols for symbols, _ in moves]
        sketched = one.moves(one.sketch(place), terminal, count)
        assert [symbols for symbols, _ in sketched] == symbols
        for (_, exact), (_, known) in zip(moves, sketched, strict=True):
            assert one.outline(known) == one.outline(exact)
            assert one.kinds[known] == one.kinds[exact]
        try:
            outlined = one.moves(one.outline(place), terminal, count)
        except UnknownColumnError:
            decided += 1
        else:
            assert outlined == tuple((symbols, one.outline(following)) for symbols, following in moves)
        places += [following for _, following in moves]
    assert decided > 20


def test_where_no_block_may_open_no_line_is_indented() -> None:
    one = Indentations(Layout(newline=NEWLINE))
    place = after(one, one.start, (NAME, 0))
    assert one.moves(place, NEWLINE, 2) == ()
    assert [symbols for symbols, _ in one.moves(place, NEWLINE, 0)] == [(NEWLINE,)]


def test_deep_brackets_need_no_recursion() -> None:
    one = Indentations(LAYOUT)
    place = after(one, one.start, (NAME, 0))
    for _ in range(20_000):
        place = after(one, place, (OPEN, 0))
    assert one.dedents(place) == -1
    with pytest.raises(UnknownColumnError):
        one.moves(one.outline(after(one, place, *[(CLOSE, 0)] * 20_000)), NEWLINE, 0)
