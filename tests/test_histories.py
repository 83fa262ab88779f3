"""What a set of deliveries comes to does not depend on how they came.

Belongs here: random histories of the same deliveries: in any order, again, under
another name, late, withdrawn, with runs in between. Does not belong here: which
delivery ought to count (test_counting_deliveries.py).
"""

import hashlib
import json
import os
import random
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import faulty
import pytest
from conftest import Installation

from dagster_project import reading
from dagster_project.contracts import STANDARD_SOURCE, Feed, load_feeds
from dagster_project.feeds import (
    Arrivals,
    Door,
    find_arrivals,
    load_agencies,
    load_ledger,
)
from dagster_project.warehouse import dbt_executable
from dagster_project.withdrawals import withdraw

FULL = os.environ.get("KLANTBEELD_TEST_FULL") == "1"
HISTORIES = 200 if FULL else 20
# So many histories of each set of deliveries, each in a home of its own.
TELLINGS = 4
SETS = HISTORIES // TELLINGS
SEED = 20240315
FEED = "vlm/planned_measurement"
HEADER = "meting;periode;doelgroep\n"
MONTHS = [f"2024-{month:02d}" for month in range(1, 7)]

# What happens at the door: a file lands, or the delivery with that content goes.
Event = tuple[str, str, str]


@dataclass(frozen=True)
class Delivered:
    """A file of a set, the other names it comes under, and whether it is withdrawn."""

    content: str
    names: tuple[str, ...]
    is_withdrawn: bool


def a_set(chance: random.Random) -> list[Delivered]:
    """Deliveries for a few months: first ones, corrections, late ones, refused ones."""
    deliveries = []
    for number in range(chance.randint(2, 6)):
        months = sorted(chance.sample(MONTHS, chance.randint(1, 3)))
        rows = chance.randint(1, 4)
        content = HEADER + "".join(
            f"lezers;{month};mark {number} {row}\n"
            for month in months
            for row in range(rows)
        )
        if chance.random() < 0.15:
            content += "lezers;januari;niet te lezen\n" * (3 * rows)
        version = chance.choice(("", "", "__v2", "__v3"))
        stated = chance.choice(("", "", "_20240301", "_20240702"))
        # What identifies a delivery is in each of its names.
        names = [
            f"{stem}{number}{stated}{version}.csv"
            for stem in ("plan", "een kopie", "z")
        ]
        chance.shuffle(names)
        deliveries.append(
            Delivered(
                content,
                tuple(names[: chance.randint(1, 3)]),
                chance.random() < 0.2,
            )
        )
    return deliveries


def a_history(deliveries: list[Delivered], chance: random.Random) -> list[Event]:
    """One of the ways in which these deliveries can come; ends in a run."""
    landings: list[Event] = []
    for delivery in deliveries:
        for name in delivery.names:
            again = chance.choice((1, 1, 2))
            landings += [("land", name, delivery.content)] * again
    chance.shuffle(landings)
    events: list[Event] = []
    for landing in landings:
        events.append(landing)
        if chance.random() < 0.3:
            events.append(("run", "", ""))
    events.append(("run", "", ""))
    for delivery in deliveries:
        if not delivery.is_withdrawn:
            continue
        # After its first arrival at the earliest; some come again after it went.
        came = next(i for i, e in enumerate(events) if e[2] == delivery.content)
        run = next(i for i in range(came, len(events)) if events[i][0] == "run")
        place = chance.randint(run + 1, len(events))
        events.insert(place, ("withdraw", "", delivery.content))
    return [*events, ("run", "", "")]


def play(
    place: Installation, feeds: tuple[Feed, ...], part: str, history: list[Event]
) -> None:
    """Let a history happen, in a part of its own."""
    settings = place.settings
    (feed,) = (f for f in feeds if (f.source, f.name) == (STANDARD_SOURCE, FEED[4:]))
    for event, name, content in history:
        if event == "land":
            place.land(f"{FEED}/{part}/{name}", content)
        elif event == "withdraw":
            ledger = load_ledger(settings)
            digest = hashlib.sha256(content.encode()).hexdigest()
            (delivery,) = (
                key
                for key, entry in ledger.items()
                if (entry["part"], entry["content_hash"]) == (part, digest)
                and entry["withdraws"] is None
            )
            withdraw(settings, ledger, delivery, "per vergissing geleverd")
        else:
            arrivals = find_arrivals(settings, [feed], load_agencies(settings))
            own = [one for one in arrivals.landed if one.part == part]
            Door(settings, feeds).take_in(Arrivals(landed=own))


@pytest.fixture(scope="module")
def homes(
    tmp_path_factory: pytest.TempPathFactory, manifest: dict[str, Any]
) -> Iterator[list[Installation]]:
    """Each home has every set, told in another way."""
    feeds = load_feeds(manifest)
    sets = [a_set(random.Random(f"{SEED} {number}")) for number in range(SETS)]
    told = []
    with pytest.MonkeyPatch.context() as patch:
        # Thousands of small files: no interpreter of its own for each.
        patch.setattr(
            reading,
            "_in_child",
            faulty.read_here,
        )
        for telling in range(TELLINGS):
            chance = random.Random(f"{SEED} told {telling}")
            folder = tmp_path_factory.mktemp(f"telling{telling}")
            place = Installation(folder / "home", folder / "landing")
            Door(place.settings, feeds).prepare()
            for number in chance.sample(range(SETS), SETS):
                play(place, feeds, f"{number:03d}", a_history(sets[number], chance))
            told.append(place)
    yield told


def content(place: Installation) -> dict[str, bytes]:
    """Archive, ledger and lake; the log of arrivals alone knows when what came."""
    return {
        str(path.relative_to(place.home)): path.read_bytes()
        for layer in ("archive", "lake")
        for path in (place.home / layer).rglob("*")
        if path.is_file() and path.name != "arrivals.jsonl"
    }


def test_every_history_of_a_set_gives_the_same_archive_ledger_and_lake(
    homes: list[Installation],
) -> None:
    first, *others = (content(place) for place in homes)
    entries = [
        json.loads(text) for name, text in first.items() if "/deliveries/" in name
    ]
    print(f"\n{HISTORIES} histories of {SETS} sets, {len(entries) - 1} deliveries")
    statuses = {entry["status"] for entry in entries}
    assert statuses == {"none", "accepted", "refused", "withdrawal"}
    for number, other in enumerate(others, start=1):
        assert other.keys() == first.keys()
        differing = {
            name: (first[name], other[name])
            for name in first
            if first[name] != other[name]
        }
        assert not differing, f"home {number}"


def test_of_the_names_of_a_delivery_the_first_in_the_alphabet_is_shown(
    homes: list[Installation],
) -> None:
    place = homes[0]
    names: dict[tuple[str, str], list[str]] = {}
    for path in place.landing.rglob("*.csv"):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        names.setdefault((path.parent.name, digest), []).append(path.name)
    for entry in load_ledger(place.settings).values():
        came = names[entry["part"], entry["content_hash"]]
        assert entry["file_name"] == min(came)


@pytest.mark.skipif(not FULL, reason="two builds; asked for by KLANTBEELD_TEST_FULL=1")
def test_every_history_of_a_set_makes_the_same_rows_count(
    homes: list[Installation], tmp_path: Path
) -> None:
    # Their lakes are equal; that the models are a function of it, two can show.
    counting = [build(place, tmp_path / place.home.parent.name) for place in homes[:2]]
    assert counting[0]
    assert counting[0] == counting[1]


def build(place: Installation, folder: Path) -> list[tuple[Any, ...]]:
    """The rows that count in a home, as the models say."""
    settings = place.settings
    settings.building.parent.mkdir(parents=True)
    project = str(settings.dbt_project)
    process = subprocess.run(
        [
            dbt_executable(),
            "build",
            *("--project-dir", project, "--profiles-dir", project),
            *("--target-path", str(folder / "target")),
            *("--log-path", str(folder / "logs")),
            *("--exclude-resource-type", "test"),
            *("--select", "+fct_planned_measurement", "+mart_delivery"),
        ],
        env={**os.environ, **settings.environment()},
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stdout[-4000:]
    with duckdb.connect(str(settings.building), read_only=True) as connection:
        return connection.sql(
            "select part, delivery_id, mart_delivery.status, facts.period_code,"
            " target_group from marts.mart_delivery"
            " left join marts.fct_planned_measurement as facts using (delivery_id)"
            " order by all"
        ).fetchall()
