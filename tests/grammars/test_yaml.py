"""yaml.lark and yaml_two_spaces.lark against PyYAML, on the files of installed packages."""

from __future__ import annotations

import re

import pytest

from tests.grammars.oracles import is_valid_yaml
from tests.grammars.realtexts import texts
from tests.grammars.recognise import accepts
from tests.grammars.sentences import sentences

# What both layouts have.
_ACCEPTED = [
    "a: 1\n",
    "---\na: b c # d\n\n# e\nf:\n",
    "american:\n- Boston Red Sox\n- Detroit Tigers\nnational:\n  - New York Mets\n",
    "- Mark McGwire\n- -12.5\n- ~\n-\n- 'it''s'\n- \"\\u263A \\x41\\n\"\n",
    "a:\n  b:\n    c: d\n  e: f\ng: h\n",
    "-\n  a: 1\n  b: 2\n-\n  - x\n",
    "- a: 1\n- b: [c, d]\n",
    "Mark McGwire: {hr: 65, avg: 0.278, \"x y\": ['', [ ]]}\n",
    "a: |\n  b\n\n  # c\n    d: e\n  f\ng: >-\n  h\n",
    "date: 2001-12-14\nat: 2001-12-14T21:59:43.1Z\ntime: 10:30\nurl: http://example.com/#a:b\n",
    "a: b:c\nd-e: f#g\nh: <=2 =x ./y\n",
    "a:\r\n  - b\r\n",
    "é: 日本 😀\n",
    "a, b: c, d\n",
]
_REJECTED = [
    "",
    "\n",
    "a\n",
    "a:1\n",
    "a: b: c\n",
    "a: 1\n  b: 2\n",
    "a:\n  b: 1\n c: 2\n",
    "a:\nb:\n    c: 1\n  d: 2\n",
    "- a\nb: 1\n",
    "a: 1\n- b\n",
    "a: -\n",
    "a: - b\n",
    "a: @b\n",
    "a: `b\n",
    "a: %b\n",
    "a: *b\n",
    "a: !b c\n",
    "a: [b\n",
    "a: [b}\n",
    "a: {b: c\n",
    "a: [b, , c]\n",
    "a: 'b\n",
    "a: 'b' c\n",
    'a: "\\q"\n',
    'a: "\\ud800"\n',
    'a: "\\U00110000"\n',
    "a: b\x00\n",
    "a: \x85\n",
    "a: 2001-02-30\n",
    "a: 2001-13-01T10:00:00\n",
    "a: 0x_\n",
    "a: <<\n",
    "a: =\n",
    "\ta: 1\n",
    "a:\n\tb: 1\n",
    "a: |\nb\n",
    "a: | b\n",
    "a: 1\n---\nb: 2\n",
    "%YAML 1.2\n---\na: 1\n",
]

_BESIDE_A_DASH = """# steps
steps:
  - name: Build # first
    run: |
      make

      make install
    env: {A: b}
  - - 1
    - - 2
      -
        x:
        - y
  # last
  - name: Test
    with:
      a: b
        # deep
end:"""


@pytest.mark.parametrize("text", _ACCEPTED)
@pytest.mark.parametrize("grammar", ["yaml.lark", "yaml_two_spaces.lark"])
def test_accepted(grammar: str, text: str) -> None:
    assert accepts(grammar, text)
    assert is_valid_yaml(text)


@pytest.mark.parametrize("text", _REJECTED)
@pytest.mark.parametrize("grammar", ["yaml.lark", "yaml_two_spaces.lark"])
def test_rejected(grammar: str, text: str) -> None:
    assert not accepts(grammar, text)


def test_any_width_is_accepted() -> None:
    text = "a:\n     b:\n      - c\n      -\n                d: e\n     f: |\n      g\n        h\n      i\n"
    assert is_valid_yaml(text)
    assert accepts("yaml.lark", text)
    assert not accepts("yaml_two_spaces.lark", text)


def test_blocks_that_begin_beside_a_dash_are_accepted_with_two_spaces() -> None:
    assert is_valid_yaml(_BESIDE_A_DASH)
    assert accepts("yaml_two_spaces.lark", _BESIDE_A_DASH)
    for text in (
        _BESIDE_A_DASH.replace("    run", "     run"),
        _BESIDE_A_DASH.replace("    run", "   run"),
        _BESIDE_A_DASH.replace("    - - 2", "   - - 2"),
    ):
        assert not is_valid_yaml(text)
        assert not accepts("yaml_two_spaces.lark", text)


def test_entries_of_installed_files_are_accepted() -> None:
    entries: list[str] = []
    whole = 0
    for _, text in texts(".yaml", at_least=3, max_bytes=1_000_000):
        whole += accepts("yaml.lark", text)
        found = [entry for entry in re.split(r"^(?=[^ \n#}\]])", text, flags=re.MULTILINE) if len(entry) < 500]
        # Block scalars of another width than two are left out.
        entries += [entry for entry in found if is_valid_yaml(entry) and not re.search(r"[|>]\n {5}", entry)][:15]
    assert whole >= 1
    assert len(entries) >= 60
    for entry in entries:
        assert accepts("yaml_two_spaces.lark", entry), entry


@pytest.mark.parametrize("grammar", ["yaml.lark", "yaml_two_spaces.lark"])
def test_random_texts_are_valid(grammar: str) -> None:
    for text in sentences(grammar, 200):
        assert is_valid_yaml(text), text
