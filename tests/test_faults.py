"""A run that dies or finds no room on the disk: the next one makes what was to be made.

Belongs here: faults in the middle of taking in (`fault_shim.c`, `faulty.py`), files
that change while they are read, two runs at once. Does not belong here: the order in
which deliveries come (test_histories.py).
"""

import collections
import errno
import gzip
import hashlib
import itertools
import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import faulty
import pytest
from conftest import PROJECT, Installation, need

from dagster_project import reading
from dagster_project.contracts import Feed, load_feeds
from dagster_project.feeds import (
    Door,
    find_arrivals,
    first_arrivals,
    load_agencies,
    load_ledger,
)

FULL = os.environ.get("KLANTBEELD_TEST_FULL") == "1"
SEED = 20240315
SAMPLE = 15
MODES = ("kill", "torn", "full")

PLAN = "meting;periode;doelgroep\nlezers;2024-01;{}\nlezers;{};{}\n"
SEEDS = (
    "azg/complaint_register/klachten_2023.csv",
    "departement-wvg/published_count/klachten_jaarverslag.csv",
    "departement-wvg/published_count/klachten_jaarverslag_beleidsdomein.csv",
    "departement-zorg/planned_measurement/aangekondigde_metingen.csv",
    "departement-zorg/published_count/klachten_parlementaire_vraag_192.csv",
    "vlaamse-overheid/published_count/klachten_statistiek_vlaanderen.csv",
    "vlm/published_count/klachtenmanagement.csv",
    "vutg/complaint_register/klachtenregister_2023.xlsx",
    "vutg/fons_results/fons_klanttevredenheid_2022-H2.xlsx",
    "vutg/fons_results/fons_klanttevredenheid_2023-H1.xlsx",
    "vutg/improvement_actions/verbeteracties_2023.csv",
    "vutg/invitations/uitnodigingen.csv",
    "vutg/planned_measurement/aangekondigde_metingen.csv",
    "vutg/published_count/tellingen_parlementaire_vraag_196.csv",
    "vutg/published_result/nps_parlementaire_vraag_196.csv",
)
# Accepted under the contract of before, with a row refused; refused as a whole now.
HALF_BAD = "vlm/planned_measurement/half.csv"
MADE = {
    "vlm/planned_measurement/plan.csv": PLAN.format("a", "2024-02", "b"),
    "vlm/planned_measurement/plan__v2.csv": PLAN.format("a", "2024-02", "c"),
    # The first of these again, under another name.
    "vlm/planned_measurement/kopie van plan.csv": PLAN.format("a", "2024-02", "b"),
    "vlm/planned_measurement/noord/plan.csv": PLAN.format("a", "2024-02", "noord"),
    HALF_BAD: PLAN.format("a", "februari", "b"),
    "vlm/planned_measurement/per ongeluk.csv": PLAN.format("x", "2024-03", "y"),
}
PACKED = "vlm/planned_measurement/ingepakt.csv.gz"
BEFORE = (HALF_BAD, "vutg/published_result/nps_parlementaire_vraag_196.csv")
WITHDRAWN = "per ongeluk.csv"


def content(home: Path) -> dict[str, bytes]:
    """Archive, ledger and lake: names, bytes and who may read them.

    The log of arrivals holds the time and is left out.
    """
    return {
        str(path.relative_to(home)): b"%o " % path.stat().st_mode + path.read_bytes()
        for place in ("archive", "lake")
        for path in sorted((home / place).rglob("*"))
        if path.is_file() and path.name != "arrivals.jsonl"
    }


def left_over(home: Path) -> list[str]:
    return [
        str(path.relative_to(home))
        for path in home.rglob(".*")
        if path.name.startswith(".scratch-") or path.name.endswith(".writing")
    ]


def unlogged(home: Path) -> set[str]:
    """The deliveries of the ledger whose arrival the log does not tell."""
    log = (home / "lake" / "arrivals.jsonl").read_bytes()
    told = set()
    for line in log.splitlines():
        try:
            told.add(json.loads(line)["delivery_id"])
        except ValueError:
            continue
    names = {path.stem for path in (home / "lake" / "deliveries").glob("d*.json")}
    return names - told


@dataclass
class Bench:
    """The process that takes in below the shim, and the places it works on."""

    process: subprocess.Popen[str]
    folder: Path
    base: Path

    def order(self, home: Path, **words: Any) -> dict[str, Any]:
        """Have it take in in a home, and tell what became of it."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        order = {"home": str(home), "withdraw": WITHDRAWN, **words}
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def fresh(self, name: str) -> Path:
        """A home as it was before the run that is disturbed."""
        home = self.folder / name
        shutil.rmtree(home, ignore_errors=True)
        return Path(shutil.copytree(self.base, home))


@pytest.fixture(scope="module")
def bench(
    tmp_path_factory: pytest.TempPathFactory, manifest: dict[str, Any]
) -> Iterator[Bench]:
    need(sys.platform == "linux", "Linux, whose system calls the shim knows,")
    compiler = shutil.which("gcc") or shutil.which("cc")
    need(compiler is not None, "a C compiler (gcc)")
    folder = tmp_path_factory.mktemp("faults")
    shim = folder / "fault_shim.so"
    source = Path(__file__).with_name("fault_shim.c")
    subprocess.run(
        [str(compiler), "-shared", "-fPIC", "-o", shim, source, "-ldl"], check=True
    )
    place = Installation(folder / "base", folder / "landing")
    parsed = folder / "manifest.json"
    parsed.write_text(json.dumps(manifest), encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, faulty.__file__, parsed],
        env=place.environment | {"LD_PRELOAD": str(shim), "KLANTBEELD_KEY": "a1" * 32},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    bench = Bench(process, folder, place.home)
    place.home.mkdir()
    files: dict[str, bytes] = {
        name: (PROJECT / "seeds" / "feeds" / name).read_bytes() for name in SEEDS
    }
    files |= {name: text.encode() for name, text in MADE.items()}
    files[PACKED] = gzip.compress(MADE[HALF_BAD].encode(), mtime=0)
    for name in BEFORE:
        place.land(name, files[name])
    earlier = bench.order(place.home, older=True, withdraw=None)
    assert earlier["ended"] == 0, earlier["reason"]
    # One of the two is in the archive alone when its contract has changed.
    (place.landing / HALF_BAD).unlink()
    for name in files.keys() - {HALF_BAD}:
        place.land(name, files[name])
    with process:
        yield bench


@pytest.fixture(scope="module")
def undisturbed(bench: Bench) -> tuple[dict[str, bytes], int]:
    """What a run makes in which nothing goes wrong, and how many calls it takes."""
    home = bench.fresh("undisturbed")
    done = bench.order(home)
    assert done["ended"] == 0, done["reason"]
    return content(home), done["calls"]


def test_an_undisturbed_run_takes_in_twenty_deliveries_of_all_kinds(
    bench: Bench, undisturbed: tuple[dict[str, bytes], int]
) -> None:
    home = bench.folder / "undisturbed"
    entries = [
        json.loads(path.read_text(encoding="utf-8"))
        for path in (home / "lake" / "deliveries").glob("[dw]*.json")
    ]
    assert len(entries) >= 20
    assert {entry["status"] for entry in entries} == {
        "accepted",
        "refused",
        "withdrawal",
    }
    assert any(entry["masked"] for entry in entries)
    assert any(entry["file_name"] == "kopie van plan.csv" for entry in entries)
    assert not left_over(home)
    assert not unlogged(home)
    assert bench.order(home)["ended"] == 0
    assert content(home) == undisturbed[0]


def test_after_any_fault_the_next_run_makes_the_same_archive_ledger_and_lake(
    bench: Bench, undisturbed: tuple[dict[str, bytes], int]
) -> None:
    wanted, calls = undisturbed
    faults = list(itertools.product(range(1, calls + 1), MODES))
    if not FULL:
        faults = random.Random(SEED).sample(faults, SAMPLE)
    counts: collections.Counter[str] = collections.Counter()
    wrong = []
    started = time.monotonic()
    for at, mode in faults:
        home = bench.fresh("disturbed")
        hit = bench.order(home, at=at, mode=mode)
        ending = {0: "finished", 1: "stopped with an error", -9: "killed"}[hit["ended"]]
        counts[f"{mode}: {ending}"] += 1
        claims = hit["ended"] == 0 and content(home) != wanted
        again = bench.order(home)
        for problem, found in (
            ("said it had finished", claims),
            ("the next run stopped", again["reason"]),
            ("other bytes", again["ended"] == 0 and content(home) != wanted),
            ("left over", left_over(home)),
            ("not in the log of arrivals", unlogged(home)),
        ):
            if found:
                wrong.append(f"{mode} at {at}: {problem}: {found}")
    seconds = time.monotonic() - started
    print(f"\n{len(faults)} faults of {calls} calls x {len(MODES)}, {seconds:.0f} s")
    for name, number in sorted(counts.items()):
        print(f"{number:6d} {name}")
    print(f"{len(wrong):6d} wrong after the next run")
    assert not wrong, "\n".join(wrong[:20])


@pytest.fixture(scope="module")
def declared(manifest: dict[str, Any]) -> tuple[Feed, ...]:
    """The feeds."""
    return load_feeds(manifest)


# -- a file that changes while it is read ---------------------------------------

OLD = PLAN.format("oud", "2024-02", "oud")
NEW = OLD.replace("oud", "new")


def append(path: Path) -> None:
    with path.open("a") as stream:
        stream.write("lezers;2024-03;erbij\n")


def cut(path: Path) -> None:
    os.truncate(path, len(OLD) - 10)


def replace(path: Path) -> None:
    path.with_name(".new").write_text(NEW + "lezers;2024-04;meer\n")
    path.with_name(".new").replace(path)


def rewrite_with_its_time_set_back(path: Path) -> None:
    state = path.stat()
    with path.open("r+") as stream:
        stream.write(NEW)
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))


def replace_with_its_time_set_back(path: Path) -> None:
    state = path.stat()
    path.with_name(".new").write_text(NEW)
    os.utime(path.with_name(".new"), ns=(state.st_atime_ns, state.st_mtime_ns))
    path.with_name(".new").replace(path)


def take_away(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize(
    "change",
    [
        append,
        cut,
        replace,
        rewrite_with_its_time_set_back,
        replace_with_its_time_set_back,
        take_away,
    ],
)
def test_a_file_that_changes_while_it_is_read_is_left_and_then_taken_whole(
    change: Callable[[Path], None],
    tmp_path: Path,
    declared: tuple[Feed, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    place = Installation(tmp_path / "home", tmp_path / "landing")
    settings = place.settings
    agencies = load_agencies(settings)
    path = place.land("vlm/planned_measurement/plan.csv", OLD)
    copied = shutil.copyfileobj

    def change_halfway(source: BinaryIO, target: BinaryIO) -> None:
        target.write(source.read(len(OLD) // 2))
        change(path)
        copied(source, target)

    said: list[str] = []
    door = Door(settings, declared, said.append)
    monkeypatch.setattr(shutil, "copyfileobj", change_halfway)
    assert door.take_in(find_arrivals(settings, declared, agencies)) == []
    assert len(said) == 1
    assert "left for the next run" in said[0]
    monkeypatch.undo()
    door.take_in(find_arrivals(settings, declared, agencies))
    hashes = [entry["content_hash"] for entry in load_ledger(settings).values()]
    archived = [p.read_bytes() for p in settings.archive.rglob("*") if p.is_file()]
    left = [path.read_bytes()] if path.exists() else []
    assert archived == left
    assert hashes == [hashlib.sha256(text).hexdigest() for text in left]


def test_a_file_that_is_gone_before_it_is_read_does_not_stop_the_run(
    tmp_path: Path, declared: tuple[Feed, ...]
) -> None:
    place = Installation(tmp_path / "home", tmp_path / "landing")
    settings = place.settings
    gone = place.land("vlm/planned_measurement/a.csv", OLD)
    place.land("vlm/planned_measurement/b.csv", NEW)
    arrivals = find_arrivals(settings, declared, load_agencies(settings))
    gone.unlink()
    (outcome,) = Door(settings, declared).take_in(arrivals)
    assert outcome.entry["file_name"] == "b.csv"


def test_a_file_of_the_same_size_and_time_as_the_former_is_taken_in_all_the_same(
    tmp_path: Path, declared: tuple[Feed, ...]
) -> None:
    place = Installation(tmp_path / "home", tmp_path / "landing")
    settings = place.settings
    path = place.land("vlm/planned_measurement/plan.csv", OLD)
    arrivals = find_arrivals(settings, declared, load_agencies(settings))
    door = Door(settings, declared)
    assert [outcome.is_new for outcome in door.take_in(arrivals)] == [True]
    rewrite_with_its_time_set_back(path)
    assert [outcome.is_new for outcome in door.take_in(arrivals)] == [True]
    assert [outcome.is_new for outcome in door.take_in(arrivals)] == [False]


# -- what a run that died left --------------------------------------------------


def test_a_torn_line_in_the_log_of_arrivals_takes_no_other_with_it(
    tmp_path: Path, declared: tuple[Feed, ...]
) -> None:
    place = Installation(tmp_path / "home", tmp_path / "landing")
    settings = place.settings
    settings.lake.mkdir(parents=True)
    (settings.lake / "arrivals.jsonl").write_text('{"arrived_at": "2024-0')
    place.land("vlm/planned_measurement/plan.csv", OLD)
    arrivals = find_arrivals(settings, declared, load_agencies(settings))
    (outcome,) = Door(settings, declared).take_in(arrivals)
    assert first_arrivals(settings).keys() == {outcome.entry["delivery_id"]}


def test_a_full_disk_is_never_the_fault_of_the_file(
    tmp_path: Path, declared: tuple[Feed, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Installation(tmp_path / "home", tmp_path / "landing")
    settings = place.settings
    place.land("vlm/planned_measurement/plan.csv", OLD)
    arrivals = find_arrivals(settings, declared, load_agencies(settings))

    def full(request: dict[str, Any]) -> dict[str, Any]:
        try:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            raise reading.Unreadable("plan.csv is beschadigd.", "damaged") from error

    monkeypatch.setattr(reading, "answer", full)
    monkeypatch.setattr(reading, "_in_child", faulty.read_here)
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
        Door(settings, declared).take_in(arrivals)
    assert load_ledger(settings) == {}


# -- two runs at once -----------------------------------------------------------


def test_of_two_runs_at_once_one_works_and_the_other_leaves_with_a_message(
    tmp_path: Path,
) -> None:
    place = Installation(tmp_path / "home", tmp_path / "landing")
    for name in SEEDS:
        place.land(name, (PROJECT / "seeds" / "feeds" / name).read_bytes())
    command = [sys.executable, "-m", "dagster_project.cli", "run"]
    runs = [
        subprocess.Popen(
            command,
            cwd=place.project,
            env=place.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    told = [run.communicate() for run in runs]
    (worked, left) = sorted(range(2), key=lambda number: runs[number].returncode)
    assert [runs[worked].returncode, runs[left].returncode] == [0, 1], told
    assert "another run is going on" in told[left][1]
    assert "accepted" not in told[left][0]
    entries = load_ledger(place.settings)
    assert sorted(entry["file_name"] for entry in entries.values()) == sorted(
        Path(name).name for name in SEEDS
    )
    assert f"{len(SEEDS)} new deliveries accepted" in told[worked][0]
    assert not unlogged(place.home)
    assert not left_over(place.home)
    log = (place.home / "lake" / "arrivals.jsonl").read_text().splitlines()
    assert len(log) == len(SEEDS)
