"""Which methods of a class are legal after which, as its user declares it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from structgen.errors import ArgumentError
from structgen.monitors.texts import check_texts

__all__ = ["Protocol"]


@dataclass(frozen=True)
class Protocol:
    """The states of a class's objects, and which methods lead from one to another.

    Attributes
    ----------
    class_name : the class, as the code names it; calling it makes an object in the state ``start``
    transitions : for each state, the methods that are legal in it, each with the state after it. Methods that no state
        lists are always legal, and change nothing. ``__enter__`` and ``__exit__`` stand for a ``with``.
    start : the first state of ``transitions``, unless one is named
    makers : functions that return such an object, as the code names them, each with the state that it is in

    Raises
    ------
    ArgumentError
        A state that is led to isn't listed, or none is, or an argument is of another kind.
    """

    class_name: str
    transitions: Mapping[str, Mapping[str, str]]
    start: str = ""
    makers: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_texts(class_name=self.class_name, start=self.start)
        rows = (*self.transitions.values(), self.makers) if isinstance(self.transitions, Mapping) else (None,)
        if not all(isinstance(row, Mapping) and _is_of_texts(row) for row in rows):
            raise ArgumentError(
                "transitions= has a dict of methods for each state, makers= is a dict of functions",
                reason=f"got {self.transitions!r} and {self.makers!r}",
            )
        if not self.transitions:
            raise ArgumentError("a protocol has states", reason=f"that of {self.class_name} has none")
        if not self.start:
            object.__setattr__(self, "start", next(iter(self.transitions)))
        named = {self.start, *self.makers.values(), *(to for row in self.transitions.values() for to in row.values())}
        unknown = sorted(named - self.transitions.keys())
        if unknown:
            raise ArgumentError(
                "every state of a protocol is listed in transitions=",
                reason=f"{', '.join(unknown)} of {self.class_name} isn't",
                hint="a state without methods has an empty dict",
            )

    def methods(self) -> frozenset[str]:
        """All methods that some state lists."""
        return frozenset(method for row in self.transitions.values() for method in row)

    def made_by(self, callee: str) -> str | None:
        """The state of the object that a call of ``callee`` returns; None where it returns none."""
        for name, state in {self.class_name: self.start, **self.makers}.items():
            if callee == name or callee.endswith("." + name) or name.endswith("." + callee):
                return state
        return None


def _is_of_texts(row: Mapping[str, str]) -> bool:
    return all(isinstance(text, str) for pair in row.items() for text in pair)
