"""A bespoke feed may say its period and version anywhere, and may deliver changes.

The feeds are those of an agency that does not exist, in a copy of the project.
"""

import io
import os
import subprocess
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
import yaml
from conftest import Installation

from dagster_project.contracts import ContractError, Feed, load_feeds
from dagster_project.feeds import Door, Outcome, find_arrivals
from dagster_project.warehouse import dbt_executable, load_manifest

SOURCES = r"""
sources:
  - name: proef
    description: Een entiteit die niet bestaat.
    tables:
      - name: uit_een_cel
        description: Werkmap met de periode in een cel.
        config:
          meta:
            feed:
              kind: planned_measurement
              format: xlsx
              period: {from: cell, cell: B1, pattern: 'helft (?P<half>[12]) van (?P<year>\d{4})'}
              version: {from: cell, cell: B2, pattern: 'versie (\d+)'}
        columns: &columns
          - {name: name, data_type: varchar, description: De naam., config: {meta: {header: Naam, required: true}}}
          - {name: audience, data_type: varchar, description: Wie., config: {meta: {header: Wie}}}
      - name: uit_de_bladnaam
        description: Werkmap met de periode in de naam van het blad.
        config:
          meta:
            feed:
              kind: planned_measurement
              format: xlsx
              period: {from: sheet, pattern: '(\d{4}-Q[1-4])'}
        columns: *columns
      - name: uit_een_regel
        description: Tekst met de periode boven de titels.
        config:
          meta:
            feed:
              kind: planned_measurement
              format: csv
              period: {from: cell, cell: A2, pattern: '(?P<month>\d{1,2})/(?P<year>\d{4})'}
        columns: *columns
      - name: uit_een_kolom
        description: Tekst met de periode en de versie in een kolom.
        config:
          meta:
            feed:
              kind: planned_measurement
              format: csv
              period: {from: column, column: wave, pattern: '^(\d{4})$'}
              version: {from: column, column: edition, pattern: '^(\d+)$'}
        columns:
          - {name: name, data_type: varchar, description: De naam., config: {meta: {header: Naam, required: true}}}
          - {name: wave, data_type: varchar, description: Golf., config: {meta: {header: Golf}}}
          - {name: edition, data_type: varchar, description: Uitgave., config: {meta: {header: Uitgave}}}
      - name: wijzigingen
        description: Wijzigingen aan een register.
        config:
          meta:
            feed:
              kind: planned_measurement
              format: csv
              counts: by_key
              primary_key: [name]
              max_rejected_share: 0.5
        columns: *columns
"""  # noqa: E501
MODEL = "select * from {{ delivered('proef', 'wijzigingen') }} as delivered\n"
CHANGES = {
    "a/w_20240101.csv": "Naam;Wie\nx;oud\ny;oud\nz;oud\n",
    "a/w_20240201.csv": "Naam;Wie\nx;nieuw\n",
    "a/w_20240301.csv": "Naam;Wie\ny;nieuwst\n",
    "b/w.csv": "Naam;Wie\nx;elders\n",
    "gelijk/een.csv": "Naam;Wie\nx;een\n",
    "gelijk/twee.csv": "Naam;Wie\nx;twee\n",
}


def workbook(cells: dict[str, str], sheet: str = "Blad") -> bytes:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = sheet
    for place, text in cells.items():
        page[place] = text
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def in_cells(period: str, version: str) -> bytes:
    rows = {"A4": "Naam", "B4": "Wie", "A5": "bevraging", "B5": "allen"}
    return workbook({"A1": "Periode", "B1": period, "B2": version} | rows)


@pytest.fixture(scope="module")
def place(project_copy: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    folder = project_copy / "dbt_project" / "models" / "staging" / "proef"
    folder.mkdir()
    (folder / "_proef__sources.yml").write_text(SOURCES)
    (folder / "stg_proef__wijzigingen.sql").write_text(MODEL)
    home = tmp_path_factory.mktemp("own")
    return Installation(home / "home", home / "landing", project_copy)


@pytest.fixture(scope="module")
def feeds(place: Installation) -> dict[str, Feed]:
    own = load_feeds(load_manifest(place.settings))
    return {feed.name: feed for feed in own if feed.source == "proef"}


def take_in(place: Installation, feeds: dict[str, Feed]) -> list[Outcome]:
    door = Door(place.settings, feeds.values())
    door.prepare()
    return door.take_in(find_arrivals(place.settings, feeds.values(), ["proef"]))


def deliver(
    place: Installation, feeds: dict[str, Feed], name: str, content: bytes | str
) -> dict[str, Any]:
    place.land(f"proef/{name}", content)
    (entry,) = [
        outcome.entry
        for outcome in take_in(place, feeds)
        if name == f"{outcome.entry['feed']}/{outcome.entry['file_name']}"
    ]
    return entry


@pytest.mark.parametrize(
    ("name", "content", "period", "version"),
    [
        (
            "uit_een_cel/a.xlsx",
            in_cells("Helft 2 van 2023", "versie 4"),
            "2023-H2",
            4,
        ),
        ("uit_een_cel/b.xlsx", in_cells("helft 1 van 2024", ""), "2024-H1", 1),
        (
            "uit_de_bladnaam/a.xlsx",
            workbook({"A1": "Naam", "A2": "bevraging"}, "Cijfers 2024-Q3"),
            "2024-Q3",
            1,
        ),
        (
            "uit_een_regel/a.csv",
            "Overzicht\nmaand 3/2024;af\nNaam;Wie\nbevraging;allen\n",
            "2024-03",
            1,
        ),
        (
            "uit_een_kolom/a.csv",
            "Naam;Golf;Uitgave\nbevraging;2024;2\ntweede;2024;2\n",
            "2024",
            2,
        ),
    ],
)
def test_period_and_version_come_from_where_the_contract_says(
    place: Installation,
    feeds: dict[str, Feed],
    name: str,
    content: bytes | str,
    period: str,
    version: int,
) -> None:
    entry = deliver(place, feeds, name, content)
    assert entry["status"] == "accepted", entry["reasons"]
    assert (entry["period_code"], entry["version_number"]) == (period, version)
    assert entry["first_month"] is not None


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        (
            "uit_een_cel/leeg.xlsx",
            in_cells("zomer 2023", "versie 1"),
            "leeg.xlsx noemt geen periode. Zet ze in cel B1",
        ),
        (
            "uit_een_cel/maand13.xlsx",
            in_cells("helft 3 van 2023", "versie 1"),
            "maand13.xlsx noemt geen periode",
        ),
        (
            "uit_een_regel/kort.csv",
            "Naam;Wie\nbevraging;allen\n",
            "kort.csv noemt geen periode. Zet ze in cel A2",
        ),
        (
            "uit_een_kolom/twee.csv",
            "Naam;Golf;Uitgave\nbevraging;2024;2\ntweede;2023;2\n",
            'twee.csv noemt in de kolom "Golf" meer dan één periode: 2023, 2024',
        ),
        (
            "uit_een_kolom/versies.csv",
            "Naam;Golf;Uitgave\nbevraging;2024;2\ntweede;2024;3\n",
            "meer dan één versie: 2, 3",
        ),
    ],
)
def test_what_is_not_stated_or_stated_twice_refuses_the_delivery_in_words(
    place: Installation,
    feeds: dict[str, Feed],
    name: str,
    content: bytes | str,
    reason: str,
) -> None:
    entry = deliver(place, feeds, name, content)
    assert entry["status"] == "refused"
    assert reason in " ".join(entry["reasons"])


def test_the_page_says_where_the_period_stands(
    place: Installation, feeds: dict[str, Feed]
) -> None:
    page = place.klantbeeld("contract", "proef.uit_een_cel", "--format", "page")
    assert "De periode van het bestand staat in cel B1" in page.stdout
    assert "De versie van het bestand staat in cel B2" in page.stdout


def test_a_key_that_comes_again_is_refused_with_the_row_of_the_first(
    place: Installation, feeds: dict[str, Feed]
) -> None:
    entry = deliver(
        place,
        feeds,
        "wijzigingen/d.csv",
        "Naam;Wie\nx;eerst\ny;ook\nx;nogmaals\n",
    )
    assert (entry["accepted_count"], entry["rejected_count"]) == (2, 1)
    (rejected,) = (place.home / "lake" / "rejected").rglob(
        f"delivery={entry['delivery_id']}/part.parquet"
    )
    assert duckdb.sql(f"select line, reason from '{rejected}'").fetchall() == [
        (4, 'Rij 4, kolom "Naam": dit staat al op rij 2.')
    ]


def test_a_change_replaces_the_row_of_its_key_and_leaves_the_others(
    place: Installation, feeds: dict[str, Feed], tmp_path: Path
) -> None:
    for name, content in CHANGES.items():
        place.land(f"proef/wijzigingen/{name}", content)
    take_in(place, feeds)
    settings = place.settings
    # The other models read the feeds of the product too.
    Door(settings, load_feeds(load_manifest(settings))).prepare()
    settings.building.parent.mkdir(parents=True, exist_ok=True)
    project = str(settings.dbt_project)
    process = subprocess.run(
        [
            dbt_executable(),
            "build",
            *("--project-dir", project, "--profiles-dir", project),
            *("--target-path", str(tmp_path / "target")),
            *("--log-path", str(tmp_path / "logs")),
            *("--exclude-resource-type", "test"),
            *("--select", "+stg_proef__wijzigingen", "+int_findings_deliveries"),
        ],
        env={**os.environ, **settings.environment()},
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stdout[-4000:]
    with duckdb.connect(str(settings.building), read_only=True) as connection:
        rows = connection.sql(
            "select part, name, audience from staging.stg_proef__wijzigingen"
            " join staging.stg_klantbeeld__deliveries using (delivery_id)"
            " where part in ('a', 'b') order by all"
        ).fetchall()
        assert rows == [
            ("a", "x", "nieuw"),
            ("a", "y", "nieuwst"),
            ("a", "z", "oud"),
            ("b", "x", "elders"),
        ]
        conflicts = connection.sql(
            "select figure from intermediate.int_findings_deliveries"
        ).fetchall()
    named = " ".join(text for (text,) in conflicts)
    assert "een.csv" in named
    assert "twee.csv" in named
    assert "w_2024" not in named


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("counts: by_key", "counts: by_key needs a primary_key"),
        ("primary_key: [elders]", "names the column elders"),
        ("period: {from: cell, pattern: '(x)'}", "name a cell"),
        ("period: {from: sheet, cell: A1, pattern: '(x)'}", "name a cell"),
        ("period: {from: sheet, pattern: 'x'}", "exactly one group"),
        ("period: {from: sheet, pattern: '(?P<half>1)'}", "the groups are year"),
        ("version: {from: sheet, pattern: '(a)(b)'}", "exactly one group"),
    ],
)
def test_a_contract_that_cannot_be_executed_names_file_and_key(
    place: Installation, words: str, message: str
) -> None:
    manifest = load_manifest(place.settings)
    feed = manifest["sources"]["source.klantbeeld.proef.wijzigingen"]
    meta = {"kind": "planned_measurement", **yaml.safe_load(words)}
    feed["config"]["meta"]["feed"] = meta
    with pytest.raises(ContractError, match="_proef__sources.yml.*") as found:
        load_feeds(manifest)
    assert message in str(found.value)
