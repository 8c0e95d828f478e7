"""pgn.lark against the standard and python-chess, on games that were played."""

from __future__ import annotations

import importlib
import io
from typing import Any

import pytest

from tests.grammars.oracles import is_valid_pgn
from tests.grammars.recognise import accepts
from tests.grammars.sentences import sentences

pgn: Any = importlib.import_module("chess.pgn")

# Anderssen and Kieseritzky 1851, Anderssen and Dufresne 1852, Morphy and the Duke of Brunswick with Count Isouard 1858,
# and Kasparov and Topalov 1999.
_GAMES = [
    """[Event "Casual Game"]
[Site "London ENG"]
[Date "1851.06.21"]
[Round "-"]
[White "Adolf Anderssen"]
[Black "Lionel Kieseritzky"]
[Result "1-0"]
[ECO "C33"]

1. e4 e5 2. f4 exf4 3. Bc4 Qh4+ 4. Kf1 b5 5. Bxb5 Nf6 6. Nf3 Qh6 7. d3 Nh5 8. Nh4
Qg5 9. Nf5 c6 10. g4 Nf6 11. Rg1 cxb5 12. h4 Qg6 13. h5 Qg5 14. Qf3 Ng8 15. Bxf4 Qf6
16. Nc3 Bc5 17. Nd5 Qxb2 18. Bd6 Bxg1 19. e5 Qxa1+ 20. Ke2 Na6 21. Nxg7+ Kd8
22. Qf6+ Nxf6 23. Be7# 1-0
""",
    """[Event "Berlin"]
[Site "Berlin GER"]
[Date "1852.??.??"]
[Round "?"]
[White "Adolf Anderssen"]
[Black "Jean Dufresne"]
[Result "1-0"]

1.e4 e5 2.Nf3 Nc6 3.Bc4 Bc5 4.b4 Bxb4 5.c3 Ba5 6.d4 exd4 7.O-O d3 8.Qb3 Qf6 9.e5 Qg6
10.Re1 Nge7 11.Ba3 b5 12.Qxb5 Rb8 13.Qa4 Bb6 14.Nbd2 Bb7 15.Ne4 Qf5 16.Bxd3 Qh5
17.Nf6+ gxf6 18.exf6 Rg8 19.Rad1 Qxf3 20.Rxe7+ Nxe7 21.Qxd7+ Kxd7 22.Bf5+ Ke8
23.Bd7+ Kf8 24.Bxe7# 1-0
""",
    """[Event "Paris"]
[Site "Paris FRA"]
[Date "1858.??.??"]
[White "Paul Morphy"]
[Black "Duke Karl / Count Isouard"]
[Result "1-0"]

1. e4 e5 2. Nf3 d6 3. d4 Bg4 {This is a weak move
already.} 4. dxe5 Bxf3 5. Qxf3 dxe5 6. Bc4 Nf6 7. Qb3 Qe7 8. Nc3 c6 9. Bg5 b5 10. Nxb5 cxb5
11. Bxb5+ Nbd7 12. O-O-O Rd8 13. Rxd7 Rxd7 14. Rd1 Qe6 15. Bxd7+ Nxd7 16. Qb8+ Nxb8 17. Rd8# 1-0
""",
    """[Event "Hoogovens"]
[Site "Wijk aan Zee NED"]
[Date "1999.01.20"]
[Round "4"]
[White "Garry Kasparov"]
[Black "Veselin Topalov"]
[Result "1-0"]

1. e4 d6 2. d4 Nf6 3. Nc3 g6 4. Be3 Bg7 5. Qd2 c6 6. f3 b5 7. Nge2 Nbd7 8. Bh6 Bxh6 9. Qxh6 Bb7
10. a3 e5 11. O-O-O Qe7 12. Kb1 a6 13. Nc1 O-O-O 14. Nb3 exd4 15. Rxd4 c5 16. Rd1 Nb6 17. g3 Kb8
18. Na5 Ba8 19. Bh3 d5 20. Qf4+ Ka7 21. Rhe1 d4 22. Nd5 Nbxd5 23. exd5 Qd6 24. Rxd4 cxd4 25. Re7+ Kb6
26. Qxd4+ Kxa5 27. b4+ Ka4 28. Qc3 Qxd5 29. Ra7 Bb7 30. Rxb7 Qc4 31. Qxf6 Kxa3 32. Qxa6+ Kxb4
33. c3+ Kxc3 34. Qa1+ Kd2 35. Qb2+ Kd1 36. Bf1 Rd2 37. Rd7 Rxd7 38. Bxc4 bxc4 39. Qxh8 Rd3 40. Qa8 c3
41. Qa4+ Ke1 42. f4 f5 43. Kc1 Rd2 44. Qa7 1-0
""",
]
_ACCEPTED = [
    "*",
    "1. e4 *",
    "e4 e5 1/2-1/2\n\n\n*\n",
    '[Event "\\"\\\\"]\n\n1-0\n',
    '[A ""]\n[B_1   "é"]\n\n1.e4! 1...e5?? $1 {x} 2.exd8=N+!? (2.Nbxd7# $146 (2. O-O)) 0-1',
]
_REJECTED = [
    "",
    "1. e4",
    "1. *",
    "e4e5 *",
    "1. e4 e5 2. *",
    "1. e9 *",
    "1. i4 *",
    "1. e8 *",
    "1. e4=Q *",
    "1. e8=K *",
    "1. Pe4 *",
    "1. 0-0 *",
    "1. e4+# *",
    "1. e4 ( 1. d4) *",
    "1. e4 () *",
    "1. e4 (1. d4 *",
    "1. e4) *",
    "1. e4 {x *",
    "1. e4 {x}} *",
    "1. e4 $256 *",
    "1. e4 1-0 e5",
    "1. e4 2-0",
    "1. e4\n\ne5 *",
    '[Event "a"]',
    '[Event "a"]\n*',
    "[Event 'a']\n\n*",
    '[Event "a\n"]\n\n*',
    '[Event "\\n"]\n\n*',
    "[Event]\n\n*",
]


@pytest.mark.parametrize("text", _GAMES)
def test_games_that_were_played_are_accepted(text: str) -> None:
    game = pgn.read_game(io.StringIO(text))
    assert game and not game.errors
    assert is_valid_pgn(text)
    assert accepts("pgn.lark", text)


def test_several_games_and_what_python_chess_writes_of_them_are_accepted() -> None:
    text = "\n".join(_GAMES)
    assert accepts("pgn.lark", text)
    written = [str(pgn.read_game(io.StringIO(game))) for game in _GAMES]
    assert accepts("pgn.lark", "\n\n".join(written))


@pytest.mark.parametrize("text", _ACCEPTED)
def test_accepted(text: str) -> None:
    assert accepts("pgn.lark", text)
    assert is_valid_pgn(text)


@pytest.mark.parametrize("text", _REJECTED)
def test_rejected(text: str) -> None:
    assert not accepts("pgn.lark", text)


def test_random_texts_are_valid() -> None:
    for text in sentences("pgn.lark", 300):
        assert is_valid_pgn(text), text
