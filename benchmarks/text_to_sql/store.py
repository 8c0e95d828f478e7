"""A music shop's database, made here: eleven tables like those of the Chinook sample, filled by a fixed seed.

Every text and number is drawn from the short lists below, so that results have repeated and missing values, ties and
nulls as a shop's have.
"""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path
from typing import Final

__all__ = ["DDL", "filled"]

DDL: Final = (Path(__file__).parent / "store.sql").read_text("utf-8")

_COUNTRIES: Final = ("Brazil", "Canada", "France", "Germany", "Norway", "Portugal", "USA")
_CITIES: Final = ("Berlin", "Lisbon", "Montreal", "Oslo", "Paris", "Porto Alegre", "Seattle")
_FIRST: Final = ("Ana", "Boris", "Carla", "Dag", "Eva", "Finn", "Greta", "Hugo", "Ines", "Jonas", "Kira", "Leo")
_LAST: Final = ("Almeida", "Berg", "Costa", "Dubois", "Eriksen", "Fischer", "Garcia", "Hansen", "Ito", "Jensen")
_WORDS: Final = ("Blue", "Night", "River", "Stone", "Golden", "Winter", "Broken", "Electric", "Silent", "Northern")
_THINGS: Final = ("Road", "Dream", "Letters", "Garden", "Machine", "Harbour", "Sky", "Mirror", "Fire", "Waltz")
_GENRES: Final = ("Rock", "Jazz", "Metal", "Classical", "Blues", "Pop", "Reggae")
_MEDIA: Final = ("MPEG audio file", "AAC audio file", "Protected AAC audio file")
_LISTS: Final = ("Music", "Party", "Grunge", "Heavy Metal Classic", "Quiet Evenings")
_TITLES: Final = ("General Manager", "Sales Manager", "Sales Support Agent", "IT Staff")


def filled() -> sqlite3.Connection:
    """The database, in memory; the same each time."""
    chance = random.Random(7)
    database = sqlite3.connect(":memory:")
    database.executescript(DDL)

    def fill(table: str, rows: list[tuple[object, ...]]) -> None:
        marks = ", ".join("?" * len(rows[0]))
        database.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)

    def title() -> str:
        return f"{chance.choice(_WORDS)} {chance.choice(_THINGS)}"

    fill("artist", [(n, f"The {title()}s", chance.choice((*_COUNTRIES, None))) for n in range(1, 41)])
    fill(
        "album", [(n, title(), chance.randint(1, 40), chance.choice((None, *range(1975, 2014)))) for n in range(1, 91)]
    )
    fill("genre", list(enumerate(_GENRES, 1)))
    fill("media_type", list(enumerate(_MEDIA, 1)))
    composers = (None, None, *(f"{chance.choice(_FIRST)} {chance.choice(_LAST)}" for _ in range(15)))
    lengths = range(90_000, 600_000, 1_000)
    fill(
        "track",
        [
            (
                n,
                title(),
                chance.choice((None, *range(1, 91))),
                chance.randint(1, 3),
                chance.choice((None, *range(1, 7))),  # of the last genre there are none
                chance.choice(composers),
                chance.choice(lengths),
                chance.choice((0.99, 0.99, 1.99)),
            )
            for n in range(1, 401)
        ],
    )
    fill("playlist", list(enumerate(_LISTS, 1)))
    pairs = sorted({(chance.randint(1, 4), chance.randint(1, 400)) for _ in range(300)})
    fill("playlist_track", [*pairs])
    fill(
        "employee",
        [
            (n, chance.choice(_FIRST), chance.choice(_LAST), _TITLES[min(n - 1, 2) if n < 7 else 3],
             (n + 1) // 3 or None, f"20{chance.randint(10, 22)}-0{chance.randint(1, 9)}-14", chance.choice(_CITIES))
            for n in range(1, 9)
        ],
    )  # fmt: skip
    fill(
        "customer",
        [
            (n, chance.choice(_FIRST), chance.choice(_LAST), chance.choice((None, f"customer{n}@example.org")),
             chance.choice(_CITIES), chance.choice(_COUNTRIES), chance.choice((None, 3, 4, 5)))
            for n in range(1, 61)
        ],
    )  # fmt: skip
    invoices = [
        (n, chance.randint(1, 55), f"20{chance.randint(19, 23)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}",
         chance.choice(_COUNTRIES), round(chance.uniform(0.99, 25), 2))
        for n in range(1, 251)
    ]  # fmt: skip
    fill("invoice", [*invoices])
    lines = [
        (n, chance.randint(1, 250), chance.randint(1, 400), chance.choice((0.99, 1.99)), chance.randint(1, 3))
        for n in range(1, 901)
    ]
    fill("invoice_line", [*lines])
    database.commit()
    return database
