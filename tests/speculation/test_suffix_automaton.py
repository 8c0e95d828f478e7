"""The suffix automaton against search by brute force."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from structgen.speculation.suffix_automaton import SuffixAutomaton

sequences = st.lists(st.integers(0, 2), max_size=40)


def automaton_of(text: list[int]) -> SuffixAutomaton:
    automaton = SuffixAutomaton()
    for symbol in text:
        automaton.append(symbol)
    return automaton


def longest_match(text: list[int], query: list[int]) -> int:
    """The length of the longest end of ``query`` that occurs in ``text``."""
    for length in range(len(query), 0, -1):
        end = query[len(query) - length :]
        if any(text[at : at + length] == end for at in range(len(text) - length + 1)):
            return length
    return 0


@given(sequences, sequences)
def test_following_a_text_finds_the_longest_end_that_occurred(text: list[int], query: list[int]) -> None:
    automaton = automaton_of(text)
    state, length = 0, 0
    for position, symbol in enumerate(query, start=1):
        state, length = automaton.follow(state, length, symbol)
        assert length == longest_match(text, query[:position])
        if length:
            end = automaton.end[state]
            assert text[end - length : end] == query[position - length : position]


@given(sequences, sequences)
def test_transitions_of_a_match_are_what_followed_it(text: list[int], query: list[int]) -> None:
    automaton = automaton_of(text)
    state, length = 0, 0
    for position, symbol in enumerate(query, start=1):
        state, length = automaton.follow(state, length, symbol)
        match = query[position - length : position]
        followers = {
            text[at + length] for at in range(len(text) - length) if length and text[at : at + length] == match
        }
        assert not length or set(automaton.next[state]) == followers
