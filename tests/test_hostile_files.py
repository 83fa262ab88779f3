"""Whatever is dropped in the landing zone ends accepted or refused in words."""

import collections
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import hostile_files
import pytest

from dagster_project.reading import Unreadable, read

FULL = os.environ.get("KLANTBEELD_TEST_FULL") == "1"
MUTATIONS = 10_000 if FULL else 150
SEED = 20240315


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What became of every file, read in a process that does nothing else."""
    folder = tmp_path_factory.mktemp("hostile")
    files = os.fspath(folder / "files")
    for words in (["make", files, str(MUTATIONS), str(SEED)], ["read", files]):
        done = subprocess.run(
            [sys.executable, hostile_files.__file__, *words],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.fspath(Path(__file__).parents[1])},
            cwd=folder,
            check=True,
        )
    assert [entry.name for entry in folder.iterdir()] == ["files"]
    return json.loads(done.stdout)


def test_every_file_is_accepted_or_refused_in_words(result: dict[str, Any]) -> None:
    outcomes = result["outcomes"]
    counts = collections.Counter(outcome["class"] for outcome in outcomes)
    slowest = max(outcomes, key=lambda outcome: outcome["seconds"])
    print(f"\n{len(outcomes)} files, {result['peak_megabytes']} MB at most")
    print(f"slowest {slowest['name']}: {slowest['seconds']:.1f} s")
    for name, count in counts.most_common():
        print(f"{count:6d} {name}")
    assert len(outcomes) >= 27 + MUTATIONS
    for outcome in outcomes:
        assert outcome["expected"] in (outcome["class"], "either"), outcome
        assert outcome["kept"], outcome
        if outcome["class"] == "accepted":
            assert outcome["counted"], outcome
        else:
            assert outcome["sentence"].startswith(outcome["name"]), outcome
            assert re.fullmatch(r"[^\n]{10,600}[.]", outcome["sentence"]), outcome


def test_none_takes_much_time_or_memory(result: dict[str, Any]) -> None:
    slow = [o for o in result["outcomes"] if o["seconds"] >= 5]
    assert not slow
    assert result["peak_megabytes"] < 512


def test_only_a_regular_file_is_opened(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    real = tmp_path / "real.csv"
    real.write_text("datum;score\n1;2\n")
    (tmp_path / "link.csv").symlink_to(real)
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "folder.csv").mkdir()
    for name in ("link.csv", "pipe.csv", "folder.csv", "absent.csv", "a\0b.csv"):
        with pytest.raises(Unreadable, match=r"^.+ is (geen|niet) .+\.$"):
            read(tmp_path / name, hostile_files.LAYOUT, scratch)
    assert not list(scratch.iterdir())


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "a\nb.csv", "\ud800.csv", "x" * 300 + ".csv", "\x1b[2J"],
)
def test_a_hostile_name_makes_one_printable_line(tmp_path: Path, name: str) -> None:
    path = tmp_path / "delivered"
    path.write_text("a;b\n1;2\n")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with pytest.raises(Unreadable) as refused:
        read(path, hostile_files.LAYOUT, scratch, name=name)
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 400
