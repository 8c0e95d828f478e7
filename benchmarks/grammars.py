"""Times of masks over context-free grammars, engines side by side: ``python -m benchmarks.grammars TOKENIZER``.

TOKENIZER is a folder with a ``tokenizer.json``. Each engine that is installed (of structgen, llguidance, xgrammar,
glrmask) compiles the same grammars in Lark's notation, the part of it that all of them read, and is fed random texts of
them token by token. Times are microseconds on one thread: compile with the first mask (``TTFM``; also when it was
compiled before in the same process, which some engines remember, and at best of five where its text has a comment more,
which is a grammar that none of them knows), and each mask with its commit (``TBM``).

``--files`` measures structgen alone, on files that a grammar of the shelf reads: ``--shelf grammars/python.lark``.
"""

from __future__ import annotations

import argparse
import importlib
import json
import random
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np

import structgen

_SPACE: Final = "\nWS: /[ \\t\\n\\r]+/\n%ignore WS\n"

GRAMMARS: Final[dict[str, str]] = {
    "json": r"""start: value
value: object | array | STRING | NUMBER | "true" | "false" | "null"
object: "{" (pair ("," pair)*)? "}"
pair: STRING ":" value
array: "[" (value ("," value)*)? "]"
STRING: /"([^"\\\x00-\x1f]|\\(["\\\/bfnrt]|u[0-9a-fA-F]{4}))*"/
NUMBER: /-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/"""
    + _SPACE,
    "arithmetic": r"""start: sum
sum: product (("+" | "-") product)*
product: atom (("*" | "/") atom)*
atom: NUMBER | "-" atom | "(" sum ")"
NUMBER: /[0-9]+(\.[0-9]+)?/"""
    + _SPACE,
    "sql": r"""start: "SELECT" columns "FROM" table ("WHERE" condition)? ("ORDER" "BY" NAME ("," NAME)*)?
columns: "*" | column ("," column)*
column: expression ("AS" NAME)?
table: NAME | "(" start ")" "AS" NAME | table "JOIN" NAME "ON" condition
condition: comparison (("AND" | "OR") comparison)*
comparison: expression ("=" | "<" | ">" | "<=" | ">=" | "<>" | "LIKE") expression | "(" condition ")"
expression: term (("+" | "-" | "*" | "/") term)*
term: NAME ("." NAME)? | NUMBER | STRING | NAME "(" (expression ("," expression)*)? ")"
NAME: /[a-z_][a-z0-9_]*/
NUMBER: /[0-9]+(\.[0-9]+)?/
STRING: /'[^'\n]*'/"""
    + _SPACE,
    "code": r"""start: statement*
statement: NAME "=" expression ";" | "if" "(" expression ")" block ("else" block)? | "while" "(" expression ")" block
  | "return" expression ";" | call ";" | "def" NAME "(" (NAME ("," NAME)*)? ")" block
block: "{" statement* "}"
expression: comparison (("and" | "or") comparison)*
comparison: sum (("==" | "<" | ">" | "<=" | ">=" | "!=") sum)?
sum: product (("+" | "-") product)*
product: unary (("*" | "/" | "%") unary)*
unary: "-" unary | "not" unary | primary
primary: NAME | NUMBER | STRING | call | "(" expression ")" | primary "[" expression "]" | primary "." NAME
call: NAME "(" (expression ("," expression)*)? ")"
NAME: /[a-z_][a-z0-9_]*/
NUMBER: /[0-9]+(\.[0-9]+)?/
STRING: /"[^"\n]*"/"""
    + _SPACE,
}


class Engine:
    """``compile`` gives what ``begin`` starts a text of; ``fill`` and ``commit`` go through it."""

    def __init__(self, tokenizer: Any, words: int) -> None:
        self.tokenizer = tokenizer
        self.row = np.zeros(words, np.int32)


class Structgen(Engine):
    """This project."""

    def __init__(self, tokenizer: Any, words: int) -> None:
        super().__init__(tokenizer, words)
        self.vocabulary = structgen.Vocabulary.from_tokenizer(tokenizer)
        self.row = np.zeros(self.vocabulary.bitmask_words, np.int32)

    def compile(self, grammar: str | Path) -> Any:
        return structgen.compile(grammar=grammar, vocabulary=self.vocabulary)

    def begin(self, compiled: Any) -> None:
        self.matcher = compiled.matcher()

    def fill(self) -> None:
        self.matcher.fill_bitmask(self.row)

    def commit(self, token: int) -> bool:
        return bool(self.matcher.accept_token(token))


class LLGuidance(Engine):
    """https://github.com/guidance-ai/llguidance"""

    def __init__(self, tokenizer: Any, words: int) -> None:
        super().__init__(tokenizer, words)
        self.module = importlib.import_module("llguidance")
        numpy = importlib.import_module("llguidance.numpy")
        self.tokens = importlib.import_module("llguidance.hf").from_tokenizer(tokenizer)
        self.fill_row = numpy.fill_next_token_bitmask
        self.mask = numpy.allocate_token_bitmask(1, self.tokens.vocab_size)

    def compile(self, grammar: str) -> Any:
        matcher = self.module.LLMatcher(self.tokens, self.module.grammar_from("lark", grammar))
        if matcher.is_error():
            raise ValueError(matcher.get_error())
        return matcher

    def begin(self, compiled: Any) -> None:
        self.matcher = compiled.deep_copy()

    def fill(self) -> None:
        self.fill_row(self.matcher, self.mask, 0)

    def commit(self, token: int) -> bool:
        if not self.mask[0, token // 32] >> (token % 32) & 1:
            return False
        self.matcher.consume_token(token)
        return True


class XGrammar(Engine):
    """https://github.com/mlc-ai/xgrammar"""

    def __init__(self, tokenizer: Any, words: int) -> None:
        super().__init__(tokenizer, words)
        self.module = importlib.import_module("xgrammar")
        info = self.module.TokenizerInfo.from_huggingface(tokenizer)
        self.compiler = self.module.GrammarCompiler(info, max_threads=1, cache_enabled=False)
        self.mask = self.module.allocate_token_bitmask(1, info.vocab_size)

    def compile(self, grammar: str) -> Any:
        return self.compiler.compile_grammar(self.module.Grammar.from_lark(grammar))

    def begin(self, compiled: Any) -> None:
        self.matcher = self.module.GrammarMatcher(compiled)

    def fill(self) -> None:
        self.matcher.fill_next_token_bitmask(self.mask)

    def commit(self, token: int) -> bool:
        return bool(self.matcher.accept_token(token))


class GLRMask(Engine):
    """https://pypi.org/project/glrmask"""

    def __init__(self, tokenizer: Any, words: int) -> None:
        super().__init__(tokenizer, words)
        self.module = importlib.import_module("glrmask")
        vocabulary = structgen.Vocabulary.from_tokenizer(tokenizer)
        texts = {token: vocabulary.token_bytes(token) for token in range(vocabulary.size)}
        self.vocabulary = self.module.Vocab.from_id_to_bytes({token: text for token, text in texts.items() if text})

    def compile(self, grammar: str) -> Any:
        return self.module.Grammar.from_lark(grammar).compile(self.vocabulary)

    def begin(self, compiled: Any) -> None:
        self.state = compiled.start()

    def fill(self) -> None:
        self.state.fill_mask(self.row)

    def commit(self, token: int) -> bool:
        return bool(self.state.commit_token(token))


ENGINES: Final[dict[str, Callable[[Any, int], Any]]] = {
    "structgen": Structgen,
    "llguidance": LLGuidance,
    "xgrammar": XGrammar,
    "glrmask": GLRMask,
}


def texts(name: str, count: int) -> Iterator[str]:
    """Texts of a grammar as a model would write them."""
    chance = random.Random(name)
    for _ in range(count):
        yield _MAKERS[name](chance, 4)


_WORDS: Final = (
    "name",
    "value",
    "total",
    "count",
    "first",
    "user",
    "price",
    "order",
    "date",
    "result",
    "is",
    "of",
    "the",
)


def _json(chance: random.Random, depth: int) -> str:
    def value(depth: int) -> Any:
        if depth == 0 or chance.random() < 0.4:
            return chance.choice([chance.randrange(10_000), chance.random(), True, None, _words(chance, " ")])
        if chance.random() < 0.5:
            return [value(depth - 1) for _ in range(chance.randrange(5))]
        return {_words(chance, "_"): value(depth - 1) for _ in range(chance.randrange(6))}

    return json.dumps({"items": [value(depth) for _ in range(4)]}, indent=chance.choice([None, 2]))


def _words(chance: random.Random, between: str) -> str:
    return between.join(chance.choices(_WORDS, k=chance.randint(1, 3)))


def _arithmetic(chance: random.Random, depth: int) -> str:
    if depth == 0 or chance.random() < 0.2:
        return str(chance.choice([chance.randrange(1000), round(chance.random(), 3)]))
    one, other = _arithmetic(chance, depth - 1), _arithmetic(chance, depth - 1)
    return chance.choice(
        [f"{one} + {other}", f"({one} - {other})", f"{one} * ({other})", f"({one}) / {other}", f"-({one})"]
    )


def _sql(chance: random.Random, depth: int) -> str:
    name = _words(chance, "_")
    source = f"({_sql(chance, depth - 1)}) AS {name}" if depth > 2 and chance.random() < 0.4 else name
    columns = ", ".join(chance.choice([_words(chance, "_"), f"sum({name})", f"{name}.id + 1 AS x"]) for _ in range(3))
    condition = f"{name}.id >= {chance.randrange(100)} AND name LIKE '{_words(chance, ' ')}%'"
    return f"SELECT {columns} FROM {source} JOIN users ON users.id = {name}.id WHERE {condition} ORDER BY {name}"


def _code(chance: random.Random, depth: int) -> str:
    name, other = _words(chance, "_"), _words(chance, "_")
    lines = [
        f"{name} = {other}.count + {_arithmetic(chance, 2)};",
        f'print("{_words(chance, " ")}", {name}[{chance.randrange(9)}]);',
        f"return not {name} == {other} and f({name}, 1);",
    ]
    if depth:
        lines += [
            f"if ({name} < {chance.randrange(100)}) {{\n  {_code(chance, depth - 1)}\n}} else {{\n  {other} = 1;\n}}",
            f"def {name}({other}, x) {{\n  {_code(chance, depth - 1)}\n}}",
        ]
    return "\n".join(chance.choices(lines, k=3))


_MAKERS: Final[dict[str, Callable[[random.Random, int], str]]] = {
    "json": _json,
    "arithmetic": _arithmetic,
    "sql": _sql,
    "code": _code,
}


def run(
    engine: Any, grammar: str | Path, written: Iterable[str], clock: Callable[[], float]
) -> tuple[tuple[float, float, float], list[float], int]:
    """Seconds of compiling with the first mask: at first, again, under another text; of each mask with its commit; how
    many texts were refused.
    """

    def first_mask(source: str | Path) -> tuple[Any, float]:
        start = clock()
        compiled = engine.compile(source)
        engine.begin(compiled)
        engine.fill()
        return compiled, clock() - start

    _, first = first_mask(grammar)
    compiled, again = first_mask(grammar)
    others = (
        [first_mask(f"{grammar}\n// {number}\n")[1] for number in range(5)] if isinstance(grammar, str) else [first]
    )
    times: list[float] = []
    refused = 0
    for text in written:
        engine.begin(compiled)
        for token in engine.tokenizer.encode(text, add_special_tokens=False):
            start = clock()
            engine.fill()
            accepted = engine.commit(token)
            times.append(clock() - start)
            if not accepted:
                refused += 1
                break
    return (first, again, min(others)), times, refused


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tokenizer", type=Path, help="folder with tokenizer.json")
    parser.add_argument("--eos", default="<|eot_id|>")
    parser.add_argument("--engines", default=",".join(ENGINES))
    parser.add_argument("--texts", type=int, default=60)
    parser.add_argument("--clock", choices=["wall", "process"], default="wall", help="process: less of other programs")
    parser.add_argument("--shelf", type=Path, default=Path("grammars/python.lark"))
    parser.add_argument("--files", type=Path, nargs="*", default=[])
    arguments = parser.parse_args()
    from transformers import PreTrainedTokenizerFast

    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(arguments.tokenizer / "tokenizer.json"), eos_token=arguments.eos
    )
    words = (max(tokenizer.get_vocab().values()) + 32) // 32
    clock = time.perf_counter if arguments.clock == "wall" else time.process_time
    columns = ["grammar", "engine", "TTFM us", "again", "other text", "TBM avg us", "p50", "p99", "max", "refused"]
    print(f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}")
    for name in arguments.engines.split(","):
        try:
            engine = ENGINES[name](tokenizer, words)
        except ImportError:
            print(f"| | {name} | not installed | | | | | | | |")
            continue
        for grammar in GRAMMARS:
            try:
                written = texts(grammar, arguments.texts)
                firsts, times, refused = run(engine, GRAMMARS[grammar], written, clock)
            except Exception as error:  # an engine's own error is a result too
                print(f"| {grammar} | {name} | {str(error)[:60]!r} | | | | | | | |")
                continue
            print(_row(grammar, name, firsts, times, f"{refused} of {arguments.texts}"), flush=True)
    if arguments.files:
        sources = [path.read_text("utf-8") for path in arguments.files]
        firsts, times, refused = run(Structgen(tokenizer, words), arguments.shelf, sources, clock)
        print(_row(arguments.shelf.stem, "structgen", firsts, times, f"{refused} of {len(sources)}"))


def _row(grammar: str, engine: str, firsts: tuple[float, float, float], times: list[float], refused: str) -> str:
    us = np.sort(np.array(times)) * 1e6
    figures = [us.mean(), np.percentile(us, 50), np.percentile(us, 99), us[-1]]
    compiled = " | ".join(f"{one * 1e6:,.0f}" for one in firsts)
    shown = " | ".join(f"{figure:,.1f}" for figure in figures)
    return f"| {grammar} | {engine} | {compiled} | {shown} | {refused} |"


if __name__ == "__main__":
    main()
