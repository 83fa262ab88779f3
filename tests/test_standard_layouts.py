"""A new agency in the standard layout: one row in agencies.csv, for every kind."""

import csv
import datetime
import re
import shutil
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from conftest import MADE, PROJECT, Installation

from dagster_project.checks import load_code_list
from dagster_project.contracts import KINDS, Feed, load_feeds
from dagster_project.feeds import Door, Outcome, find_arrivals, load_agencies
from dagster_project.warehouse import load_manifest

AGENCY = "agentschap-nieuw"
# The headers of the published layouts; the required ones first, as people know them.
HEADERS = {
    "survey_response": (
        "respons_id datum kanaal",
        "dienst entiteit meting klant_id snelheid professionaliteit duidelijkheid"
        " aandacht algemeen digitaal aanbeveling verbeterpunten opmerking",
    ),
    "survey_invitation": (
        "periode kanaal uitgenodigd",
        "dienst entiteit meting contacten in_aanmerking bereikt gestart voltooid",
    ),
    "complaint": (
        "klacht_id ontvangen_op lijn",
        "bevestigd_op beantwoord_op verlengd dienst entiteit dragers kanalen"
        " ontvankelijk redenen_onontvankelijk gegrondheid oplossing ombudsnormen"
        " categorieen omschrijving",
    ),
    "contact_count": (
        "datum lijn onderwerp kanaal aangeboden beantwoord",
        "entiteit dienst beantwoord_binnen_drempel verbroken verbroken_kort wachttijd_s"
        " gesprekstijd_s nawerk_s opgelost_eerste_contact",
    ),
    "contact": (
        "contact_id gestart_op lijn onderwerp kanaal beantwoord",
        "entiteit dienst wachttijd_s gesprekstijd_s nawerk_s doorverbonden opgelost",
    ),
    "published_result": (
        "periode kanaal aspect bron",
        "dienst entiteit meting tevreden_pct neutraal_pct ontevreden_pct score_5 nps"
        " aantal gepubliceerd_op",
    ),
    "published_count": (
        "maat waarde bron",
        "periode periode_van periode_tot waarde_is kanaal dienst entiteit afbakening"
        " gepubliceerd_op",
    ),
    "improvement_action": (
        "actie_id omschrijving aspect gestart_op",
        "kanaal dienst entiteit eigenaar afgerond_op status gevalideerd_op",
    ),
    "planned_measurement": (
        "meting periode",
        "dienst entiteit doelgroep resultaten_verwacht_op",
    ),
}
# Of each kind a row with everything that its layout can say, and what the lake then
# holds (a pseudonym or a scrubbed text is left to the tests of personal data).
FULL_ROWS: dict[str, tuple[str, dict[str, Any]]] = {
    "survey_response": (
        "respons_id;datum;kanaal;dienst;meting;klant_id;snelheid;professionaliteit;"
        "duidelijkheid;algemeen;aanbeveling;verbeterpunten;opmerking\n"
        "R1;05/03/2024;E-mail;eigen dienst;najaar;K1;5;weet niet;N.V.T.;;10;"
        "wachttijd | taal|wachttijd;Vlot geholpen.",
        {
            "answered_on": datetime.date(2024, 3, 5),
            "channel_code": "mail",
            "service_code": "eigen dienst",
            "agency_code": None,
            "instrument_code": "najaar",
            "speed_answer": "5",
            "professionalism_answer": "weet niet",
            "clarity_answer": "n.v.t.",
            "attention_answer": None,
            "overall_answer": None,
            "recommendation_answer": "10",
            "improvement_point_codes": ["taal", "wachttijd"],
            "comment_text": "Vlot geholpen.",
            "row_first_month": datetime.date(2024, 3, 1),
        },
    ),
    "survey_invitation": (
        "periode;kanaal;contacten;in_aanmerking;uitgenodigd;bereikt;gestart;voltooid\n"
        "2024-h1;telefoon;900;800;700;650;90;",
        {
            "period_code": "2024-H1",
            "contact_count": 900,
            "eligible_count": 800,
            "invited_count": 700,
            "reached_count": 650,
            "started_count": 90,
            "completed_count": None,
            "row_last_month": datetime.date(2024, 6, 1),
        },
    ),
    "complaint": (
        "klacht_id;ontvangen_op;bevestigd_op;beantwoord_op;verlengd;lijn;dienst;"
        "entiteit;dragers;kanalen;ontvankelijk;redenen_onontvankelijk;gegrondheid;"
        "oplossing;ombudsnormen;categorieen;omschrijving\n"
        "1;05/01/2024;06/01/2024;;nee;EERSTELIJN;zorgkas;departement-zorg;"
        "Brief|telefoon;via kabinet;ja;;deels gegrond;;ON13|Correcte bejegening;"
        "traag|onbeleefd;Te laat antwoord.",
        {
            "received_on": datetime.date(2024, 1, 5),
            "acknowledged_on": datetime.date(2024, 1, 6),
            "answered_on": None,
            "is_extended": False,
            "complaint_line": "EERSTELIJN",
            "service_code": "zorgkas",
            "agency_code": "departement-zorg",
            "carrier_codes": ["BRIEF", "TELEFOON"],
            "route_codes": ["KABINET"],
            "admissibility_code": "admissible",
            "inadmissibility_reason_codes": None,
            "groundedness_code": "DEELS_GEGROND",
            "resolution_code": None,
            "ombuds_norm_codes": ["ON06", "ON13"],
            "category_codes": ["onbeleefd", "traag"],
            "complaint_text": "Te laat antwoord.",
        },
    ),
    "contact_count": (
        "datum;lijn;onderwerp;kanaal;aangeboden;beantwoord;beantwoord_binnen_drempel;"
        "verbroken;verbroken_kort;wachttijd_s;gesprekstijd_s;nawerk_s;"
        "opgelost_eerste_contact\n"
        "05/03/2024;eigen lijn;premies;telefoon;1075;1000;800;75;25;31000;240000;"
        "60000;0",
        {
            "contacted_on": datetime.date(2024, 3, 5),
            "contact_line": "eigen lijn",
            "topic_code": "premies",
            "offered_count": 1075,
            "answered_count": 1000,
            "answered_within_threshold_count": 800,
            "abandoned_count": 75,
            "short_abandoned_count": 25,
            "wait_seconds": 31000,
            "talk_seconds": 240000,
            "wrap_up_seconds": 60000,
            "resolved_first_contact_count": 0,
        },
    ),
    "contact": (
        "contact_id;gestart_op;lijn;onderwerp;kanaal;beantwoord;wachttijd_s;"
        "gesprekstijd_s;nawerk_s;doorverbonden;opgelost\n"
        "C1;05/03/2024 14:30;1700;premies;telefoon;ja;12;180;30;nee;",
        {
            "started_at": datetime.datetime(2024, 3, 5, 14, 30),
            "contact_line": "1700",
            "topic_code": "premies",
            "is_answered": True,
            "wait_seconds": 12,
            "talk_seconds": 180,
            "wrap_up_seconds": 30,
            "is_transferred": False,
            "is_resolved": None,
            "row_first_month": datetime.date(2024, 3, 1),
        },
    ),
    "published_result": (
        "periode;kanaal;aspect;tevreden_pct;neutraal_pct;ontevreden_pct;score_5;nps;"
        "aantal;bron;gepubliceerd_op\n"
        "2024-H1;alle;snelheid;63,60%;10,44;25,96;3,64;-2,5;120;jaarverslag;01/02/2025",
        {
            "satisfied_pct": Decimal("63.600000"),
            "satisfied_pct_printed": "63,60%",
            "nps": Decimal("-2.500000"),
            "answer_count": 120,
            "published_on": datetime.date(2025, 2, 1),
        },
    ),
    "published_count": (
        "periode;maat;waarde;waarde_is;bron\n"
        "2024;klachten_doorverwijzing;1.250;hoogstens;jaarverslag",
        {"value": Decimal("1250.000000"), "exactness": "at_most", "period_from": None},
    ),
    "improvement_action": (
        "actie_id;omschrijving;aspect;kanaal;eigenaar;gestart_op;afgerond_op;status;"
        "gevalideerd_op\n"
        "A1;Kortere brieven;duidelijkheid;;communicatie;01/02/2024;15/03/2024;af;",
        {
            "action_id": "A1",
            "action_text": "Kortere brieven",
            "aspect_code": "duidelijkheid",
            "channel_code": None,
            "owner": "communicatie",
            "started_on": datetime.date(2024, 2, 1),
            "finished_on": datetime.date(2024, 3, 15),
            "action_status": "af",
            "validated_on": None,
        },
    ),
    "planned_measurement": (
        "meting;periode;doelgroep;resultaten_verwacht_op\n"
        "najaarsmeting;2025-H2;alle bellers;2026-Q1",
        {"instrument_code": "najaarsmeting", "results_expected_on": "2026-Q1"},
    ),
}
# Cells that each kind refuses, with what the reason has to name.
REFUSED = (
    ("survey_response", "snelheid", "7", "lijst"),
    ("survey_response", "aanbeveling", "11", "lijst"),
    ("survey_response", "kanaal", "fax", "telefoon"),
    ("survey_response", "respons_id", "", "leeg"),
    ("survey_invitation", "uitgenodigd", "11.083", "geheel getal"),
    ("survey_invitation", "bereikt", "-1", "minimum 0"),
    ("survey_invitation", "periode", "2024-13", "periode"),
    ("complaint", "lijn", "tweedelijn", "lijst"),
    ("complaint", "ombudsnormen", "ON01|13", "lijst"),
    ("complaint", "dragers", "brief|duif", "lijst"),
    ("complaint", "ontvankelijk", "misschien", "lijst"),
    ("complaint", "beantwoord_op", "31/02/2024", "dd/mm/jjjj"),
    ("complaint", "verlengd", "soms", "ja of nee"),
    ("contact_count", "beantwoord", "", "leeg"),
    ("contact_count", "wachttijd_s", "31,5", "geheel getal"),
    ("contact", "gestart_op", "05/03/2024", "uu:mm"),
    ("contact", "beantwoord", "", "leeg"),
    ("improvement_action", "aspect", "prijs", "lijst"),
    ("improvement_action", "gestart_op", "2024", "datum"),
    ("published_result", "score_5", "7", "maximum 5"),
    ("published_count", "maat", "blijheid", "lijst"),
    ("planned_measurement", "resultaten_verwacht_op", "later", "periode"),
)


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """A copy of the project in which one row was added to agencies.csv."""
    folder = tmp_path_factory.mktemp("newcomer")
    project = folder / "project"
    shutil.copytree(PROJECT, project, ignore=shutil.ignore_patterns(*MADE))
    agencies = project / "seeds" / "reference" / "agencies.csv"
    with agencies.open("a", encoding="utf-8") as stream:
        stream.write(f"{AGENCY},Agentschap Nieuw,,,,,,,\n")
    return Installation(folder / "home", folder / "landing", project)


@pytest.fixture(scope="module")
def feeds(newcomer: Installation) -> dict[str, Feed]:
    manifest = load_manifest(newcomer.settings)
    return {feed.name: feed for feed in load_feeds(manifest) if feed.is_standard}


def _take_in(installation: Installation, feeds: Iterable[Feed]) -> list[Outcome]:
    settings = installation.settings
    arrivals = find_arrivals(settings, feeds, load_agencies(settings))
    assert not arrivals.unexpected
    door = Door(settings, feeds)
    door.prepare()
    return door.take_in(arrivals)


def _lake(installation: Installation, kind: str) -> list[dict[str, Any]]:
    parts = installation.home / "lake" / "accepted" / "agency=*" / f"feed={kind}"
    with duckdb.connect() as connection:
        relation = connection.sql(
            f"select * from read_parquet('{parts}/delivery=d*/part.parquet',"
            " hive_partitioning = false)"
        )
        return [
            dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()
        ]


def test_there_is_a_layout_of_every_kind(feeds: dict[str, Feed]) -> None:
    assert set(feeds) == set(KINDS) == set(HEADERS) == set(FULL_ROWS)
    for name, feed in feeds.items():
        assert feed.contract.kind == name


@pytest.mark.parametrize("kind", KINDS)
def test_the_headers_are_the_published_ones(kind: str, feeds: dict[str, Feed]) -> None:
    required, others = (set(words.split()) for words in HEADERS[kind])
    columns = feeds[kind].columns
    assert {c.title for c in columns if c.words.required} == required
    assert {c.title for c in columns if not c.words.required} == others
    assert feeds[kind].contract.due
    assert feeds[kind].contract.retention_days
    for column in columns:
        assert re.fullmatch(r"[a-z][a-z0-9_]*", column.name)
        assert column.description.endswith(".")


def test_numbers_of_persons_and_free_text_are_personal(feeds: dict[str, Feed]) -> None:
    personal = {
        (kind, column.title): column.words.personal
        for kind, feed in feeds.items()
        for column in feed.columns
        if column.words.personal
    }
    assert personal == {
        ("survey_response", "respons_id"): "pseudonymise",
        ("survey_response", "klant_id"): "pseudonymise",
        ("survey_response", "opmerking"): "scrub",
        ("complaint", "klacht_id"): "pseudonymise",
        ("complaint", "omschrijving"): "scrub",
        ("contact", "contact_id"): "pseudonymise",
        ("improvement_action", "omschrijving"): "scrub",
        ("improvement_action", "eigenaar"): "scrub",
    }


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_agency_delivers_with_one_row_in_agencies(
    kind: str, newcomer: Installation, feeds: dict[str, Feed]
) -> None:
    text, expected = FULL_ROWS[kind]
    newcomer.land(f"{AGENCY}/{kind}/levering.csv", text + "\n")
    (entry,) = [
        outcome.entry
        for outcome in _take_in(newcomer, feeds.values())
        if outcome.entry["feed"] == kind
    ]
    assert entry["status"] == "accepted", entry["reasons"]
    assert (entry["accepted_count"], entry["rejected_count"]) == (1, 0)
    (row,) = _lake(newcomer, kind)
    assert row["reporting_agency_code"] == AGENCY
    assert {name: row[name] for name in expected} == expected


@pytest.mark.parametrize("kind", KINDS)
def test_a_wrong_cell_is_refused_in_words(
    kind: str, newcomer: Installation, feeds: dict[str, Feed], tmp_path: Path
) -> None:
    header, line = FULL_ROWS[kind][0].splitlines()
    usual = dict(zip(header.split(";"), line.split(";"), strict=True))
    wrong = [(title, cell, named) for of, title, cell, named in REFUSED if of == kind]
    rows = [";".join((usual | {title: cell}).values()) for title, cell, _ in wrong]
    path = tmp_path / "levering.csv"
    path.write_text("\n".join([header, line, *rows, ""]))
    entry = (
        Door(newcomer.settings, [feeds[kind]]).check(path, feeds[kind], AGENCY).entry
    )
    assert entry["delivered_count"] == 1 + len(wrong)
    reasons = [row["reason"] for row in entry["rejected_rows"]]
    assert len(reasons) == len(wrong)
    for number, (title, _, named) in enumerate(wrong):
        assert reasons[number].startswith(f'Rij {number + 3}, kolom "{title}"')
        assert named in reasons[number]


def test_answered_dont_know_is_not_unanswered(
    newcomer: Installation, feeds: dict[str, Feed]
) -> None:
    scales = newcomer.settings.reference / "scales.csv"
    with scales.open(encoding="utf-8", newline="") as stream:
        words = {row["scale_code"]: row for row in csv.DictReader(stream)}
    for scale, name in (("likert-5", "answers_1_5"), ("nps-0-10", "answers_0_10")):
        codes = load_code_list(newcomer.settings.reference, name).labels
        known = words[scale]
        boxes = (known["satisfied_values"], known["neutral_values"])
        boxes += (known["dissatisfied_values"], known["dont_know_values"])
        assert sorted("|".join(boxes).split("|")) == sorted(codes)
