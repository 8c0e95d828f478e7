"""Whether a text is valid, told by the language's own parser.

Each function accepts everything that the language's grammar on the shelf is to generate. Where a parser also checks
what no context-free grammar can say, the function says so and lets it pass. What is nested deeper than a parser goes
passes too.
"""

from __future__ import annotations

import ast
import csv
import datetime
import decimal
import functools
import importlib
import importlib.util
import io
import itertools
import json
import re
from collections.abc import Callable
from typing import Any, Final
from xml.parsers import expat

from markdown_it import MarkdownIt

__all__ = [
    "is_valid_arithmetic",
    "is_valid_markdown_table",
    "is_valid_pgn",
    "is_valid_regex",
    "is_valid_smiles",
    "is_valid_c_expression",
    "is_valid_csv",
    "is_valid_csv_typed",
    "is_valid_graphql",
    "is_valid_iso8601",
    "is_valid_toml",
    "is_valid_xml",
    "is_valid_xml_elements",
    "is_valid_yaml",
    "is_valid_yaml_two_spaces",
    "is_valid_json",
    "is_valid_json5",
    "is_valid_jsonlines",
]


def _as_deep_as_the_parser_goes(is_valid: Callable[[str], bool]) -> Callable[[str], bool]:
    @functools.wraps(is_valid)
    def is_valid_or_too_deep(text: str) -> bool:
        try:
            return is_valid(text)
        except (RecursionError, MemoryError):
            return True

    return is_valid_or_too_deep


@_as_deep_as_the_parser_goes
def is_valid_json(text: str) -> bool:
    """RFC 8259, without the constants that Python adds, and writable in UTF-8 once read."""

    def refuse(constant: str) -> Any:
        raise ValueError(constant)

    try:
        json.dumps(json.loads(text, parse_constant=refuse, parse_int=float), ensure_ascii=False).encode("utf-8")
    except ValueError:
        return False
    return True


def is_valid_jsonlines(text: str) -> bool:
    lines = text.removesuffix("\n").split("\n")
    return all(is_valid_json(line) for line in lines)


@_as_deep_as_the_parser_goes
def is_valid_json5(text: str) -> bool:
    json5: Any = importlib.import_module("json5")
    try:
        json5.loads(text)
    except ValueError:
        return False
    return True


def is_valid_iso8601(text: str) -> bool:
    """Dates, times and both. The last days of the week year 9999, which Python can't count to, pass."""
    for read in (datetime.date.fromisoformat, datetime.time.fromisoformat, datetime.datetime.fromisoformat):
        try:
            read(re.sub("^9999(-?)W52(-?)[67]", r"9999\1W52\g<2>5", text))
        except ValueError:
            continue
        return True
    return False


def is_valid_csv(text: str) -> bool:
    """Read back as it is written; rows may differ in length."""
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error:
        return False
    written = io.StringIO(newline="")
    csv.writer(written).writerows(rows)
    return list(csv.reader(io.StringIO(written.getvalue(), newline=""), strict=True)) == rows


def is_valid_csv_typed(text: str) -> bool:
    """The columns of the example."""
    if not is_valid_csv(text):
        return False
    header, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    if header != ["id", "price", "date", "name"]:
        return False
    try:
        for number, price, date, _ in rows:
            int(number), decimal.Decimal(price), datetime.date.fromisoformat(date)
    except (ValueError, decimal.InvalidOperation):
        return False
    return True


@_as_deep_as_the_parser_goes
def is_valid_toml(text: str) -> bool:
    """By a copy of tomllib in which every key is another one, so that what repeats a key passes."""
    reader = _tomllib_without_repetition()
    try:
        reader.loads(text)
    except reader.TOMLDecodeError:
        return False
    return True


@functools.cache
def _tomllib_without_repetition() -> Any:
    spec = importlib.util.find_spec("tomllib._parser")
    assert spec and spec.loader
    reader: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(reader)
    parse_key = reader.parse_key
    numbers = itertools.count()

    def parse_another_key(source: str, position: int) -> tuple[int, tuple[str, ...]]:
        return parse_key(source, position)[0], (str(next(numbers)),)

    reader.parse_key = parse_another_key
    return reader


@_as_deep_as_the_parser_goes
def is_valid_arithmetic(text: str) -> bool:
    """Python's expressions, whose keywords are names like any other here."""
    text = re.sub(r"(?<![\w.])[A-Za-z_]\w*", "name", re.sub("[\r\n]", " ", text))
    try:
        tree = ast.parse(text.strip(" \t"), mode="eval")
    except SyntaxError as error:
        return error.msg == "too many nested parentheses"
    allowed = (ast.Expression, ast.BinOp, ast.UnaryOp, ast.operator, ast.unaryop, ast.Call, ast.Name, ast.Load)
    return all(
        isinstance(node, allowed) or (isinstance(node, ast.Constant) and type(node.value) in (int, float))
        for node in ast.walk(tree)
    )


def is_valid_markdown_table(text: str) -> bool:
    """One table, of rows of one length, each line one of its rows."""
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    if not tokens or tokens[0].type != "table_open" or tokens[-1].type != "table_close":
        return False
    if sum(token.type == "table_open" for token in tokens) > 1:
        return False
    kinds = [token.type for token in tokens]
    rows = kinds.count("tr_open")
    columns = kinds.count("th_open")
    lines = len(re.findall("\n", text.removesuffix("\n"))) + 1
    return lines == rows + 1 and kinds.count("td_open") == (rows - 1) * columns


def is_valid_smiles(text: str) -> bool:
    """RDKit, without its checks of chemistry. Ring bonds pass in whatever number: they are cut out once found."""
    rings = re.compile(r"[-=#$:/\\]?(%[0-9]{2}|[0-9])")
    pieces = re.split(r"(\[[^\]]*\])", text)
    chem: Any = importlib.import_module("rdkit.Chem")
    importlib.import_module("rdkit.RDLogger").DisableLog("rdApp.*")
    for position, piece in enumerate(pieces):
        if position % 2 == 0:
            if re.match(r"\(?\.?[-=#$:/\\]?[%0-9]", piece) and (position == 0 or piece[0] in "(."):
                return False
            pieces[position] = rings.sub("", piece)
    return chem.MolFromSmiles("".join(pieces), sanitize=False) is not None


def is_valid_pgn(text: str) -> bool:
    """python-chess, which must find a result in each game and nothing that it passes over. Illegal moves pass."""
    pgn: Any = importlib.import_module("chess.pgn")
    chess: Any = importlib.import_module("chess")

    class Reader(pgn.BaseVisitor):  # type: ignore[misc]
        malformed = False
        results = 0

        def parse_san(self, board: Any, san: str) -> Any:
            try:
                return board.parse_san(san)
            except chess.InvalidMoveError:
                self.malformed = True
            except ValueError:
                pass
            return chess.Move.null()

        def visit_result(self, result: str) -> None:
            self.results += 1

        def result(self) -> bool:
            return self.results == 1 and not self.malformed

    handle = io.StringIO(text, newline="")
    games = 0
    while (verdict := pgn.read_game(handle, Visitor=Reader)) is not None:
        games += 1
        if not verdict:
            return False
    return games > 0 and _passed_over_in_pgn(text, pgn.MOVETEXT_REGEX) == ""


def _passed_over_in_pgn(text: str, token: re.Pattern[str]) -> str:
    """What is left of the text without tags, comments, tokens, numbers of moves, signs of check, and space."""
    text = re.sub(r'^\[\w+ +"(?:[^"\\]|\\.)*"\]$', "", text, flags=re.MULTILINE)
    text = re.sub(r"\{[^}]*\}", " ", text)
    return re.sub(r"[+#\s]", "", token.sub(" ", re.sub(r"(?<=[\s(])[0-9]+\.+", "", " " + text)))


@_as_deep_as_the_parser_goes
def is_valid_graphql(text: str) -> bool:
    """graphql-core's parser, of nothing but operations and fragments."""
    graphql: Any = importlib.import_module("graphql")
    try:
        document = graphql.parse(text)
    except graphql.GraphQLError as error:
        return "nested too deeply" in error.message
    return all(isinstance(definition, graphql.ExecutableDefinitionNode) for definition in document.definitions)


@_as_deep_as_the_parser_goes
def is_valid_c_expression(text: str) -> bool:
    """pycparser, in the place of a returned value, after C's rule that a slash and a star begin a comment."""
    pycparser: Any = importlib.import_module("pycparser")
    outside = re.sub(r"""'(?:[^'\\\n]|\\.)+'|"(?:[^"\\\n]|\\.)*\"""", "s", text)
    if "/*" in outside or "//" in outside or not text.strip():
        return False
    source = "int f(void) { return " + re.sub("[\r\n]", " ", text) + "; }"
    try:
        tree = pycparser.CParser().parse(source)
    except pycparser.c_parser.ParseError:
        return False
    return len(tree.ext) == 1 and len(tree.ext[0].body.block_items) == 1


def is_valid_xml_elements(text: str) -> bool:
    """Expat, which wants start and end tags to match."""
    try:
        expat.ParserCreate().Parse(text.encode("utf-8"), True)
    except expat.ExpatError:
        return False
    return True


_TAG: Final = re.compile(
    r"""<!--.*?--> | <!\[CDATA\[.*?\]\]> | <\?.*?\?> | <!DOCTYPE[^>\[]*>
    | </(?P<end>[^\s<>/]+)\s*>
    | <(?P<start>[^\s<>/!?]+)(?P<attributes>(?:\s+[^\s=<>]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(?P<empty>/?)>""",
    re.VERBOSE | re.DOTALL,
)


def is_valid_xml(text: str) -> bool:
    """Expat. An end tag of any name ends an element, and an attribute may come again: both get other names first."""
    pieces = []
    position = 0
    elements: list[str] = []
    numbers = itertools.count()
    for tag in _TAG.finditer(text):
        piece = tag[0]
        if tag["start"]:
            if not tag["empty"]:
                elements.append(tag["start"])
            piece = re.sub(r"""\s*=\s*("[^"]*"|'[^']*')""", lambda value: f"-{next(numbers)}{value[0]}", piece)
        elif tag["end"] and elements and is_valid_xml_elements(f"<{tag['end']}/>"):
            piece = f"</{elements.pop()}>"
        pieces += [text[position : tag.start()], piece]
        position = tag.end()
    return is_valid_xml_elements("".join(pieces) + text[position:])


def is_valid_regex(text: str) -> bool:
    """QuickJS, in Unicode mode. More groups than it counts pass."""
    verdict = str(_quickjs_verdict()(text))
    return verdict in ("valid", "SyntaxError: too many captures", "SyntaxError: stack overflow")


@functools.cache
def _quickjs_verdict() -> Any:
    context: Any = importlib.import_module("quickjs").Context()
    return context.eval("(text => { try { new RegExp(text, 'u'); return 'valid'; } catch (e) { return String(e); } })")


@_as_deep_as_the_parser_goes
def is_valid_yaml(text: str) -> bool:
    """PyYAML, which knows YAML 1.1 and keeps the last one of keys that repeat."""
    yaml: Any = importlib.import_module("yaml")
    try:
        return isinstance(yaml.safe_load(text), dict | list)
    except (yaml.YAMLError, ValueError):
        return False


def is_valid_yaml_two_spaces(text: str) -> bool:
    return is_valid_yaml(text)
