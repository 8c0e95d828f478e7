"""Free text up to a trigger: the first occurrence ends it, however triggers overlap."""

from __future__ import annotations

import itertools

import pytest

from structgen.errors import ArgumentError, LimitExceededError
from structgen.grammar.free_text import MAX_TRIGGERS, until_node
from structgen.regex import Node, matches, transitions


@pytest.mark.parametrize(
    "triggers",
    [["a"], ["aab"], ["aba"], ["aa"], ["ab", "ba"],
     ["abab", "ba"], ["abc", "b"], ["a", "ab"], ["ab", "cab"], ["bb", "abba", "ca"]],
)  # fmt: skip
def test_texts_end_with_the_first_trigger(triggers: list[str]) -> None:
    node = until_node(triggers)
    for length in range(8):
        for letters in itertools.product("abc", repeat=length):
            text = "".join(letters)
            ends = [end for end in range(length + 1) if text[:end].endswith(tuple(triggers))]
            assert matches(node, text) == (ends == [length]), text


@pytest.mark.parametrize(
    ("triggers", "most"),
    [
        (["</think>"], 9),
        (["aab"], 4),
        (["</think>", "</answer>", "\n\n\n", "```"], 20),
        ([f"x{n}y" for n in range(200)], 24),
    ],
)
def test_states_are_few(triggers: list[str], most: int) -> None:
    start = until_node(triggers)
    seen: set[Node] = {start}
    queue = [start]
    while queue:
        for _, target in transitions(queue.pop()):
            if target not in seen:
                seen.add(target)
                queue.append(target)
    assert len(seen) <= most


def test_characters_of_any_kind() -> None:
    node = until_node(["。", "\r\n"])
    assert matches(node, "x\n\r😀。")
    assert matches(node, "\r\r\n")
    assert not matches(node, "。。")


@pytest.mark.parametrize("triggers", [[], [""], ["a", ""], ["\ud800"]])
def test_what_is_no_trigger_is_refused(triggers: list[str]) -> None:
    with pytest.raises(ArgumentError):
        until_node(triggers)


def test_too_many_triggers_are_a_limit() -> None:
    with pytest.raises(LimitExceededError):
        until_node(map(str, range(MAX_TRIGGERS + 1)))
