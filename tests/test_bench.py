"""The bench measures; how long something takes is no test's business."""

import re
import sys
from pathlib import Path

from conftest import Installation


def test_the_bench_of_the_door_prints_a_figure_beside_each_goal(tmp_path: Path) -> None:
    installation = Installation(tmp_path / "home", tmp_path / "landing")
    command = ("-m", "dagster_project.cli", "bench", "door")
    done = installation.execute(
        sys.executable, *command, "--rows", "20000", "--rounds", "1"
    )
    assert done.returncode == 0, done.stderr
    assert len(re.findall(r"≤ [\d.]+ *│ (?:ok|over) ", done.stdout)) == 7
