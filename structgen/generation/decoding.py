"""The masked decoding loop.

At every position: fill the mask, once. Where it allows a single token, take that token unseen and go on; the next pass
feeds all such tokens together, and behind them what was drafted. While the model runs, the masks behind drafted tokens
are made. Then each row's tokens are chosen one by one, as if nothing had been drafted: where the choice is a drafted
token, the logits behind it are there already, and the next one is chosen. So drafts save passes, and change nothing
else. A row ends where only the end-of-sequence token is left, without another pass.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from time import perf_counter
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

import numpy as np

from structgen.errors import LimitExceededError, ModelError
from structgen.generation.rows import CERTAIN, FORCED, MODEL, Row
from structgen.speculation.drafter import Context
from structgen.speculation.sampling import Sampler, Sampling
from structgen.speculation.scores import Logits, quickest_view
from structgen.speculation.speculator import RowDraft
from structgen.speculation.tree import ROOT, Distribution, DraftTree
from structgen.tokens.matcher import Matcher, fill_bitmasks
from structgen.tokens.scans import sole_token

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from structgen.models.target import Sequences, TargetModel
    from structgen.speculation.speculator import Speculator
    from structgen.tokens.vocabulary import Vocabulary

Forced: TypeAlias = Literal["verified", "canonical"]
"""What becomes of text that is forced while its tokens are not: the model chooses among its spellings, or it is taken
in the canonical one."""

Masks: TypeAlias = "list[NDArray[np.int32] | None]"


class Matchable(Protocol):
    """What texts are held to: a compiled grammar, or one with monitors."""

    @property
    def vocabulary(self) -> Vocabulary:
        """Whose tokens are decoded."""

    def matcher(self) -> Any:
        """A matcher, or what has its methods."""


def decode(
    target: TargetModel,
    compiled: Matchable,
    prompts: Sequence[list[int]],
    *,
    sampling: Sampling | None,
    max_tokens: int,
    first_row: int,
    speculator: Speculator | None = None,
    forced: Forced = "verified",
    examples: Sequence[Sequence[int]] = (),
    sampler: Callable[[Context], Sampler] | None = None,
) -> Iterator[list[Row]]:
    """Decode one batch, and yield its rows, in the order of the prompts, each time that they have grown.

    They are the same rows each time: the last time, all have ended.

    Parameters
    ----------
    first_row : int
        The number of the first prompt within the caller's whole list: rows draw by their number there.
    speculator : Speculator, optional
        What drafts; nothing without one.
    examples : sequence of token sequences
        Texts like those that are written, for drafters to look at.
    sampler : function of the row's context, optional
        What chooses tokens in place of ``sampling``, such as the replay of a known text.

    Raises
    ------
    ModelError
        A prompt leaves no room in the model's context, or the logits are not numbers.
    """
    start = perf_counter()
    vocabulary = compiled.vocabulary
    rows = []
    for number, prompt in enumerate(prompts):
        context = Context(vocabulary, prompt, sampling, examples)
        chooser = sampler(context) if sampler else Sampler(sampling, first_row + number)
        rows.append(Row(compiled.matcher(), chooser, context, _budget(target, prompt, max_tokens)))
    batch = _Batch(target, vocabulary, speculator, forced, start)
    with ThreadPoolExecutor(1, "structgen-masks") if speculator else nullcontext() as batch.worker:
        live = rows
        while live:
            live = batch.step(live)
            yield rows


class _Batch:
    """Rows that share their passes through the model."""

    def __init__(
        self, target: TargetModel, vocabulary: Vocabulary, speculator: Speculator | None, forced: Forced, start: float
    ) -> None:
        self.target = target
        self.words = vocabulary.bitmask_words
        self.eos_token_ids = vocabulary.eos_token_ids
        self.eos_words = _eos_words(vocabulary)
        self.speculator = speculator
        self.forced = forced
        self.start = start
        self.worker: ThreadPoolExecutor | None = None
        self.sequences: Sequences | None = None

    def step(self, live: list[Row]) -> list[Row]:
        """Take what is certain, run the model once, and take what it chooses; return the rows that go on."""
        masks = np.zeros((len(live), self.words), dtype=np.int32)
        self._advance(live, masks)
        masks, live = masks[self._going(live)], self._end(live)
        if live:
            self.sequences = self.sequences or self.target.start(len(live))
            drafts = self._draft(live)
            self._verify(self.sequences, live, drafts, masks)
            live = self._end(live)
        return live

    def _advance(self, live: Sequence[Row], masks: NDArray[np.int32]) -> None:
        """Take the tokens that need no model; leave each row's mask of the next position, or its reason to stop."""
        start = perf_counter()
        _fill([row.matcher for row in live], masks)
        together = perf_counter() - start
        for row, mask in zip(live, masks, strict=True):
            start = perf_counter()
            while not row.has_ended(mask, self.eos_words):
                token = sole_token(mask)
                if token >= 0:
                    row.take(token, CERTAIN)
                elif self.forced == "verified" or not (run := row.matcher.forced_tokens()):
                    break
                else:
                    for forced in run[: row.budget - len(row.tokens)]:
                        row.take(forced, FORCED)
                row.matcher.fill_bitmask(mask)
            row.mask_seconds += together + perf_counter() - start

    def _draft(self, live: Sequence[Row]) -> list[RowDraft]:
        if self.speculator is None:
            return [RowDraft() for _ in live]
        start = perf_counter()
        for row in live:
            states, scores = zip(*row.unobserved, strict=True) if row.unobserved else ((), ())
            self.speculator.observe(row.context, row.tokens[len(row.tokens) - len(states) :], states, scores)
            row.unobserved.clear()
        drafts = self.speculator.draft(
            [row.context for row in live],
            [row.matcher for row in live],
            [len(row.pending) for row in live],
            [row.budget - len(row.tokens) for row in live],
        )
        for row, draft in zip(live, drafts, strict=True):
            row.count_draft(draft)
            row.draft_seconds += perf_counter() - start
        return drafts

    def _verify(
        self, sequences: Sequences, live: Sequence[Row], drafts: Sequence[RowDraft], masks: NDArray[np.int32]
    ) -> None:
        """Run the model once over what each row has pending and what was drafted, and choose tokens as far as it
        goes."""
        trees = [draft.tree for draft in drafts]
        fed = [[*row.pending, *tree.tokens] for row, tree in zip(live, trees, strict=True)]
        widest = max(map(len, trees))
        behind: list[Masks] = [[] for _ in live]
        start = perf_counter()
        if widest == 0:
            logits = sequences.forward(fed)
        else:
            parents = [_parents(len(row.pending), tree) for row, tree in zip(live, trees, strict=True)]
            if self.worker is None:
                raise RuntimeError("drafts come from a speculator, and with it a worker")
            future = self.worker.submit(_masks_behind, [row.matcher for row in live], trees, self.words)
            logits = sequences.forward(fed, parents=parents, last=1 + widest)
            behind = future.result()
        elapsed = perf_counter() - start
        rows = quickest_view(logits)
        kept = []
        saved = 0
        for number, (row, draft, mask) in enumerate(zip(live, drafts, masks, strict=True)):
            row.model_seconds += elapsed
            row.forward_passes += 1
            own = rows[number, widest - len(draft.tree) :]
            before = len(row.origins)
            kept.append(self._choose(row, draft, own, [*behind[number], mask]))
            saved += sum(origin not in (CERTAIN, MODEL) for origin in row.origins[before:])
        if self.speculator is not None:
            self.speculator.settle(len(live), max(map(len, fed)), elapsed, saved / len(live))
        if widest:
            sequences.keep(kept)

    def _choose(self, row: Row, draft: RowDraft, logits: Logits, masks: Masks) -> list[int]:
        """Choose tokens from the root of a row's tree on; return the indices of what it fed that are part of its text.

        ``logits[1 + node]`` and ``masks[node]`` are of what follows a node, of the root (-1) too.
        """
        tree = draft.tree
        kept = list(range(len(row.pending)))
        first = len(kept)
        row.pending = []
        outcomes = []
        node = ROOT
        while True:
            mask = masks[node]
            if mask is None or (node != ROOT and row.has_ended(mask, self.eos_words)):
                break
            token = sole_token(mask) if node != ROOT else -1
            chosen_from = None
            if token < 0:
                token, chosen_from = row.choose(logits[1 + node], mask, _drawn(tree, node))
                if token in self.eos_token_ids:
                    row.finish_reason = "stop"
                    break
            outcomes.append((node, token, mask))
            child = tree.child(node, token)
            if child is None or masks[child] is None:
                row.take(token, CERTAIN if chosen_from is None else MODEL, chosen_from)
                break
            row.take(token, CERTAIN if chosen_from is None else tree.drafters[child], chosen_from)
            row.pending.clear()
            kept.append(first + child)
            node = child
        if self.speculator is not None:
            self.speculator.learn(draft, outcomes)
        return kept

    def _going(self, live: Sequence[Row]) -> list[int]:
        return [number for number, row in enumerate(live) if row.finish_reason is None]

    def _end(self, live: Sequence[Row]) -> list[Row]:
        """Take the rows that have ended out of the batch, and return the others."""
        going = self._going(live)
        if len(going) < len(live):
            for row in live:
                row.seconds = perf_counter() - self.start
            if self.sequences is not None and going:
                self.sequences.select(going)
        return [live[number] for number in going]


def _fill(matchers: Sequence[Matcher], masks: NDArray[np.int32]) -> None:
    """Fill the masks of a batch: together, where no monitor has a say in them."""
    if len(matchers) > 1 and all(isinstance(matcher, Matcher) for matcher in matchers):
        fill_bitmasks(matchers, masks)
        return
    for matcher, mask in zip(matchers, masks, strict=True):
        matcher.fill_bitmask(mask)


def _parents(pending: int, tree: DraftTree) -> list[int]:
    """Parents of what a row feeds: a chain of what is pending, and the tree behind it."""
    return [*range(-1, pending - 1), *(pending - 1 if parent == ROOT else pending + parent for parent in tree.parents)]


def _drawn(tree: DraftTree, node: int) -> list[tuple[int, Distribution]]:
    """The children of a node that were drawn, in the order of their draws, each with what it was drawn from."""
    children = ((tree.tokens[child], tree.distributions[child]) for child in tree.children(node))
    return [(token, distribution) for token, distribution in children if distribution is not None]


def _masks_behind(matchers: Sequence[Matcher], trees: Sequence[DraftTree], words: int) -> list[Masks]:
    """The mask behind every node of every tree; None where the automaton met a bound on the way, which only a draft
    met."""
    found = []
    for matcher, tree in zip(matchers, trees, strict=True):
        masks: Masks = [None] * len(tree)
        _fill_behind(matcher, tree, ROOT, masks, words)
        found.append(masks)
    return found


def _fill_behind(matcher: Matcher, tree: DraftTree, node: int, masks: Masks, words: int) -> None:
    for child in tree.children(node):
        try:
            if not matcher.accept_token(tree.tokens[child]):
                continue
        except LimitExceededError:
            continue
        mask = np.zeros(words, np.int32)
        try:
            matcher.fill_bitmask(mask)
            masks[child] = mask
            _fill_behind(matcher, tree, child, masks, words)
        except LimitExceededError:
            pass
        matcher.rollback(1)


def decode_text(vocabulary: Vocabulary, tokens: Sequence[int]) -> str:
    """Return the text of the tokens, without the bytes of a last character that lacks some."""
    return codecs.getincrementaldecoder("utf-8")().decode(vocabulary.decode_bytes(tokens))


def _eos_words(vocabulary: Vocabulary) -> NDArray[np.int32]:
    words = np.zeros(vocabulary.bitmask_words, dtype=np.uint32)
    for token in vocabulary.eos_token_ids:
        words[token // 32] |= np.uint32(1 << token % 32)
    return words.view(np.int32)


def _budget(target: TargetModel, prompt: Sequence[int], max_tokens: int) -> int:
    if target.max_positions is None:
        return max_tokens
    room = target.max_positions - len(prompt)
    if room <= 0:
        raise ModelError(
            f"the prompt is too long for {target.name}",
            reason=f"it takes {len(prompt)} of {target.max_positions} positions",
            hint="a shorter prompt",
        )
    return min(max_tokens, room)
