"""A wrong file is refused or its wrong rows are, in words that can be mailed.

At the door first, one file at a time; then one run with wrong files among good ones.
"""

import copy
import io
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
from conftest import PROJECT, Installation, Run

from dagster_project.contracts import load_feeds
from dagster_project.feeds import (
    Arrivals,
    Door,
    Outcome,
    find_arrivals,
    landing_state,
    load_agencies,
)

RESULT = (
    "periode;kanaal;aspect;dienst;entiteit;meting;tevreden_pct;neutraal_pct;"
    "ontevreden_pct;score_5;nps;aantal;bron;gepubliceerd_op"
)
COUNT = (
    "periode;maat;waarde;waarde_is;kanaal;dienst;entiteit;afbakening;bron;"
    "gepubliceerd_op"
)
FONS = PROJECT / "seeds/feeds/vutg/fons_results/fons_klanttevredenheid_2023-H1.xlsx"
ASPECTS = ("snelheid", "professionaliteit", "duidelijkheid", "aandacht")


def csv_text(header: str, rows: list[dict[str, str]]) -> str:
    names = header.split(";")
    lines = [header, *(";".join(row.get(name, "") for name in names) for row in rows)]
    return "\n".join(lines) + "\n"


def results(count: int = 12, **wrong: str) -> str:
    """A file of good published results, of which the second row differs."""
    channels = ("mail", "telefoon", "loket")
    rows = [
        {
            "periode": "2024-H1",
            "kanaal": channels[number % 3],
            "aspect": ASPECTS[number // 3],
            "tevreden_pct": "60,00%",
            "neutraal_pct": "15,00%",
            "ontevreden_pct": "25,00%",
            "score_5": "3,61",
            "aantal": "22166",
            "bron": "Jaarverslag 2024",
        }
        for number in range(count)
    ]
    rows[1] |= wrong
    return csv_text(RESULT, rows)


def counts(*values: str, **others: str) -> str:
    return csv_text(
        COUNT,
        [
            {
                "periode": str(2019 + number),
                "maat": "klachten_ontvangen",
                "waarde": value,
                "bron": "Jaarverslag",
            }
            | others
            for number, value in enumerate(values)
        ],
    )


def fons(place: str, value: str) -> bytes:
    """VUTG's own workbook with another text in one cell."""
    book = openpyxl.load_workbook(FONS)
    book["Resultaten"][place] = value
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


@dataclass(frozen=True)
class Reception:
    """A door with nothing behind it yet."""

    installation: Installation
    manifest: dict[str, Any]

    @property
    def arrivals(self) -> Arrivals:
        settings = self.installation.settings
        return find_arrivals(
            settings, load_feeds(self.manifest), load_agencies(settings)
        )

    def take_in(self) -> list[Outcome]:
        """One run of the door over all that has landed."""
        door = Door(self.installation.settings, load_feeds(self.manifest))
        door.prepare()
        return door.take_in(self.arrivals)

    def deliver(self, place: str, content: bytes | str) -> Outcome:
        """Land one file and take it in."""
        self.installation.land(place, content)
        (outcome,) = [
            outcome
            for outcome in self.take_in()
            if outcome.entry["file_name"] == Path(place).name
        ]
        return outcome

    def accepted(self, outcome: Outcome, columns: str) -> list[tuple[Any, ...]]:
        """What the lake holds of a delivery."""
        folder = self.installation.home / "lake" / "accepted"
        (path,) = folder.rglob(f"delivery={outcome.entry['delivery_id']}/part.parquet")
        return duckdb.sql(
            f"select {columns} from read_parquet('{path}') order by row_number"
        ).fetchall()


@pytest.fixture
def reception(tmp_path: Path, manifest: dict[str, Any]) -> Reception:
    landing = tmp_path / "landing"
    landing.mkdir()
    return Reception(Installation(tmp_path / "home", landing), manifest)


# -- one file at the door -------------------------------------------------------


def test_a_good_file_is_taken_in_whole(reception: Reception) -> None:
    outcome = reception.deliver("vlm/published_result/goed.csv", results())
    assert outcome.status == "accepted"
    assert outcome.is_new
    assert (outcome.entry["accepted_count"], outcome.entry["rejected_count"]) == (12, 0)


def test_a_link_or_a_pipe_is_named_and_never_opened(reception: Reception) -> None:
    folder = reception.installation.landing / "vlm" / "published_result"
    folder.mkdir(parents=True)
    secret = reception.installation.landing.parent / "elders.csv"
    secret.write_text(results())
    (folder / "link.csv").symlink_to(secret)
    (folder / "nergens.csv").symlink_to(folder / "bestaat_niet.csv")
    os.mkfifo(folder / "pijp.csv")
    assert landing_state(reception.installation.settings)
    assert reception.arrivals.landed == []
    assert len(reception.arrivals.unexpected) == 3


def test_the_contract_says_how_a_version_is_written(reception: Reception) -> None:
    manifest = copy.deepcopy(reception.manifest)
    (source,) = [
        source
        for source in manifest["sources"].values()
        if (source["source_name"], source["name"]) == ("standard", "published_result")
    ]
    words = source["config"]["meta"]["feed"]
    words["version"] = {"from": "file_name", "pattern": r"rev(\d+)"}
    told = replace(reception, manifest=manifest)
    outcome = told.deliver("vlm/published_result/cijfers_rev3.csv", results())
    assert outcome.entry["version_number"] == 3


@pytest.mark.parametrize(
    ("form", "text", "read"),
    [
        ("%b-%y", "mrt-24", "2024-03-01"),
        ("%b-%y", "Mar-24", "2024-03-01"),
        ("%B %Y", "oktober 2023", "2023-10-01"),
        ("%d %B %Y", "3 mei 2024", "2024-05-03"),
        ("%m/%d/%Y %I:%M %p", "3/4/2024 1:05 PM", "2024-03-04"),
    ],
)
def test_a_date_is_read_as_the_contract_writes_it_in_dutch_or_english(
    reception: Reception, form: str, text: str, read: str
) -> None:
    told = with_words(reception, "published_on", format=form)
    content = results(gepubliceerd_op=text)
    outcome = told.deliver("vlm/published_result/cijfers.csv", content)
    days = told.accepted(outcome, "published_on::varchar")
    assert (outcome.entry["rejected_count"], days[1]) == (0, (read,))


def test_a_month_that_is_none_is_refused_in_the_form_of_the_contract(
    reception: Reception,
) -> None:
    told = with_words(reception, "published_on", format="%d %B %Y")
    content = results(gepubliceerd_op="31 april 2024")
    outcome = told.deliver("vlm/published_result/cijfers.csv", content)
    (row,) = outcome.entry["rejected_rows"]
    assert row["reason"].endswith("geen bestaande datum in de vorm dd maand jjjj.")


@pytest.mark.parametrize("space", [" ", "\u00a0", "\u202f"])
def test_thousands_kept_apart_by_a_space_may_have_any_space(
    reception: Reception, space: str
) -> None:
    told = with_words(reception, "answer_count", group_char=" ")
    content = results(aantal=f"22{space}166")
    outcome = told.deliver("vlm/published_result/cijfers.csv", content)
    figures = told.accepted(outcome, "answer_count, answer_count_printed")
    assert figures[1] == (22166, f"22{space}166")


def with_words(reception: Reception, column: str, **words: str) -> Reception:
    """The contract of published results with other words for one column."""
    manifest = copy.deepcopy(reception.manifest)
    (source,) = [
        source
        for source in manifest["sources"].values()
        if (source["source_name"], source["name"]) == ("standard", "published_result")
    ]
    source["columns"][column]["config"]["meta"] |= words
    return replace(reception, manifest=manifest)


def test_a_file_without_a_required_column_is_refused_by_name(
    reception: Reception,
) -> None:
    content = results().replace("bron", "herkomst", 1)
    outcome = reception.deliver("vlm/published_result/zonder_bron.csv", content)
    assert outcome.status == "refused"
    (reason,) = outcome.entry["reasons"]
    assert "zonder_bron.csv" in reason
    assert "bron" in reason.replace("zonder_bron.csv", "")
    assert "kolom" in reason
    assert outcome.entry["accepted_count"] == 0
    lake = reception.installation.home / "lake"
    assert not list(lake.rglob(f"delivery={outcome.entry['delivery_id']}"))


WRONG_CELLS = {
    "a count with a point": ("aantal", "22.166", "geheel getal"),
    "a percent that is no number": ("tevreden_pct", "zestig", "percentage"),
    "a percent above 100": ("tevreden_pct", "103,00%", "maximum 100"),
    "a percent with a point": ("neutraal_pct", "15.5%", "percentage"),
    "a score of 7 on 5": ("score_5", "7", "maximum 5"),
    "an unknown aspect": ("aspect", "vriendelijkheid", "lijst"),
    "an unknown channel": ("kanaal", "postduif", "lijst"),
    "an unknown agency": ("entiteit", "bestaat-niet", "lijst"),
    "no period": ("periode", "voorjaar 2024", "periode"),
    "no date": ("gepubliceerd_op", "31/02/2024", "datum"),
}


@pytest.mark.parametrize(
    ("column", "value", "phrase"), WRONG_CELLS.values(), ids=list(WRONG_CELLS)
)
def test_a_wrong_cell_costs_its_row_and_the_reason_says_row_column_and_value(
    reception: Reception, column: str, value: str, phrase: str
) -> None:
    outcome = reception.deliver(
        "vlm/published_result/een_fout.csv", results(**{column: value})
    )
    entry = outcome.entry
    assert outcome.status == "accepted"
    assert (entry["accepted_count"], entry["rejected_count"]) == (11, 1)
    (rejected,) = entry["rejected_rows"]
    # The header is row 1, so the second row of figures is row 3.
    assert rejected["line"] == 3
    assert rejected["reason"].startswith(f'Rij 3, kolom "{column}" (“{value}”): ')
    assert phrase in rejected["reason"]


def test_an_empty_required_cell_costs_its_row(reception: Reception) -> None:
    outcome = reception.deliver("vlm/published_result/leeg_vak.csv", results(aspect=""))
    (rejected,) = outcome.entry["rejected_rows"]
    assert rejected["reason"].startswith('Rij 3, kolom "aspect": de cel is leeg')


def test_a_row_without_any_figure_is_rejected_with_what_to_fill_in(
    reception: Reception,
) -> None:
    nothing = dict.fromkeys(
        ("tevreden_pct", "neutraal_pct", "ontevreden_pct", "score_5"), ""
    )
    outcome = reception.deliver("vlm/published_result/kaal.csv", results(**nothing))
    (rejected,) = outcome.entry["rejected_rows"]
    assert "geen enkel cijfer" in rejected["reason"]
    assert "tevreden_pct" in rejected["reason"]


def test_more_wrong_rows_than_the_contract_allows_refuse_the_whole_delivery(
    reception: Reception,
) -> None:
    outcome = reception.deliver(
        "vlm/published_result/te_veel.csv", results(count=4, aantal="22.166")
    )
    entry = outcome.entry
    assert outcome.status == "refused"
    assert (entry["accepted_count"], entry["rejected_count"]) == (0, 4)
    (reason,) = entry["reasons"]
    assert "te_veel.csv: 1 van de 4 rijen (25 %)" in reason
    assert "10 %" in reason
    assert 'Rij 3, kolom "aantal" (“22.166”)' in reason


def test_22_166_in_waarde_is_22166_and_stays_as_printed(reception: Reception) -> None:
    outcome = reception.deliver(
        "vlm/published_count/zoals_gedrukt.csv",
        counts("22.166", "22166", "1.022.166,5", "21,56", "0"),
    )
    assert outcome.entry["rejected_count"] == 0
    assert reception.accepted(outcome, "value::double, value_printed") == [
        (22166.0, "22.166"),
        (22166.0, "22166"),
        (1022166.5, "1.022.166,5"),
        (21.56, "21,56"),
        (0.0, "0"),
    ]


@pytest.mark.parametrize("value", ["22.16", "2.2166", "22,166,000", "22 166 x", "-5"])
def test_a_value_that_can_be_read_in_two_ways_is_not_guessed(
    reception: Reception, value: str
) -> None:
    outcome = reception.deliver("vlm/published_count/dubbel.csv", counts(value))
    assert outcome.status == "refused"
    assert f"“{value}”" in outcome.entry["reasons"][0]


def test_a_wrong_cell_in_an_own_layout_is_named_with_its_sheet(
    reception: Reception,
) -> None:
    outcome = reception.deliver(
        "vutg/fons_results/fons_klanttevredenheid_2023-H1.xlsx", fons("B4", "zestig")
    )
    assert outcome.status == "refused", "one of eight rows is more than 10 %"
    (reason,) = outcome.entry["reasons"]
    assert 'Blad “Resultaten”, rij 4, kolom "Tevreden" (“zestig”)' in reason


def test_an_own_layout_without_one_of_its_blocks_is_refused(
    reception: Reception,
) -> None:
    outcome = reception.deliver(
        "vutg/fons_results/fons_klanttevredenheid_2023-H1.xlsx",
        fons("A9", "Dienstverlening per duif"),
    )
    assert outcome.status == "refused"
    assert "Telefonische dienstverlening" in outcome.entry["reasons"][0]


def test_an_own_layout_without_a_period_in_its_name_is_refused(
    reception: Reception,
) -> None:
    outcome = reception.deliver(
        "vutg/fons_results/fons_klanttevredenheid.xlsx", FONS.read_bytes()
    )
    assert outcome.status == "refused"
    assert "periode" in outcome.entry["reasons"][0]


NOT_A_TABLE = {
    "an empty file": ("leeg.csv", b"", "leeg"),
    "a header alone": ("kop.csv", (RESULT + "\n").encode(), "0 rijen"),
    "a text named .xlsx": ("tekst.xlsx", results().encode(), "tekst.xlsx"),
    "half a workbook": ("half.xlsx", FONS.read_bytes()[:3000], "half.xlsx"),
    "noise": ("ruis.csv", bytes(range(256)) * 40, "ruis.csv"),
}


@pytest.mark.parametrize(
    ("name", "content", "phrase"), NOT_A_TABLE.values(), ids=list(NOT_A_TABLE)
)
def test_what_is_no_table_is_refused_in_a_sentence(
    reception: Reception, name: str, content: bytes, phrase: str
) -> None:
    outcome = reception.deliver(f"vlm/published_result/{name}", content)
    assert outcome.status == "refused"
    (reason,) = outcome.entry["reasons"]
    assert name in reason
    assert phrase in reason
    assert reason.rstrip().endswith((".", "?"))
    assert "Traceback" not in reason
    assert "Error" not in reason


def test_an_extra_column_is_kept_out_and_told(reception: Reception) -> None:
    lines = results().splitlines()
    content = "\n".join(
        [lines[0] + ";telefoonnummer", *(line + ";0470123456" for line in lines[1:])]
    )
    outcome = reception.deliver("vlm/published_result/extra.csv", content)
    assert outcome.status == "accepted"
    assert "telefoonnummer" in " ".join(outcome.entry["notes"])
    assert (
        "telefoonnummer"
        not in duckdb.sql(
            "select * from read_parquet('{}')".format(
                next(
                    (reception.installation.home / "lake" / "accepted").rglob(
                        f"delivery={outcome.entry['delivery_id']}/part.parquet"
                    )
                )
            )
        ).columns
    )


def test_an_unknown_agency_and_an_unknown_feed_are_named_and_nothing_stops(
    reception: Reception,
) -> None:
    land = reception.installation.land
    land("onbekend/published_count/cijfers.csv", counts("5"))
    land("vlm/klachtenlijst/cijfers.csv", counts("5"))
    land("los_bestand.csv", counts("5"))
    land("vutg/fons_results/fons_2023-H1.csv", counts("5"))
    outcome = reception.deliver("vlm/published_count/goed.csv", counts("5"))
    assert outcome.status == "accepted"
    told = " ".join(reception.arrivals.unexpected)
    assert len(reception.arrivals.unexpected) == 4
    for name in (
        "onbekend/published_count/cijfers.csv",
        "vlm/klachtenlijst/cijfers.csv",
        "los_bestand.csv",
        "vutg/fons_results/fons_2023-H1.csv",
    ):
        assert name in told


def test_a_file_that_is_still_being_uploaded_is_left_alone(
    reception: Reception,
) -> None:
    reception.installation.land("vlm/published_count/cijfers.csv.part", counts("5"))
    assert reception.take_in() == []
    assert reception.arrivals.left_alone == ["vlm/published_count/cijfers.csv.part"]


def test_a_value_in_no_list_is_kept_as_their_own_and_told(
    reception: Reception,
) -> None:
    outcome = reception.deliver(
        "vlm/published_count/tellingen.csv", counts("12", dienst="Mestbank")
    )
    assert outcome.status == "accepted"
    assert outcome.entry["notes"] == [
        'kolom "dienst": overgenomen als eigen waarde, want niet in de lijst:'
        " “Mestbank”"
    ]


def test_a_marker_beside_a_file_withdraws_it_once_with_its_text_as_reason(
    reception: Reception,
) -> None:
    place = "vlm/published_count/tellingen.csv"
    delivered = reception.deliver(place, counts("12"))
    reception.installation.land(f"{place}.withdrawn", "Foute cijfers, zegt a@vlm.be\n")
    (again, withdrawal) = reception.take_in()
    assert (again.is_new, withdrawal.is_new) == (False, True)
    assert withdrawal.entry["withdraws"] == delivered.entry["delivery_id"]
    (reason,) = withdrawal.entry["reasons"]
    assert reason.startswith("Foute cijfers, zegt ")
    assert "a@vlm.be" not in reason
    assert [outcome.is_new for outcome in reception.take_in()] == [False, False]


def test_a_marker_with_no_file_beside_it_is_told_and_withdraws_nothing(
    reception: Reception,
) -> None:
    reception.installation.land("vlm/published_count/weg.csv.withdrawn", "")
    assert reception.take_in() == []
    (told,) = reception.arrivals.unexpected
    assert "weg.csv lies beside it" in told


def test_a_refused_file_is_told_once_as_new_and_then_as_known(
    reception: Reception,
) -> None:
    first = reception.deliver("vlm/published_result/leeg.csv", b"")
    (second,) = reception.take_in()
    assert (first.is_new, second.is_new) == (True, False)
    assert second.entry["reasons"] == first.entry["reasons"]


def test_the_lake_keeps_the_reason_and_place_of_a_rejected_row_not_its_text(
    reception: Reception,
) -> None:
    outcome = reception.deliver(
        "vlm/published_result/een_fout.csv", results(aspect="vriendelijkheid")
    )
    (path,) = (reception.installation.home / "lake" / "rejected").rglob(
        f"delivery={outcome.entry['delivery_id']}/part.parquet"
    )
    relation = duckdb.sql(f"select * from read_parquet('{path}')")
    assert set(relation.columns) >= {"delivery_id", "sheet", "line", "reason"}
    assert not {"aspect", "aspect_code", "bron"} & set(relation.columns)
    assert relation.select("line", "reason").fetchall() == [
        (rejected["line"], rejected["reason"])
        for rejected in outcome.entry["rejected_rows"]
    ]


# -- a run with wrong files among good ones -------------------------------------


@dataclass(frozen=True)
class Weeks:
    """Three runs: wrong files came, nothing new came, a correction and a clash came."""

    wrong: Run
    repeated: Run
    corrected: Run
    answers: list[list[tuple[Any, ...]]]


FONS_ROWS = (
    "select * exclude (flags, comparability_key) from mart_satisfaction"
    " where agency_code = 'vutg' and basis = 'published' order by all"
)
STATUSES = (
    "select file_name, status, accepted_count, rejected_count, reasons"
    " from mart_delivery order by all"
)


@pytest.fixture(scope="module")
def weeks(house: Installation, tmp_path_factory: pytest.TempPathFactory) -> Weeks:
    place = house.copy(tmp_path_factory.mktemp("weeks"))
    runs = []

    def run() -> None:
        runs.append(Run(place, place.klantbeeld("run"), 0.0))
        answers.append(place.query(FONS_ROWS))

    answers = [house.query(FONS_ROWS)]
    wave = "vutg/fons_results/fons_klanttevredenheid_2023-H1"
    place.land(f"{wave}__v2.xlsx", fons("B4", "drieënzestig"))
    place.land(
        "departement-zorg/published_count/klachten_2024.csv",
        counts("140").replace(";bron;", ";herkomst;", 1),
    )
    place.land("vlm/published_result/bevraging.csv", results(aantal="22.166"))
    place.land("onbekend/published_count/cijfers.csv", counts("5"))
    place.land("vlm/klachtenlijst/cijfers.csv", counts("5"))
    run()
    answers.append(place.query(STATUSES))
    run()
    place.land(f"{wave}__v3.xlsx", fons("B4", "64,60%"))
    plan = "meting;periode;doelgroep\nlezers;2025-03;{}\n"
    place.land("vlm/planned_measurement/plan.csv", plan.format("wie belt"))
    place.land("vlm/planned_measurement/plan_bis.csv", plan.format("wie mailt"))
    run()
    answers.append(
        place.query(
            "select row_key, message_nl from mart_quality_finding where rule = 'K0'"
        )
    )
    return Weeks(*runs, answers)


def test_a_run_with_a_refused_delivery_ends_with_1(weeks: Weeks) -> None:
    assert weeks.wrong.process.returncode == 1, weeks.wrong.output


def test_the_run_names_each_refused_file_and_why(weeks: Weeks) -> None:
    output = weeks.wrong.output
    for name in (
        "vutg/fons_results/fons_klanttevredenheid_2023-H1__v2.xlsx",
        "departement-zorg/published_count/klachten_2024.csv",
    ):
        assert f"{name} was refused" in output
    assert 'Blad “Resultaten”, rij 4, kolom "Tevreden" (“drieënzestig”)' in output
    assert "bron" in output
    assert "vlm/published_result/bevraging.csv: 1 of 12 rows refused" in output


def test_the_run_says_what_to_do(weeks: Weeks) -> None:
    assert "ask for a corrected file" in " ".join(weeks.wrong.output.split())


def test_the_run_names_the_folders_that_no_contract_knows(weeks: Weeks) -> None:
    for name in ("onbekend/published_count/cijfers.csv", "vlm/klachtenlijst/cijfers"):
        assert f"not read: {name}" in weeks.wrong.output


def test_the_former_delivery_stays_in_the_marts(weeks: Weeks) -> None:
    before, after = weeks.answers[:2]
    assert len(before) == 32, "16 printed rows in two perimeters"
    assert after == before


def test_the_other_feeds_go_on(weeks: Weeks) -> None:
    statuses = {row[0]: row[1:] for row in weeks.answers[2]}
    assert statuses["bevraging.csv"][:3] == ("counts", 11, 1)
    status, accepted, rejected, reasons = statuses["klachten_2024.csv"]
    assert (status, accepted) == ("refused", 0)
    assert "bron" in reasons
    place = weeks.wrong.installation
    assert place.query(
        "select count(*) from mart_satisfaction where agency_code = 'vlm'"
        " and perimeter = 'as_reported'"
    ) == [(11,)]
    assert any(name.startswith("vlm_2024-H1") for name in place.workbooks())


def test_the_next_run_repeats_what_is_still_refused_and_ends_with_0(
    weeks: Weeks,
) -> None:
    repeated = weeks.repeated
    assert repeated.process.returncode == 0, repeated.output
    assert "Nothing new" in repeated.process.stdout
    assert (
        "still refused: vutg/fons_results/fons_klanttevredenheid_2023-H1__v2.xlsx"
        in repeated.output
    )
    assert "“drieënzestig”" in repeated.output
    assert "still refused: departement-zorg/published_count/klachten_2024.csv" in (
        repeated.output
    )


def test_the_next_run_repeats_which_folders_no_contract_knows(weeks: Weeks) -> None:
    assert "onbekend/published_count/cijfers.csv" in weeks.repeated.output


def test_a_corrected_file_under_a_higher_version_replaces_the_former(
    weeks: Weeks,
) -> None:
    place = weeks.corrected.installation
    assert place.query(
        "select satisfied_share from mart_satisfaction where agency_code = 'vutg'"
        " and basis = 'published'"
        " and perimeter = 'as_reported' and period_code = '2023-H1'"
        " and channel_code = 'mail' and aspect_code = 'snelheid'"
    ) == [(0.646,)]
    assert place.query(
        "select satisfied_pct_printed, version, is_latest_vintage"
        " from fct_published_result where period_code = '2023-H1'"
        " and channel_code = 'mail' and aspect_code = 'snelheid'"
        " and agency_code = 'vutg' order by version"
    ) == [("63,60%", 1, False), ("64,60%", 3, True)]


def test_two_deliveries_of_one_version_end_the_run_with_1_and_name_each_other(
    weeks: Weeks,
) -> None:
    assert weeks.corrected.process.returncode == 1, weeks.corrected.output
    assert " was refused:" not in weeks.corrected.output
    messages = [message for _, message in weeks.answers[-1]]
    assert len(messages) == 2
    for message in messages:
        assert "plan.csv" in message
        assert "plan_bis.csv" in message
        assert "__v2" in message
        assert message in " ".join(weeks.corrected.output.split())
