"""Target models over transformers, against the plain model without a cache."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from structgen.errors import ModelError
from structgen.models import TargetModel, load_target
from tests.toy import toy_model, toy_tokenizer
from tests.trees import path

TOKENIZER = toy_tokenizer()
MODEL = toy_model(TOKENIZER)
TARGET = load_target((MODEL, TOKENIZER))

tokens = st.lists(st.integers(0, 255), min_size=1, max_size=5)


def plain_logits(text: list[int], model: Any = MODEL) -> torch.Tensor:
    with torch.no_grad():
        return model(torch.tensor([text]), use_cache=False).logits[0]


def assert_close(got: torch.Tensor, wanted: torch.Tensor) -> None:
    torch.testing.assert_close(got, wanted, rtol=0, atol=1e-4)


def moves(rows: int) -> st.SearchStrategy[list[Any]]:
    """A life of so many rows: tokens to append to each, or counts to take back from each, or one row to drop."""
    feed = st.lists(tokens, min_size=rows, max_size=rows)
    take_back = st.lists(st.integers(0, 4), min_size=rows, max_size=rows).map(tuple)
    return st.lists(feed | take_back | st.just("drop"), min_size=1, max_size=6)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 3).flatmap(moves), st.integers(1, 3))
def test_rows_fed_and_rolled_back_together_see_what_each_would_see_alone(life: list[Any], last: int) -> None:
    rows = next((len(move) for move in life if move != "drop"), 2)
    texts: list[list[int]] = [[] for _ in range(rows)]
    sequences = TARGET.start(rows)
    for move in life:
        if move == "drop" and len(texts) > 1 and any(texts):
            texts = texts[1:]
            sequences.select(range(1, len(texts) + 1))
        elif isinstance(move, tuple):
            counts = [min(count, len(text)) for count, text in zip(move, texts, strict=False)]
            sequences.rollback(counts)
            texts = [text[: len(text) - count] for count, text in zip(counts, texts, strict=True)]
        elif isinstance(move, list):
            new = move[: len(texts)]
            logits = sequences.forward(new, last=last)
            texts = [text + more for text, more in zip(texts, new, strict=True)]
            assert logits.shape == (len(texts), min(last, max(map(len, new))), TARGET.vocabulary.size)
            assert logits.dtype == torch.float32
            for row, more, text in zip(logits, new, texts, strict=True):
                known = min(len(more), last)
                assert_close(row[-known:], plain_logits(text)[-known:])
        assert sequences.lengths == tuple(map(len, texts))


def test_logits_may_be_overwritten() -> None:
    sequences = TARGET.start(1)
    sequences.forward([[1, 2]]).fill_(-torch.inf)
    assert_close(sequences.forward([[3]])[0, -1], plain_logits([1, 2, 3])[-1])


def sliding_target() -> TargetModel:
    from transformers import MistralConfig, MistralForCausalLM

    torch.manual_seed(1)
    config = MistralConfig(
        vocab_size=len(TOKENIZER),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        sliding_window=4,
        initializer_range=0.3,
        eos_token_id=TOKENIZER.eos_token_id,
    )
    return load_target((MistralForCausalLM(config).eval(), TOKENIZER))


def test_a_sliding_window_is_exact_alone_and_says_that_it_cannot_share_or_roll_back() -> None:
    target = sliding_target()
    assert not target.is_positional
    assert TARGET.is_positional
    sequences = target.start(1)
    sequences.forward([[1, 2, 3]])
    sequences.forward([[4, 5, 6]])
    wanted = plain_logits([1, 2, 3, 4, 5, 6, 7], target.model)[-1]  # type: ignore[attr-defined]
    assert_close(sequences.forward([[7]])[0, -1], wanted)
    with pytest.raises(ModelError, match="can't take tokens back"):
        sequences.rollback([1])


class TestPrompts:
    chat = load_target((MODEL, toy_tokenizer(chat=True)))

    def decoded(self, target: TargetModel, prompt: Any, **options: Any) -> str:
        return target.vocabulary.decode_bytes(target.encode(prompt, **options)).decode()

    def test_a_text_goes_through_the_chat_template_where_there_is_one(self) -> None:
        assert self.decoded(self.chat, "hi") == "<user>hi\n<assistant>"
        assert self.decoded(self.chat, "hi", chat=True) == "<user>hi\n<assistant>"
        assert self.decoded(self.chat, "hi", chat=False) == "hi"
        assert self.decoded(TARGET, "hi") == "hi"

    def test_messages_keep_their_roles(self) -> None:
        messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "hi"}]
        assert self.decoded(self.chat, messages) == "<system>Be brief.\n<user>hi\n<assistant>"

    @pytest.mark.parametrize("text", ["", "naïve", "日本語", "👩‍👩‍👧", "a\x00b", "\ufeff"])
    def test_unicode_arrives_whole(self, text: str) -> None:
        assert self.decoded(TARGET, text) == text
        assert self.decoded(self.chat, text) == f"<user>{text}\n<assistant>"

    def test_an_empty_prompt_still_gives_the_model_a_token_to_start_from(self) -> None:
        assert TARGET.encode("") == [TOKENIZER.bos_token_id]

    @pytest.mark.parametrize(
        ("target", "prompt", "options", "message"),
        [
            (TARGET, [{"role": "user", "content": "hi"}], {}, "no chat template"),
            (TARGET, "hi", {"chat": True}, "no chat template"),
            (chat, [{"role": "user", "content": "hi"}], {"chat": False}, "chat=False"),
            (TARGET, "a\ud800b", {}, "not Unicode text"),
        ],
    )
    def test_what_cannot_be_encoded_is_refused(
        self, target: TargetModel, prompt: Any, options: Any, message: str
    ) -> None:
        with pytest.raises(ModelError, match=message):
            target.encode(prompt, **options)

    def test_a_template_that_refuses_says_why(self) -> None:
        tokenizer = toy_tokenizer(chat=True)
        tokenizer.chat_template = "{{ raise_exception('roles must alternate') }}"
        with pytest.raises(ModelError, match="roles must alternate"):
            load_target((MODEL, tokenizer)).encode("hi")


class TestPairs:
    def test_logits_beyond_the_tokenizer_are_padding(self) -> None:
        target = load_target((toy_model(TOKENIZER, padding=30), TOKENIZER))
        assert target.vocabulary.size == len(TOKENIZER) + 30
        assert target.vocabulary.token_bytes(len(TOKENIZER) + 29) is None

    def test_a_tokenizer_with_tokens_that_the_model_lacks_is_refused(self) -> None:
        with pytest.raises(ModelError, match="don't belong together") as refusal:
            load_target((MODEL, toy_tokenizer(merges=(("a", "b"),))))
        assert "258" in refusal.value.reason

    def test_every_declared_end_of_sequence_token_counts(self) -> None:
        model = toy_model(TOKENIZER)
        model.generation_config.eos_token_id = [TOKENIZER.bos_token_id]
        assert set(load_target((model, TOKENIZER)).vocabulary.eos_token_ids) == {256, 257}

    def test_a_model_without_an_end_of_sequence_token_is_refused(self) -> None:
        tokenizer = toy_tokenizer()
        tokenizer.eos_token = None
        model = toy_model(TOKENIZER)
        model.generation_config.eos_token_id = None
        with pytest.raises(ModelError, match="no end-of-sequence token"):
            load_target((model, tokenizer))

    def test_an_encoder_decoder_is_refused(self) -> None:
        from transformers import T5Config, T5ForConditionalGeneration

        config = T5Config(vocab_size=300, d_model=8, d_ff=8, d_kv=4, num_layers=1, num_heads=2)
        with pytest.raises(ModelError, match="encoder-decoder"):
            load_target((T5ForConditionalGeneration(config), TOKENIZER))


@st.composite
def trees(draw: st.DrawFn) -> tuple[list[int], list[int]]:
    """Tokens, and the parent of each: siblings differ."""
    new = draw(st.lists(st.integers(0, 255), min_size=1, max_size=7))
    return new, [draw(st.integers(-1, node - 1)) for node in range(len(new))]


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(tokens, trees(), st.integers(0, 6), tokens), min_size=1, max_size=3))
def test_a_tree_answers_as_each_of_its_paths_would_and_a_path_can_be_kept(attention: str, rows: list[Any]) -> None:
    target: Any = load_target((toy_model(TOKENIZER, attn_implementation=attention), TOKENIZER))
    assert target.supports_trees
    sequences = target.start(len(rows))
    sequences.forward([row[0] for row in rows])
    widest = max(len(row[1][0]) for row in rows)
    logits = sequences.forward([row[1][0] for row in rows], parents=[row[1][1] for row in rows], last=widest)
    kept = []
    for answer, (before, (new, parents), wanted, _) in zip(logits, rows, strict=True):
        for node in range(len(new)):
            text = before + [new[one] for one in path(parents, node)]
            assert_close(answer[widest - len(new) + node], plain_logits(text, target.model)[-1])
        kept.append(path(parents, wanted % len(new)))
    sequences.keep(kept)
    assert sequences.lengths == tuple(len(row[0]) + len(one) for row, one in zip(rows, kept, strict=True))
    after = sequences.forward([row[3] for row in rows])
    for answer, (before, (new, _), _, more), one in zip(after, rows, kept, strict=True):
        assert_close(answer[-1], plain_logits(before + [new[node] for node in one] + more, target.model)[-1])


def test_branches_are_refused_where_attention_takes_no_mask_of_them() -> None:
    target: Any = load_target((toy_model(TOKENIZER), TOKENIZER))
    target.supports_trees = False
    sequences = target.start(1)
    sequences.forward([[1]])
    with pytest.raises(ModelError, match="can't tell branches"):
        sequences.forward([[2, 3]], parents=[[-1, -1]])
