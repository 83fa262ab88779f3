"""An archived file goes after its retention; the account of it and its rows stay."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from conftest import PROJECT
from upath import UPath

from dagster_project import warehouse
from dagster_project.contracts import load_feeds
from dagster_project.feeds import Door, find_arrivals, load_agencies, load_ledger
from dagster_project.settings import Settings

FILE = "departement-zorg/published_count/klachten_parlementaire_vraag_192.csv"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    landed = tmp_path / "landing" / FILE
    landed.parent.mkdir(parents=True)
    landed.write_bytes((PROJECT / "seeds" / "feeds" / FILE).read_bytes())
    return Settings(
        landing=UPath(tmp_path / "landing"),
        archive=tmp_path / "archive",
        lake=tmp_path / "lake",
        warehouse=tmp_path / "warehouse.duckdb",
        published=tmp_path / "published",
        exports=tmp_path / "exports",
    )


def open_door(settings: Settings) -> Door:
    settings.lake.mkdir(exist_ok=True)
    door = Door(settings, load_feeds(warehouse.load_manifest(settings)))
    door.prepare()
    return door


def test_a_file_goes_after_its_retention_and_not_before(settings: Settings) -> None:
    door = open_door(settings)
    arrivals = find_arrivals(settings, door.feeds, load_agencies(settings))
    (outcome,) = door.take_in(arrivals)
    delivery = outcome.entry["delivery_id"]
    archived = settings.archive / "departement-zorg" / "published_count" / delivery
    (days,) = {
        feed.contract.retention_days
        for feed in door.feeds
        if (feed.source, feed.name) == ("standard", "published_count")
    }
    today = datetime.now(UTC).date()

    assert door.forget(today + timedelta(days=days)) == 0
    assert archived.is_file()
    assert door.forget(today + timedelta(days=days + 1)) == 1
    assert not archived.exists()

    assert delivery in load_ledger(settings)
    assert list((settings.lake / "accepted").glob(f"*/*/delivery={delivery}/*"))
    (again,) = open_door(settings).take_in(arrivals)
    assert not again.is_new
    assert not archived.exists()
