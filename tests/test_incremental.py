"""A run changes what its deliveries touch, and comes to what a rebuild comes to.

Belongs here: second and third runs on a warehouse that is there, held against a rebuild
of the same lake. Does not belong here: which delivery ought to count
(test_counting_deliveries.py).
"""

import os
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from conftest import PROJECT, Installation

from dagster_project.warehouse import start_build

FULL = os.environ.get("KLANTBEELD_TEST_FULL") == "1"
MAIL = "vutg/mail_survey/mailenquete_2023-H1"
SURVEY = (
    "respons_id;datum;kanaal;meting;dienst;snelheid;algemeen;aanbeveling;"
    "verbeterpunten;opmerking\n"
) + "".join(
    ";".join(
        (
            f"r{n}",
            f"{1 + n % 28:02d}/05/2024",
            "mail",
            "lezers",
            "grond" if n % 3 else "",
            str(1 + n % 5),
            "n.v.t." if n % 7 == 0 else str(1 + n % 4),
            str(n % 11),
            "sneller antwoord" if n % 2 else "",
            "Het duurde te lang." if n % 4 else "",
        )
    )
    + "\n"
    for n in range(80)
)
CONTACTS = (
    "datum;lijn;onderwerp;kanaal;aangeboden;beantwoord;wachttijd_s\n"
    "03/06/2024;mest;aangifte;telefoon;120;{answered};900\n"
    "04/06/2024;mest;aangifte;telefoon;80;71;\n"
)


def new(place: Installation) -> None:
    place.land("vlm/survey_response/lezers_2024-05.csv", SURVEY)
    place.land("vlm/contact_count/contacten_2024-06.csv", CONTACTS.format(answered=100))


def corrected(place: Installation) -> None:
    """Fewer respondents in the one, another count in the other."""
    lines = (PROJECT / "seeds/feeds" / f"{MAIL}.csv").read_bytes().splitlines(True)
    place.land(f"{MAIL}__v2.csv", b"".join(lines[:-150]))
    place.land(
        "vlm/contact_count/contacten_2024-06__v2.csv", CONTACTS.format(answered=99)
    )


def late_under_an_old_name(place: Installation) -> None:
    """The agency merged in 2023; these are its complaints of 2020."""
    register = PROJECT / "seeds/feeds/azg/complaint_register/klachten_2021.csv"
    text = (
        register.read_text(encoding="utf-8")
        .replace("-2021", "-2020")
        .replace("-2022", "-2021")
    )
    place.land("azg/complaint_register/klachten_2020.csv", text)


def withdrawn(place: Installation) -> None:
    place.land(f"{MAIL}__v2.csv.withdrawn", "per vergissing geleverd\n")
    place.land("vlm/survey_response/lezers_2024-05.csv.withdrawn", "verkeerde lezers\n")


Event = Callable[[Installation], None]

# Runs after the first, with what lands before each.
SEQUENCES: list[list[list[Event]]] = [
    [[new, corrected], [late_under_an_old_name, withdrawn]],
    [[late_under_an_old_name], [corrected], [new], [withdrawn]],
    [[corrected, late_under_an_old_name, new, withdrawn], []],
]


def rebuilt(place: Installation, folder: Path) -> Installation:
    """The same lake, and a warehouse made from nothing."""
    copy = place.copy(folder)
    process = copy.klantbeeld("run", "--rebuild")
    assert process.returncode == 0, process.stdout + process.stderr
    assert all(is_changed for _, is_changed in ordinals(copy).values())
    return copy


def compare(place: Installation, judge: Installation) -> dict[str, int]:
    """Rows of each mart, which must be those of the judge; ordinals as deliveries."""
    counts = {}
    with duckdb.connect() as connection:
        for name, one in (("one", place), ("other", judge)):
            path = one.home / "warehouse.duckdb"
            connection.execute(f"attach '{path}' as {name} (read_only)")
        marts = connection.execute(
            "select table_name, bool_or(column_name = 'delivery_ordinal')"
            " from duckdb_columns() where database_name = 'other'"
            " and schema_name = 'marts' group by all order by all"
        ).fetchall()
        for mart, has_ordinal in marts:
            one, other = (
                f"(select ordinals.delivery_id, facts.* exclude (delivery_ordinal)"
                f" from {name}.marts.{mart} as facts"
                f" join {name}.intermediate.int_delivery_ordinals as ordinals"
                " using (delivery_ordinal))"
                if has_ordinal
                else f"(from {name}.marts.{mart})"
                for name in ("one", "other")
            )
            ((count, more, less),) = connection.execute(
                f"select (select count(*) from {other}),"
                f" (select count(*) from (from {one} except all from {other})),"
                f" (select count(*) from (from {other} except all from {one}))"
            ).fetchall()
            assert (mart, more, less) == (mart, 0, 0)
            counts[mart] = count
    return counts


def ordinals(place: Installation) -> dict[str, tuple[int, bool]]:
    """The number of each delivery, and whether the last run made its facts anew."""
    with duckdb.connect(str(place.home / "warehouse.duckdb"), read_only=True) as base:
        found = base.sql(
            "select delivery_id, delivery_ordinal, is_changed"
            " from intermediate.int_delivery_ordinals"
        ).fetchall()
    return {delivery: (ordinal, changed) for delivery, ordinal, changed in found}


@pytest.mark.parametrize("sequence", SEQUENCES if FULL else SEQUENCES[:1])
def test_later_runs_come_to_what_a_run_from_nothing_comes_to(
    house: Installation, tmp_path: Path, sequence: list[list[Event]]
) -> None:
    place = house.copy(tmp_path)
    for number, events in enumerate(sequence):
        before = ordinals(place)
        for event in events:
            event(place)
        process = place.klantbeeld("run")
        assert process.returncode == 0, process.stdout + process.stderr
        after = ordinals(place)
        # Numbers are kept; beside what landed only what it replaces is made anew.
        assert {key: after[key][0] for key in before} == {
            key: ordinal for key, (ordinal, _) in before.items()
        }
        changed = {key for key, (_, is_changed) in after.items() if is_changed}
        if events:
            assert set(after) - set(before) <= changed
            assert len(changed) <= 2 * len(events) + 1
        if FULL or number == len(sequence) - 1:
            judge = rebuilt(place, tmp_path / f"judge{number}")
            counts = compare(place, judge)
            assert counts["fct_survey_answer"] > 10_000
            assert counts["fct_complaint"] > 300


def test_another_project_builds_from_nothing(
    house: Installation, project_copy: Path, tmp_path: Path
) -> None:
    place = house.copy(tmp_path)
    start_build(place.settings)
    assert place.settings.building.is_file()
    changed = Installation(place.home, place.landing, project_copy).settings
    start_build(changed)
    assert place.settings.building.is_file(), "the same project elsewhere"
    aspects = project_copy / "seeds" / "reference" / "aspects.csv"
    aspects.write_text(aspects.read_text() + "\n")
    start_build(changed)
    assert not place.settings.building.exists()
