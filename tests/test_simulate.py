"""The sample deliveries: what they promise, read by readers that are not the door's."""

import csv
import json
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
from conftest import PROJECT, Installation
from hypothesis import given
from hypothesis import strategies as st

from dagster_project import simulate
from dagster_project.contracts import ContractError, load_feeds
from dagster_project.feeds import Door, find_arrivals, load_agencies
from dagster_project.personal_data import scan
from dagster_project.simulate_files import Written

FEEDS = PROJECT / "seeds" / "feeds"
CHANNELS = {"fons-mail": "mail", "fons-telefoon": "telefoon"}
Answers = dict[tuple[str, str], dict[str, list[int]]]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> list[Written]:
    return simulate.simulate(tmp_path_factory.mktemp("simulated"))


# -- readers of the test's own ------------------------------------------------------


def csv_rows(
    path: Path, encoding: str, delimiter: str, skip: int = 0
) -> Iterator[dict[str, str]]:
    with path.open(encoding=encoding, newline="") as stream:
        for _ in range(skip):
            next(stream)
        yield from csv.DictReader(stream, delimiter=delimiter)


def sheet_rows(path: Path) -> Iterator[dict[str, Any]]:
    book = openpyxl.load_workbook(path, read_only=True)
    rows = book[book.sheetnames[0]].iter_rows(values_only=True)
    titles: tuple[Any, ...] = ()
    for row in rows:
        if titles:
            yield dict(zip(titles, row, strict=True))
        elif sum(cell is not None for cell in row) > 1:
            titles = row
    book.close()


def fons_answers(folder: Path) -> Answers:
    """Valid answers per wave and channel: the four aspects, and recommendation."""
    answers: Answers = {}
    for path in sorted((folder / "vutg" / "mail_survey").iterdir()):
        rows = list(csv_rows(path, "cp1252", ";"))
        wave = answers.setdefault((path.stem[-7:], "mail"), {})
        for aspect, title in simulate.ASPECTS.items():
            wave[aspect] = [int(row[title]) for row in rows]
        recommended = [row["Zou u FONS aanbevelen (0-10)?"] for row in rows]
        wave["nps"] = [int(text) for text in recommended if text != "n.v.t."]
    for path in sorted((folder / "vutg" / "phone_survey").iterdir()):
        titles = [
            f"Toets {n}: {aspect}" for n, aspect in enumerate(simulate.ASPECTS, 1)
        ]
        rows = [row for row in sheet_rows(path) if max(row[t] for t in titles) <= 5]
        wave = answers.setdefault((path.stem[-7:], "telefoon"), {})
        for aspect, title in zip(simulate.ASPECTS, titles, strict=True):
            # Key 1 is the best.
            wave[aspect] = [6 - row[title] for row in rows]
        wave["nps"] = [row["Aanbeveling"] for row in rows]
    return answers


def published() -> dict[tuple[str, str, str], tuple[float, ...]]:
    """The published tables, from the sample delivery of VUTG."""
    found = {}
    aspects = {title: aspect for aspect, title in simulate.ASPECTS.items()}
    for path in sorted((FEEDS / "vutg" / "fons_results").iterdir()):
        sheet = openpyxl.load_workbook(path).worksheets[0]
        channel = ""
        for row in sheet.iter_rows(values_only=True):
            first = " ".join(str(row[0] or "").split())
            if first.startswith(("Mail", "Telefonische")):
                channel = "mail" if first.startswith("Mail") else "telefoon"
            if first in aspects:
                figures = [str(cell).replace(",", ".").strip("% ") for cell in row[1:5]]
                key = (path.stem[-7:], channel, aspects[first])
                found[key] = tuple(map(float, figures))
    return found


def nps(values: list[int]) -> float:
    promoters = sum(value >= 9 for value in values)
    return 100 * (promoters - sum(value <= 6 for value in values)) / len(values)


# -- calibration --------------------------------------------------------------------


def check_calibration(folder: Path, factor: float) -> None:
    answers, figures = fons_answers(folder), published()
    assert len(figures) == 16
    for (period, channel, aspect), printed in figures.items():
        values = answers[period, channel][aspect]
        counts = Counter(values)
        assert set(counts) <= {1, 2, 3, 4, 5}
        whole = sum(printed[:3])
        boxes = [counts[4] + counts[5], counts[3], counts[1] + counts[2]]
        for box, share in zip(boxes, printed[:3], strict=True):
            goal = share if abs(whole - 100) < 1e-9 else 100 * share / whole
            assert abs(100 * box / len(values) - goal) <= 0.1, (period, channel, aspect)
        assert abs(sum(values) / len(values) - printed[3]) <= 0.01
    for period, goal in {"2022-H2": 31.15, "2023-H1": 22.95}.items():
        both = answers[period, "mail"]["nps"] + answers[period, "telefoon"]["nps"]
        assert set(both) <= set(range(11))
        assert abs(nps(both) - goal) <= 0.1
    for (instrument, period), count in simulate.ANSWERS.items():
        if instrument in CHANNELS:
            found = len(answers[period, CHANNELS[instrument]]["snelheid"])
            assert abs(found - factor * count) < 1


def test_calibrated_on_the_published_figures(written: list[Written]) -> None:
    check_calibration(written[0].path.parents[2], 1)


def test_calibrated_with_more_responses(tmp_path: Path) -> None:
    made = simulate.simulate(tmp_path, responses=20_000, seed=3)
    check_calibration(tmp_path, 2.5)
    answers = sum(
        file.row_count - file.refused_count
        for file in made
        if file.feed.endswith("_survey")
    )
    assert answers == 20_000


def test_answers_and_invitations_are_the_published_ones(written: list[Written]) -> None:
    path = written[0].path.parents[2] / "vutg/invitations/uitnodigingen.csv"
    rows = {
        (row["Kanaal"], row["Periode"]): row for row in csv_rows(path, "utf-8-sig", ";")
    }
    assert {
        key: (r["Uitgenodigd"], r["Volledig ingevuld"]) for key, r in rows.items()
    } == {
        ("e-mail", "2022-H2"): ("11.083", "1.108"),
        ("e-mail", "2023-H1"): ("7.057", "706"),
        ("telefoon", "2022-H2"): ("41.877", "838"),
        ("telefoon", "2023-H1"): ("130.631", "2.613"),
    }
    assumed = {
        key for key, row in rows.items() if row["Toelichting"].startswith("Aanname")
    }
    assert assumed == set(rows) - {("e-mail", "2023-H1")}
    for row in rows.values():
        counts = [
            int(row[title].replace(".", ""))
            for title in ("Contacten", "Uitgenodigd", "Bereikt", "Gestart")
        ]
        assert counts == sorted(counts, reverse=True)


@given(
    st.integers(1, 5000),
    st.lists(st.integers(1, 100), min_size=3, max_size=3),
    st.floats(0, 1),
)
def test_counts_add_up_and_have_any_possible_score(
    count: int, shares: list[int], lean: float
) -> None:
    up, middle, down = (100 * share / sum(shares) for share in shares)
    lowest = (4 * up + 3 * middle + 1 * down) / 100
    score = lowest + lean * (up + down) / 100
    counts = simulate.answer_counts(count, up, middle, down, score)
    assert sum(counts) == count and min(counts) >= 0
    boxes = (counts[3] + counts[4], counts[2], counts[0] + counts[1])
    for box, share in zip(boxes, (up, middle, down), strict=True):
        assert abs(box - count * share / 100) <= 4
    total = sum(value * often for value, often in enumerate(counts, 1))
    # At the very edge of what is possible the boxes give way by one or two answers.
    assert abs(total - count * score) <= 6


@given(
    st.integers(1, 5000).flatmap(lambda n: st.tuples(st.just(n), st.integers(-n, n)))
)
def test_nps_counts_have_the_surplus(asked: tuple[int, int]) -> None:
    count, surplus = asked
    counts = simulate.nps_counts(count, surplus)
    assert len(counts) == 11 and sum(counts) == count and min(counts) >= 0
    assert sum(counts[9:]) - sum(counts[:7]) == surplus


# -- the files ----------------------------------------------------------------------


def test_same_seed_same_bytes(written: list[Written], tmp_path: Path) -> None:
    again = simulate.simulate(tmp_path / "again")
    other = simulate.simulate(tmp_path / "other", seed=2)
    texts = [
        [file.path.read_bytes() for file in made] for made in (written, again, other)
    ]
    assert texts[0] == texts[1]
    differs = [a != b for a, b in zip(texts[0], texts[2], strict=True)]
    invented = [
        not file.feed.endswith((".invitations", ".improvement_actions"))
        for file in written
    ]
    assert differs == invented


def test_the_sample_deliveries_are_what_the_command_writes(
    written: list[Written],
) -> None:
    folder = written[0].path.parents[2]
    for file in written:
        sample = FEEDS / file.path.relative_to(folder)
        assert sample.stat().st_size < 200_000
        assert content(sample) == content(file.path), sample.name


def content(path: Path) -> Any:
    """What a file says, however the library of the day compresses it."""
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as book:
            return {part: book.read(part) for part in book.namelist()}
    if path.suffix == ".parquet":
        return duckdb.read_parquet(str(path)).fetchall()
    return path.read_bytes()


def test_every_file_says_that_it_is_simulated(written: list[Written]) -> None:
    for file in written:
        said = content(file.path)
        if isinstance(said, dict):
            said = b" ".join(said.values())
        elif isinstance(said, list):
            said = json.dumps(said, default=str).encode()
        elif said.startswith(b"\xff\xfe"):
            said = said.decode("utf-16").encode()
        assert b"gesimuleerd" in said, file.path.name


def test_comments_hold_personal_data_of_nobody(written: list[Written]) -> None:
    path = written[0].path
    found: Counter[str] = Counter()
    for row in csv_rows(path, "cp1252", ";"):
        found += scan(row["Opmerking"])
        for born in re.findall(r"is (\d\d)\.\d\d\.\d\d-", row["Opmerking"]):
            assert born in ("00", "01")
        for mail in re.findall(r"@[\w.]*\w", row["Opmerking"]):
            assert mail == "@example.org"
    assert len(found) >= 4
    assert sum(found.values()) > 50


def test_too_many_or_too_few_responses_are_refused(tmp_path: Path) -> None:
    for responses in (simulate.MIN_RESPONSES - 1, simulate.MAX_RESPONSES + 1):
        with pytest.raises(ValueError, match="responses can be simulated"):
            simulate.simulate(tmp_path, responses)
    few = simulate.simulate(tmp_path, simulate.MIN_RESPONSES)
    assert all(file.row_count for file in few)


# -- at the door --------------------------------------------------------------------


def test_the_door_takes_every_file_with_the_designed_refusals(
    written: list[Written], manifest: dict[str, Any], tmp_path: Path
) -> None:
    landing = written[0].path.parents[2]
    settings = Installation(tmp_path / "home", landing).settings
    feeds = load_feeds(manifest)
    settings.lake.mkdir(parents=True)
    door = Door(settings, feeds)
    door.prepare()
    arrivals = find_arrivals(settings, feeds, load_agencies(settings))
    assert not arrivals.unexpected
    entries = {
        (f"{e['reporting_agency_code']}.{e['feed']}", e["file_name"]): e
        for e in (outcome.entry for outcome in door.take_in(arrivals))
    }
    assert len(entries) == len(written)
    for file in written:
        entry = entries[file.feed, file.path.name]
        assert entry["status"] == "accepted", entry["reasons"]
        assert entry["delivered_count"] == file.row_count
        assert entry["rejected_count"] == file.refused_count, file.path.name
        assert entry["is_simulated"]


def test_a_contract_must_say_which_column_tells(manifest: dict[str, Any]) -> None:
    unique_id = "source.klantbeeld.vutg.mail_survey"
    source = json.loads(json.dumps(manifest["sources"][unique_id]))
    del source["config"]["meta"]["feed"]["simulated"]["column"]
    with pytest.raises(ContractError, match=r"_vutg__sources.yml.*simulated"):
        load_feeds({"sources": {unique_id: source}})


# -- in the marts -------------------------------------------------------------------

Rows = Callable[[str], list[tuple[Any, ...]]]


def test_complaints_of_the_merged_agencies_are_the_published_ones(rows: Rows) -> None:
    for basis in ("computed", "published"):
        assert rows(
            f"""
            select period_code, received_count from mart_complaints
            where perimeter = 'current' and basis = '{basis}'
                and is_simulated = (basis = 'computed')
                and agency_code = 'departement-zorg' and service_code = 'alle'
                and complaint_line = 'EERSTELIJN' and period_grain = 'year'
            order by all
            """
        ) == [("2021", 142), ("2022", 159), ("2023", 127)]


def test_complaints_stand_under_the_agency_of_that_day(rows: Rows) -> None:
    found = rows(
        """
        select agency_code, min(period_code), max(period_code), sum(received_count)
        from mart_complaints
        where perimeter = 'as_reported' and basis = 'computed' and is_total
            and complaint_line = 'EERSTELIJN' and period_grain = 'month'
            and agency_code in ('azg', 'departement-wvg', 'departement-zorg')
        group by agency_code
        order by agency_code
        """
    )
    assert [(agency, count) for agency, *_, count in found] == [
        ("azg", 299),
        ("departement-wvg", 58),
        ("departement-zorg", 71),
    ]
    assert [last for _, _, last, _ in found[:2]] == ["2023-05", "2023-05"]
    assert found[2][1] == "2023-06"
    assert not rows(
        """
        select * from mart_complaints
        where perimeter = 'current' and basis = 'computed'
            and agency_code in ('azg', 'departement-wvg')
        """
    )


def test_a_service_moves_along_with_the_merger(rows: Rows) -> None:
    reported = dict(
        rows(
            """
            select agency_code, sum(received_count) from mart_complaints
            where perimeter = 'as_reported' and service_code = 'zorgkas'
                and complaint_line = 'EERSTELIJN' and period_grain = 'year'
            group by agency_code
            """
        )
    )
    assert set(reported) == {"azg", "departement-zorg"}
    assert rows(
        """
        select sum(received_count) from mart_complaints
        where perimeter = 'current' and agency_code = 'departement-zorg'
            and service_code = 'zorgkas' and complaint_line = 'EERSTELIJN'
            and period_grain = 'year'
        """
    ) == [(sum(reported.values()),)]


def test_totals_are_the_sums_of_their_rows(rows: Rows) -> None:
    counts = ["registered_count", "received_count", "grounded_count", "resolved_count"]
    counts += ["within_45_days_count", "over_45_days_count"]
    sums = ", ".join(
        f"sum({c}) filter (is_total) - sum({c}) filter (not is_total)" for c in counts
    )
    assert rows(
        f"""
        select distinct {sums} from mart_complaints where basis = 'computed'
        group by perimeter, agency_code, complaint_line, period_code
        """
    ) == [(0,) * len(counts)]
    assert not rows(
        """
        select * from mart_complaints where basis = 'computed' and (
            received_count <> admissible_count + inadmissible_count + to_be_judged_count
            or admissible_count <> grounded_count + partly_grounded_count
                + ungrounded_count + pending_count
            or registered_count <> received_count + not_complaint_count
            or is_total <> (service_code = 'alle') or not is_simulated)
        """
    )
