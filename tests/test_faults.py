"""A run that dies or finds no room on the disk: the next one makes what was to be made.

Belongs here: faults in the middle of taking in (`fault_shim.c`, `faulty.py`), files
that change while they are read, two runs at once. Does not belong here: the order in
which deliveries come (test_histories.py).
"""

import collections
import gzip
import itertools
import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import faulty
import pytest
from conftest import PROJECT, Installation, need

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
