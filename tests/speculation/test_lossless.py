"""Drafts change the time, and nothing else: texts with any drafter against texts with none."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from itertools import product
from typing import Any
from weakref import WeakKeyDictionary

import pytest
import torch

import structgen
from structgen import Sampling
from structgen.errors import ArgumentError
from structgen.speculation import (
    Context,
    CopyDrafter,
    Drafter,
    DraftModel,
    DraftTree,
    ForcedDrafter,
    LayerSkip,
    PlaceDrafter,
    SuccessorDrafter,
    TrigramDrafter,
    automatic_drafters,
)
from structgen.speculation.controller import Controller
from structgen.tokens.matcher import Matcher
from tests.generation.test_generate import MODEL, SPECIFICATIONS, TOKENIZER
from tests.speculation.drafters import DrawingDrafter, WildDrafter
from tests.toy import toy_model, toy_tokenizer

SMALL = structgen.load_model((toy_model(TOKENIZER, seed=5, padding=3), TOKENIZER))
DEEP = structgen.load_model((toy_model(TOKENIZER, padding=3, num_hidden_layers=8), TOKENIZER))
PROMPTS = ["abc true", "x", "12 abc abc"]


@pytest.fixture(autouse=True)
def unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the machine is doing: as before the first measurement, drafts are taken to be worth their passes."""
    monkeypatch.setattr(Controller, "_costs_of", WeakKeyDictionary())
    monkeypatch.setattr(Controller, "_accounts_of", WeakKeyDictionary())
    monkeypatch.setattr(Controller, "settle", lambda self, widths, rows, **figures: None)


def every_drafter(model: structgen.Model) -> list[list[Drafter]]:
    return [
        [ForcedDrafter()],
        [CopyDrafter()],
        [TrigramDrafter()],
        [PlaceDrafter()],
        [SuccessorDrafter()],
        [DraftModel(SMALL.target)],
        [DraftModel(model.target, alternatives=3)],
        [WildDrafter(1, model.vocabulary.size)],
        [WildDrafter(2, 256), *automatic_drafters()],
        automatic_drafters(),
    ]


def texts(model: structgen.Model, specification: dict[str, Any], **options: Any) -> list[tuple[Any, ...]]:
    results = model.generate(PROMPTS, **specification, max_tokens=40, **options)
    return [(result.tokens, result.finish_reason) for result in results]


@pytest.mark.parametrize("specification", SPECIFICATIONS, ids=repr)
@pytest.mark.parametrize("batch_size", [1, 3])
def test_greedy_texts_are_the_same_with_any_drafter(specification: dict[str, Any], batch_size: int) -> None:
    plain = texts(MODEL, specification, speculation=None, batch_size=batch_size)
    for drafters in every_drafter(MODEL):
        found = texts(MODEL, specification, speculation=drafters, batch_size=batch_size)
        assert found == plain, drafters


@pytest.mark.parametrize("specification", SPECIFICATIONS[::3], ids=repr)
def test_sampled_texts_are_the_same_where_nothing_was_drawn(specification: dict[str, Any]) -> None:
    sampling = Sampling(temperature=0.8, top_p=0.9, seed=3)
    plain = texts(MODEL, specification, speculation=None, sampling=sampling)
    for drafters in every_drafter(MODEL):
        if not any(isinstance(one, DraftModel) for one in drafters):
            assert texts(MODEL, specification, speculation=drafters, sampling=sampling) == plain


def test_a_model_that_skips_its_own_layers_drafts_for_itself() -> None:
    drafter = LayerSkip(DEEP.target, share=0.3)
    skipped = drafter.skipped
    plain = DEEP.generate("abc", regex="[abc ]{60}", speculation=None)
    result = DEEP.generate("abc", regex="[abc ]{60}", speculation=[drafter])
    assert result.tokens == plain.tokens
    assert result.statistics.drafted_tokens["layers"] > 0
    assert len(drafter.skipped) == len(skipped)


def test_a_model_without_layers_to_spare_is_refused() -> None:
    with pytest.raises(ArgumentError, match="can't skip layers"):
        LayerSkip(MODEL.target)


def test_a_drafter_that_knows_the_text_is_always_right() -> None:
    plain = MODEL.generate("abc", regex="[abc]{64}", speculation=None)
    again = MODEL.generate("abc", regex="[abc]{64}", speculation=[DraftModel(MODEL.target)])
    assert again.tokens == plain.tokens
    figures = again.statistics
    assert figures.drafted_tokens["draft model"] > 0
    assert figures.accepted_tokens == figures.drafted_tokens
    # Each pass gives a token of the model's own, but for a last one where the text ended with a draft.
    saved = figures.accepted_tokens["draft model"] - (again.origins[-1] == "draft model")
    assert figures.forward_passes == plain.statistics.forward_passes - saved


class TestCanonicalForcing:
    def test_takes_forced_text_in_the_tokenizers_own_tokens_without_a_pass(self) -> None:
        plain = MODEL.generate("x", choices=["one and only"], speculation=None)
        canonical = MODEL.generate("x", choices=["one and only"], speculation=None, forced="canonical")
        assert plain.text == canonical.text
        assert canonical.statistics.forward_passes == 0
        assert set(canonical.origins) <= {"certain", "forced text"}

    def test_is_cut_by_the_budget(self) -> None:
        result = MODEL.generate("x", choices=["one and only"], max_tokens=3, forced="canonical")
        assert len(result.tokens) == 3
        assert result.finish_reason == "length"

    def test_of_another_name_is_refused(self) -> None:
        with pytest.raises(ArgumentError, match="forced is 'verified' or 'canonical'"):
            MODEL.generate("x", regex="a", forced="yes")  # type: ignore[call-overload]


LETTERS = toy_tokenizer()
FLAT = structgen.load_model((toy_model(LETTERS, initializer_range=0.1), LETTERS))
FLATTER = structgen.load_model((toy_model(LETTERS, initializer_range=0.1, seed=7), LETTERS))


def exact_distribution(length: int, allowed: Sequence[int], temperature: float) -> dict[tuple[int, ...], float]:
    """The distribution of texts of this length over these tokens, computed without a cache."""
    network: Any = FLAT.target
    prompt = network.encode("ab")
    found = {}
    for text in product(allowed, repeat=length):
        with torch.no_grad():
            logits = network.model(torch.tensor([[*prompt, *text]]), use_cache=False).logits[0].double()
        chance = 1.0
        for position, token in enumerate(text, start=len(prompt) - 1):
            weights = torch.softmax(logits[position, list(allowed)] / temperature, dim=0)
            chance *= float(weights[list(allowed).index(token)])
        found[text] = chance
    return found


def chi_square_p(counts: Counter[tuple[int, ...]], expected: dict[tuple[int, ...], float], draws: int) -> float:
    """The chance of so large a chi-square, cells below five expected draws put together."""
    observed, wanted = [], []
    rare = [0.0, 0.0]
    for text, chance in expected.items():
        if chance * draws >= 5:
            observed.append(float(counts[text]))
            wanted.append(chance * draws)
        else:
            rare[0] += counts[text]
            rare[1] += chance * draws
    if rare[1] >= 5:
        observed.append(rare[0])
        wanted.append(rare[1])
    square = sum((one - other) ** 2 / other for one, other in zip(observed, wanted, strict=True))
    half = torch.tensor([(len(wanted) - 1) / 2, square / 2], dtype=torch.float64)
    return float(torch.special.gammaincc(half[0], half[1]))


A, B, C = (FLAT.vocabulary.encode(letter.encode())[0] for letter in "abc")
SIZE = FLAT.vocabulary.size
LEANING = [8.0 if token == A else 2.0 if token == B else 1.0 if token == C else 0.01 for token in range(SIZE)]
DRAWS = int(os.environ.get("STRUCTGEN_DRAWS", "2500"))


@pytest.mark.slow
@pytest.mark.parametrize(
    "drafters",
    [
        lambda: [DrawingDrafter(1, LEANING, (1,))],
        lambda: [DrawingDrafter(2, LEANING, (2, 1))],
        lambda: [DrawingDrafter(3, LEANING, (3, 2))],
        lambda: [DrawingDrafter(4, LEANING, (1, 1)), *automatic_drafters()],
        lambda: [DrawingDrafter(5, LEANING, (2,)), DrawingDrafter(6, [1.0] * SIZE, (3,))],
        lambda: [DraftModel(FLATTER.target, alternatives=2)],
        automatic_drafters,
    ],
    ids=["chain", "comb", "tree", "with others", "two", "model", "auto"],
)
def test_draws_keep_their_distribution_with_any_tree(drafters: Any) -> None:
    expected = exact_distribution(3, (A, B, C), 0.7)
    counts, accepted = draw(drafters(), DRAWS, seed=11)
    assert set(counts) <= set(expected)
    assert accepted > DRAWS / 10
    assert chi_square_p(counts, expected, DRAWS) > 1e-4


def draw(drafters: list[Drafter], count: int, *, seed: int) -> tuple[Counter[tuple[int, ...]], int]:
    """So many texts, and how many drafted tokens are in them."""
    results = FLAT.generate(
        ["ab"] * count,
        regex="[abc]{3}",
        sampling=Sampling(temperature=0.7, seed=seed),
        speculation=drafters,
        batch_size=50,
    )
    accepted = sum(sum(result.statistics.accepted_tokens.values()) for result in results)
    return Counter(result.tokens for result in results), accepted


@pytest.mark.slow
def test_the_chances_of_such_draws_are_uniform() -> None:
    """Kolmogorov and Smirnov's test: a sampler that is a little wrong makes p-values small, a fixed one large."""
    expected = exact_distribution(3, (A, B, C), 0.7)
    each = max(DRAWS // 10, 1)
    values = sorted(
        chi_square_p(draw([DrawingDrafter(seed, LEANING, (3, 2))], each, seed=seed)[0], expected, each)
        for seed in range(20)
    )
    distance = max(max((at + 1) / 20 - value, value - at / 20) for at, value in enumerate(values))
    assert distance < 1.95 / 20**0.5, values  # the 0.999 quantile


class TestDrafters:
    def test_that_are_none_are_refused(self) -> None:
        with pytest.raises(ArgumentError, match="is no Drafter"):
            MODEL.generate("x", regex="a", speculation=["auto"])  # type: ignore[list-item]
        with pytest.raises(ArgumentError, match="speculation is 'auto', None, or a list of drafters"):
            MODEL.generate("x", regex="a", speculation="fast")  # type: ignore[arg-type]

    def test_without_a_name_are_refused(self) -> None:
        class Nameless(Drafter):
            def propose(self, context: Context, matcher: Matcher, budget: int) -> DraftTree:
                return DraftTree()

        with pytest.raises(ArgumentError, match="has no name"):
            MODEL.generate("x", regex="a", speculation=[Nameless()])

    def test_that_add_behind_no_node_are_refused(self) -> None:
        with pytest.raises(ArgumentError, match="no node 3"):
            DraftTree().add(A, 3)

    def test_that_move_the_matcher_are_refused(self) -> None:
        class Moving(Drafter):
            name = "moving"

            def propose(self, context: Context, matcher: Matcher, budget: int) -> DraftTree:
                matcher.accept_token(A)
                return DraftTree()

        with pytest.raises(ArgumentError, match="left the matcher elsewhere"):
            MODEL.generate("x", regex="[abc]{9}", speculation=[Moving()])

    def test_with_another_vocabulary_are_refused(self) -> None:
        with pytest.raises(ArgumentError, match="vocabularies differ"):
            MODEL.generate("x", regex="[abc]{9}", speculation=[DraftModel(FLAT.target)])


@pytest.mark.parametrize("drafters", every_drafter(MODEL)[:5], ids=lambda drafters: drafters[0].name)
@pytest.mark.parametrize("specification", SPECIFICATIONS[::2], ids=repr)
def test_proposals_are_allowed_and_within_the_budget(drafters: list[Drafter], specification: dict[str, Any]) -> None:
    drafter = type(drafters[0])()
    compiled = structgen.compile(vocabulary=MODEL.vocabulary, **specification)
    result = MODEL.generate("abc", **specification, max_tokens=30, speculation=[drafter])
    context = Context(MODEL.vocabulary, MODEL.target.encode("abc"))
    matcher = compiled.matcher()
    for token in result.tokens:
        state = matcher.state
        tree = drafter.propose(context, matcher, 5)
        assert matcher.state == state
        assert len(tree) <= 5
        assert len(tree.allowed_by(matcher, 5)) == len(tree)
        assert matcher.accept_token(token)
        context.tokens.append(token)
        drafter.observe(context, [token], [state], [None])
