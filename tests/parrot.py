"""A language model that knows a few answers by heart: what a model writes that has understood the question.

Logits after a text are highest for the next byte of the first answer that the text begins, lower for the ends of
strings, objects and texts, and low for the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch

from structgen.generation import Model
from structgen.models.target import Prompt, Sequences, TargetModel
from structgen.tokens.vocabulary import Vocabulary

EOS = 256


class Parrot(TargetModel):
    """A model over bytes.

    Parameters
    ----------
    answers : for each piece of a prompt, what may be answered; the piece that ends last in a prompt counts
    """

    def __init__(self, answers: Mapping[str, Sequence[str]], *, name: str = "parrot") -> None:
        self.name = name
        self.vocabulary = Vocabulary.from_bytes([*(bytes([byte]) for byte in range(256)), None], eos=EOS)
        self.has_chat_template = True
        self.max_positions = None
        self.is_positional = True
        self.supports_trees = False
        self.answers = {piece.encode(): [answer.encode() for answer in known] for piece, known in answers.items()}
        self.prompts: list[str] = []

    def encode(self, prompt: Prompt, *, chat: bool | None = None) -> list[int]:
        text = prompt if isinstance(prompt, str) else "".join(f"<{m['role']}>{m['content']}\n" for m in prompt)
        self.prompts.append(text)
        return [*text.encode(), EOS]

    def start(self, rows: int) -> Sequences:
        return _Rows(self, rows)

    def logits(self, tokens: Sequence[int]) -> torch.Tensor:
        """The logits after these tokens: the prompt, its end, and the text."""
        end = tokens.index(EOS)
        prompt, text = bytes(tokens[:end]), bytes(token for token in tokens[end + 1 :] if token != EOS)
        logits = torch.zeros(257)
        for byte in b'"}]':
            logits[byte] = 1
        logits[EOS] = 2
        held = [piece for piece in self.answers if piece in prompt]
        known = max(held, key=lambda piece: prompt.rfind(piece) + len(piece), default=None)
        for answer in self.answers[known] if known is not None else ():
            if answer.startswith(text):
                logits[[*answer, EOS][len(text)]] = 9
                break
        return logits


class _Rows(Sequences):
    def __init__(self, parrot: Parrot, rows: int) -> None:
        self._parrot = parrot
        self._tokens: list[list[int]] = [[] for _ in range(rows)]
        self._fed: list[int] = []

    @property
    def lengths(self) -> tuple[int, ...]:
        return tuple(map(len, self._tokens))

    def forward(
        self, tokens: Sequence[Sequence[int]], *, parents: Sequence[Sequence[int]] | None = None, last: int = 1
    ) -> torch.Tensor:
        self._fed = [len(new) for new in tokens]
        for row, new in zip(self._tokens, tokens, strict=True):
            row.extend(new)
        return torch.stack(
            [
                torch.stack([self._logits(row[: len(row) - back]) for back in reversed(range(last))])
                for row in self._tokens
            ]
        )

    def _logits(self, tokens: Sequence[int]) -> torch.Tensor:
        return self._parrot.logits(tokens) if EOS in tokens else torch.zeros(257)

    def keep(self, nodes: Sequence[Sequence[int]]) -> None:
        self.rollback([fed - len(kept) for fed, kept in zip(self._fed, nodes, strict=True)])

    def rollback(self, counts: Sequence[int]) -> None:
        self._tokens = [row[: len(row) - count] for row, count in zip(self._tokens, counts, strict=True)]

    def select(self, rows: Sequence[int]) -> None:
        self._tokens = [list(self._tokens[row]) for row in rows]


def parrot(answers: Mapping[str, Sequence[str]]) -> Model:
    """A model to generate with."""
    return Model(Parrot(answers))
