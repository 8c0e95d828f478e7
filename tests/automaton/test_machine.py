"""The kernel by itself: tables, stacks, and steps against a plain interpreter of the same edges."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structgen import LimitExceededError
from structgen.automaton.runtime import Runtime
from structgen.automaton.stacks import Stacks
from structgen.automaton.tables import END, GOTO, POP, PUSH, STOP, WHOLE, Edge, Tables


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 5)), max_size=400))
def test_equal_stacks_are_equal_integers(pushes: list[tuple[int, int]]) -> None:
    stacks = Stacks(1000)
    known: dict[int, tuple[int, ...]] = {0: ()}
    numbers: dict[tuple[int, ...], int] = {(): 0}
    for which, frame in pushes:
        parent = sorted(known)[which % len(known)]
        content = (*known[parent], frame)
        stack = stacks.push(parent, frame)
        assert numbers.setdefault(content, stack) == stack
        assert known.setdefault(stack, content) == content
        assert (stacks.parent(stack), stacks.frame(stack)) == (parent, frame)
        for frames in range(len(content) + 2):
            assert numbers.get(content[max(0, len(content) - frames) :], -1) in (-1, stacks.truncated(stack, frames))


def test_stacks_have_a_bound() -> None:
    stacks = Stacks(4)
    top = stacks.push(stacks.push(stacks.push(0, 1), 1), 1)
    with pytest.raises(LimitExceededError, match="stacks"):
        stacks.push(top, 1)
    assert stacks.push(0, 1) == 1


def test_tables_have_bounds() -> None:
    tables = Tables(8)
    tables.allocate(4)
    with pytest.raises(LimitExceededError, match="states"):
        tables.allocate(2)
    assert tables.allocate() == 7
    with pytest.raises(LimitExceededError, match="edges"):
        tables.define(3, [(0, 0, GOTO, 0, 0)] * 64)
    for result in range(1, 8):
        tables.add_return(3, result, 4)
    with pytest.raises(LimitExceededError, match="returns"):
        tables.add_return(3, 9, 4)


class Described:
    """A control with edges that are known from the start."""

    def __init__(self, edges: list[Edge], returns: dict[int, int] | None = None, **options: Any) -> None:
        self.edges, self.returns, self.options = edges, returns or {}, options
        self.asked = 0

    def expand(self, runtime: Runtime, control: int) -> None:
        self.asked += 1
        runtime.tables.define(control, self.edges, **self.options)

    def returned(self, runtime: Runtime, frame: int, result: int) -> int:
        return self.returns.get(result, 0)


def test_controls_are_described_once_and_when_first_reached() -> None:
    runtime = Runtime(8)
    later = Described([(98, 98, POP, 0, WHOLE)])
    target = runtime.add("later", later)
    first = Described([(97, 97, GOTO, target, 0)])
    start = runtime.start(runtime.add("first", first))
    assert (first.asked, later.asked) == (0, 0)
    state = runtime.machine.advance(start, b"a")
    assert (first.asked, later.asked) == (1, 0)
    for _ in range(3):
        assert runtime.machine.accepting_frames(runtime.machine.advance(state, b"b")) == (True, 0)
    assert runtime.machine.advance(state, b"bb") == -1
    assert (first.asked, later.asked) == (1, 1)


def test_a_fallback_is_asked_where_no_edge_matches_and_stop_is_dead() -> None:
    runtime = Runtime(8)
    loose = runtime.add("loose", Described([(97, 122, GOTO, END, 0)]))
    strict = Described([(98, 98, STOP, 0, 0), (99, 99, GOTO, loose, 0)], fallback=loose)
    start = runtime.start(runtime.add("strict", strict))
    live = runtime.machine.live_bytes(start)
    assert live == [97, *range(99, 123)]
    assert runtime.machine.advance(start, b"cb") >= 0


def test_a_return_goes_by_frame_and_result() -> None:
    runtime = Runtime(8)
    tail = runtime.tables.chain(b"!", POP, 0, WHOLE)
    inner = Described([(48, 48, POP, 0, 5), (49, 49, POP, 0, 6), (50, 50, POP, 0, WHOLE)], end_result=6)
    inside = runtime.add("inner", inner)
    frame = runtime.add("frame", Described([(46, 46, POP, 0, WHOLE)], {6: tail}))
    start = runtime.start(runtime.add("start", Described([(40, 40, PUSH, inside, frame)])))
    machine = runtime.machine
    assert machine.advance(start, b"(0") == -1  # result 5 leads nowhere
    assert machine.accepting_frames(machine.advance(start, b"(1!"))[0]
    assert machine.accepting_frames(machine.advance(start, b"(!"))[0]  # returned without reading
    assert machine.accepting_frames(machine.advance(start, b"(2."))[0]
    assert machine.advance(start, b"(2!") == -1


@given(st.randoms(use_true_random=False))
def test_many_edges_are_searched_as_few_are(rng: random.Random) -> None:
    runtime = Runtime(8)
    bytes_read = sorted(rng.sample(range(256), rng.randint(1, 120)))
    edges: list[Edge] = [(byte, byte, GOTO, END, 0) for byte in bytes_read]
    start = runtime.start(runtime.add("many", Described(edges)))
    assert runtime.machine.live_bytes(start) == bytes_read
    assert runtime.machine.sole_byte(start) == (bytes_read[0] if len(bytes_read) == 1 else -1)


def test_a_counted_control_counts_what_enters_a_boundary() -> None:
    runtime = Runtime(8)
    state = Described([], end_result=WHOLE)
    control = runtime.add("loop", state)
    state.edges = [(97, 97, GOTO, control, 0)]
    state.options["flags"] = 1
    runtime.machine.describe(control)
    start = runtime.start(runtime.machine.counted(control, 2, 4))
    accepted = [count for count in range(8) if _accepts(runtime, start, b"a" * count)]
    assert accepted == [2, 3, 4]


def _accepts(runtime: Runtime, start: int, text: bytes) -> bool:
    state = runtime.machine.advance(start, text)
    return state >= 0 and runtime.machine.accepting_frames(state)[0]


def test_an_error_of_a_description_leaves_the_control_as_it_was() -> None:
    class Failing:
        fails = True

        def expand(self, runtime: Runtime, control: int) -> None:
            if self.fails:
                raise LimitExceededError("a bound", "more")
            runtime.tables.define(control, [(97, 97, POP, 0, WHOLE)])

    runtime = Runtime(8)
    failing = Failing()
    start = runtime.start(runtime.add_passing(failing))
    with pytest.raises(LimitExceededError):
        runtime.machine.advance(start, b"a")
    failing.fails = False
    assert _accepts(runtime, start, b"a")
