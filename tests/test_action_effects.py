"""Whether an improvement action helped is told by what no action touched.

The judge is from the definition, in plain Python over the delivered files; scipy and
statsmodels give the normal tail and Holm's correction.
"""

import csv
import math
import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from conftest import Installation
from scipy import stats
from statsmodels.stats.multitest import multipletests
from test_simulate import FEEDS
from test_surveys import BOXES, DONT_KNOW, SCALES, delivered

Rows = Callable[[str], list[tuple[Any, ...]]]
Series = tuple[str, str, str, str, str]
FOREVER = date(9999, 12, 31)
FEWEST = 30


@dataclass(frozen=True)
class Action:
    """A row of an improvement plan."""

    code: str
    aspect: str
    channel: str
    started: date
    finished: date | None = None
    service: str = "alle"

    @property
    def identity(self) -> tuple[str, date]:
        return self.code, self.started

    def aims_at(self, service: str, channel: str, aspect: str) -> bool:
        return (
            self.service == service
            and self.channel in (channel, "alle")
            and self.aspect in (aspect, "alle")
        )

    def touches(self, service: str, channel: str, aspect: str) -> bool:
        return (
            ("alle" in (service, self.service) or service == self.service)
            and self.channel in (channel, "alle")
            and self.aspect in (aspect, "alle", "algemeen")
        )

    def overlaps(self, first: date, last: date) -> bool:
        return self.started <= last and (self.finished or FOREVER) >= first


@dataclass(frozen=True)
class Figure:
    """A figure of a cell; a share is tested with half an answer more on either side."""

    value: float
    tested: Fraction | float
    variance: Fraction | float
    count: int


def share(hits: int, count: int) -> Figure:
    """A share, with half an answer more on either side where it is tested."""
    adjusted = Fraction(2 * hits + 1, 2 * count + 2)
    return Figure(
        hits / count, adjusted, adjusted * (1 - adjusted) / (count + 1), count
    )


def mean(scores: list[float]) -> Figure:
    count = len(scores)
    middle = math.fsum(scores) / count
    squares = math.fsum((score - middle) ** 2 for score in scores)
    return Figure(
        middle, middle, squares / (count - 1) / count if count > 1 else 0.0, count
    )


def bounds(period: str) -> tuple[date, date]:
    """The first and the last day of a period as it is written."""
    year, part = int(period[:4]), period[5:]
    months = {"": (1, 12), "H": (1, 6), "Q": (1, 3)}[part[:1]]
    start = 1 + (int(part[1:]) - 1) * months[1] if part else 1
    end = start + months[1] - 1
    last = date(year + end // 12, end % 12 + 1, 1) - timedelta(days=1)
    return date(year, start, 1), last


def periods(day: date) -> dict[str, str]:
    return {
        "quarter": f"{day.year}-Q{(day.month + 2) // 3}",
        "half_year": f"{day.year}-H{(day.month + 5) // 6}",
        "year": f"{day.year}",
    }


def figures(
    answers: Iterator[tuple[str, str, str, date, int, str]],
) -> dict[Series, dict[str, Figure]]:
    """Of service, channel, aspect, day, value and scale every figure by period."""
    cells: defaultdict[tuple[Series, str], list[tuple[int, str]]] = defaultdict(list)
    for service, channel, aspect, day, value, scale in answers:
        metrics = (
            ("nps",)
            if aspect == "aanbeveling"
            else ("satisfied_share", "mean_score_100")
        )
        for grain, period in periods(day).items():
            for shown in {service, "alle"}:
                for metric in metrics:
                    series = (shown, channel, aspect, metric, grain)
                    cells[series, period].append((value, scale))
    found: defaultdict[Series, dict[str, Figure]] = defaultdict(dict)
    for (series, period), given in cells.items():
        scores = []
        for value, scale in given:
            numbers = sorted(set().union(*BOXES[scale]))
            place = (value - numbers[0]) / (numbers[-1] - numbers[0])
            scores.append(1 - place if numbers[0] in BOXES[scale][0] else place)
        if series[3] == "satisfied_share":
            hits = sum(value in BOXES[scale][0] for value, scale in given)
            found[series][period] = share(hits, len(given))
        elif series[3] == "mean_score_100":
            found[series][period] = mean([100 * score for score in scores])
        else:
            values = [v for v, _ in given]
            points = [100.0 * ((v >= 9) - (v <= 6)) for v in values]
            plain = mean(points)
            # Over n, not over n - 1: p + d - (p - d)².
            variance = plain.variance * (len(given) - 1) / len(given)
            found[series][period] = Figure(
                plain.value, plain.value, variance, len(given)
            )
    return found


def other_series(
    series: Series, known: dict[Series, dict[str, Figure]]
) -> Iterator[tuple[str, Series]]:
    """What a cell may be held against: another channel, or another aspect of it."""
    service, channel, aspect, metric, grain = series
    for other in known:
        if (other[0], *other[3:]) != (service, metric, grain):
            continue
        if other[2] == aspect and other[1] != channel:
            yield "channel", other
        elif other[1] == channel and other[2] not in (aspect, "algemeen"):
            yield "aspect", other


def judged(
    plan: list[Action], known: dict[Series, dict[str, Figure]]
) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Every row of the mart, by action and cell."""
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for target in plan:
        aimed = [series for series in known if target.aims_at(*series[:3])]
        if not aimed:
            metric = "nps" if target.aspect == "aanbeveling" else "satisfied_share"
            cell = (target.service, target.channel, target.aspect, metric, "half_year")
            rows[(*target.identity, *cell)] = nothing() | {"verdict": "not_measured"}
        for series in aimed:
            row = judge(target, series, plan, known)
            rows[(*target.identity, *series)] = row
    families = defaultdict(list)
    for key, row in rows.items():
        if row["p"] is not None:
            families[row["after"], key[5]].append(row)
    for family in families.values():
        corrected = multipletests([row["p"] for row in family], method="holm")[1]
        for row, p in zip(family, corrected, strict=True):
            row["holm"] = p
            row["verdict"] = (
                "no_demonstrable_effect"
                if p >= 0.05
                else ("improved" if row["tested"] > 0 else "declined")
            )
    return rows


def nothing() -> dict[str, Any]:
    names = ("before", "after", "other", "effect", "low", "high", "p", "holm", "tested")
    return dict.fromkeys(names) | {"verdict": "", "other_action": False}


def judge(
    target: Action,
    series: Series,
    plan: list[Action],
    known: dict[Series, dict[str, Figure]],
) -> dict[str, Any]:
    row, cell = nothing(), known[series]
    settled = max(target.started, target.finished or target.started)
    row["before"] = max(
        (p for p in cell if bounds(p)[1] < target.started), key=bounds, default=None
    )
    row["after"] = min(
        (p for p in cell if bounds(p)[0] >= settled), key=bounds, default=None
    )
    if row["before"] is None:
        return row | {"verdict": "not_measured"}
    if row["after"] is None:
        return row | {"verdict": "not_yet_measured"}
    before, after = row["before"], row["after"]
    window = bounds(before)[0], bounds(after)[1]
    at_work = [action for action in plan if action.overlaps(*window)]
    row["other_action"] = any(
        action.identity != target.identity and action.touches(*series[:3])
        for action in at_work
    )
    usable = [
        (least < FEWEST, kind == "aspect", -least, other)
        for kind, other in other_series(series, known)
        if {before, after} <= known[other].keys()
        and not any(action.touches(*other[:3]) for action in at_work)
        for least in [min(known[other][p].count for p in (before, after))]
    ]
    sides = [cell[after], cell[before]]
    if usable:
        _, is_aspect, _, other = min(usable)
        row["other"] = ("aspect" if is_aspect else "channel", *other[1:3])
        sides += [known[other][after], known[other][before]]
        signs = (1, -1, -1, 1)
        row["effect"] = sum(s * f.value for s, f in zip(signs, sides, strict=True))
    if min(figure.count for figure in sides) < FEWEST:
        return row | {"verdict": "too_few"}
    if not usable:
        return row | {"verdict": "no_comparison"}
    row["tested"] = float(sum(s * f.tested for s, f in zip(signs, sides, strict=True)))
    spread = math.sqrt(sum(figure.variance for figure in sides))
    row["low"], row["high"] = stats.norm.interval(0.95, row["tested"], spread)
    row["p"] = 2 * stats.norm.sf(abs(row["tested"]) / spread)
    return row


def compare(found: list[tuple[Any, ...]], expected: dict[Any, dict[str, Any]]) -> None:
    """The rows of MART against those of the judge, figure by figure."""
    assert len(found) == len({row[:7] for row in found})
    assert {row[:7] for row in found} == set(expected)
    for *key, before, after, kind, channel, aspect, effect, low, high, p, holm in (
        row[:17] for row in found
    ):
        row = expected[tuple(key)]
        assert (before, after) == (row["before"], row["after"]), key
        assert (kind, channel, aspect) == (row["other"] or (None, None, None)), key
        for name, value in zip(
            ("effect", "low", "high", "p", "holm"),
            (effect, low, high, p, holm),
            strict=True,
        ):
            assert value == (
                None if row[name] is None else pytest.approx(row[name], 1e-9, 1e-9)
            ), (key, name)
    for row in found:
        verdict, flags = row[17:]
        assert verdict == expected[row[:7]]["verdict"], row
        assert ("other_action" in flags) == expected[row[:7]]["other_action"], row
        assert ("same_respondents" in flags) == (row[9] == "aspect"), row


MART = (
    "select action_code, action_started_on, service_code, channel_code, aspect_code,"
    " metric, period_grain, former_period_code, period_code, comparison_kind,"
    " comparison_channel_code, comparison_aspect_code, effect, effect_low, effect_high,"
    " p_value, p_value_holm, verdict, flags from mart_action_effect"
)


# -- the sample deliveries ------------------------------------------------------------


def delivered_plan() -> list[Action]:
    """The action plan of VUTG, read from the sample file."""
    plan = []
    for path in sorted((FEEDS / "vutg/improvement_actions").iterdir()):
        _, *lines = path.read_text(encoding="utf-8-sig").splitlines()
        for row in csv.DictReader(lines, delimiter="\t"):
            start, end = (
                datetime.strptime(row[name], "%d-%m-%Y").date() if row[name] else None
                for name in ("Start", "Einde")
            )
            assert start is not None
            plan.append(Action(row["Nr"], row["Aspect"], row["Kanaal"], start, end))
    return plan


def delivered_answers() -> Iterator[tuple[str, str, str, date, int, str]]:
    channels = {"fons-mail": "mail", "fons-telefoon": "telefoon"}
    for instrument, aspect, day, answer in delivered():
        if instrument in channels and answer not in ("", "None", *DONT_KNOW):
            scale = "nps-0-10" if aspect == "aanbeveling" else SCALES[instrument]
            yield "alle", channels[instrument], aspect, day, int(answer), scale


def test_the_actions_of_the_sample_are_judged_from_the_delivered_answers(
    rows: Rows,
) -> None:
    expected = judged(delivered_plan(), figures(delivered_answers()))
    verdicts = {row["verdict"] for row in expected.values()}
    assert verdicts == {"no_demonstrable_effect", "not_yet_measured"}
    for perimeter in ("as_reported", "current"):
        compare(
            rows(
                f"{MART} where perimeter = '{perimeter}' and agency_code = 'vutg'"
                " and basis = 'computed' and is_simulated"
            ),
            expected,
        )


def test_invented_actions_are_never_held_against_published_figures(rows: Rows) -> None:
    assert rows(
        "select distinct basis, is_simulated from mart_action_effect"
        " where agency_code = 'vutg'"
    ) == [("computed", True)]


def test_every_delivered_action_has_a_fact_and_an_effect(rows: Rows) -> None:
    plan = {action.code for action in delivered_plan()}
    for mart in ("fct_improvement_action", "mart_action_effect"):
        assert {code for (code,) in rows(f"select action_code from {mart}")} == plan
    assert rows(
        "select action_code, aspect_code, channel_code, service_code, action_owner,"
        " action_status, action_validated_on from fct_improvement_action order by 1"
    )[1:] == [
        (
            "2023-02",
            "duidelijkheid",
            "telefoon",
            "niet-vermeld",
            "Team telefonie",
            "lopend",
            date(2023, 4, 20),
        ),
        (
            "2023-03",
            "snelheid",
            "alle",
            "niet-vermeld",
            "Team kwaliteit",
            "lopend",
            date(2023, 4, 20),
        ),
    ]


# -- the standard layout --------------------------------------------------------------

ASKED = ("snelheid", "duidelijkheid", "aandacht", "aanbeveling")
PLAN = [
    # A jump in one channel, the others as they were.
    Action("stijging", "snelheid", "mail", date(2023, 1, 1)),
    # Ends on the last day of a quarter; its after begins the day after.
    Action("daling", "duidelijkheid", "telefoon", date(2022, 7, 1), date(2022, 9, 30)),
    # In all channels: only other aspects are left.
    Action("overal", "aandacht", "alle", date(2022, 11, 15)),
    # Two targets, one of them not measured.
    Action("twee", "aanbeveling", "mail", date(2023, 2, 1), date(2023, 2, 20)),
    Action("twee", "aanbeveling", "chat", date(2023, 2, 1), date(2023, 2, 20)),
    Action("te vroeg", "snelheid", "telefoon", date(2021, 5, 1), date(2021, 6, 1)),
    Action("te laat", "snelheid", "telefoon", date(2023, 12, 31)),
    # Of one service: its own answers, and in the way of the total.
    Action("balie", "aandacht", "loket", date(2022, 4, 1), service="balie"),
    # Everything at the desk: nothing there is left to hold it against.
    Action("alles", "alle", "loket", date(2023, 4, 1)),
]


def responses() -> list[dict[str, Any]]:
    """Two years of answers in three channels, fewest at the desk."""
    rng = random.Random(8)
    made = []
    for number in range(6_000):
        channel = rng.choices(("mail", "telefoon", "loket"), (10, 10, 1.5))[0]
        day = date(2022, 1, 1) + timedelta(days=rng.randrange(730))
        lift = defaultdict(int)
        if channel == "mail" and day >= date(2023, 1, 1):
            lift["snelheid"] = 1
        if channel == "telefoon" and day >= date(2022, 7, 1):
            lift["duidelijkheid"] = -1
        row: dict[str, Any] = {
            "respons_id": f"R{number}",
            "datum": day,
            "kanaal": channel,
            "dienst": rng.choice(("", "balie")),
        }
        for aspect in ASKED:
            if rng.random() < 0.05:
                row[aspect] = rng.choice(("", "weet niet"))
            elif aspect == "aanbeveling":
                row[aspect] = min(10, max(0, round(rng.gauss(7.5, 2))))
            else:
                row[aspect] = min(5, max(1, round(rng.gauss(3.4, 1)) + lift[aspect]))
        made.append(row)
    return made


def standard_answers() -> Iterator[tuple[str, str, str, date, int, str]]:
    for row in responses():
        for aspect in ASKED:
            if isinstance(row[aspect], int):
                yield (
                    row["dienst"] or "niet-vermeld",
                    row["kanaal"],
                    aspect,
                    row["datum"],
                    row[aspect],
                    "nps-0-10" if aspect == "aanbeveling" else "likert-5",
                )


def sheet(header: list[str], lines: list[list[Any]]) -> str:
    def cell(value: Any) -> str:
        if value is None:
            return ""
        return f"{value:%d/%m/%Y}" if isinstance(value, date) else str(value)

    written = [";".join(cell(value) for value in line) for line in (header, *lines)]
    return "\n".join(written) + "\n"


@pytest.fixture(scope="module")
def improved(project_copy: Path, tmp_path_factory: pytest.TempPathFactory):
    """An agency that delivers answers and a plan in the standard layout."""
    agencies = project_copy / "seeds" / "reference" / "agencies.csv"
    text = agencies.read_text(encoding="utf-8")
    header, *_ = csv.reader(text.splitlines())
    row = dict.fromkeys(header, "") | {"agency_code": "plan", "name_nl": "Plan"}
    agencies.write_text(text + ",".join(row.values()) + "\n", encoding="utf-8")
    folder = tmp_path_factory.mktemp("plan")
    place = Installation(folder / "home", folder / "landing", project_copy)
    for year in (2022, 2023):
        made = [row for row in responses() if row["datum"].year == year]
        place.land(
            f"plan/survey_response/antwoorden_{year}.csv",
            sheet(list(made[0]), [list(row.values()) for row in made]),
        )
    place.land(
        "plan/improvement_action/acties.csv",
        sheet(
            [
                *("actie_id", "omschrijving", "aspect", "kanaal", "dienst"),
                *("gestart_op", "afgerond_op", "status"),
            ],
            [
                [
                    action.code,
                    "wat we doen",
                    action.aspect,
                    "" if action.channel == "alle" else action.channel,
                    "" if action.service == "alle" else action.service,
                    action.started,
                    action.finished,
                    "bezig",
                ]
                for action in PLAN
            ],
        ),
    )
    process = place.klantbeeld("run")
    assert process.returncode == 0, process.stdout + process.stderr
    return place


def test_effects_of_a_plan_in_the_standard_layout_are_those_of_the_definition(
    improved: Installation,
) -> None:
    expected = judged(PLAN, figures(standard_answers()))
    assert {row["verdict"] for row in expected.values()} == {
        *("improved", "declined", "no_demonstrable_effect", "too_few"),
        *("no_comparison", "not_yet_measured", "not_measured"),
    }
    kinds = {row["other"][0] for row in expected.values() if row["other"]}
    assert kinds == {"channel", "aspect"}
    for perimeter in ("as_reported", "current"):
        compare(improved.query(f"{MART} where perimeter = '{perimeter}'"), expected)


def test_a_sentence_says_what_the_figures_say(improved: Installation) -> None:
    for verdict, sentence, effect, metric in improved.query(
        "select verdict, effect_nl, effect, metric from mart_action_effect"
    ):
        opening = {
            "improved": "Aantoonbaar beter: ",
            "declined": "Aantoonbaar slechter: ",
            "no_demonstrable_effect": "Geen aantoonbaar effect: ",
            "too_few": "Te weinig antwoorden om te toetsen: ",
            "no_comparison": "Niet te toetsen, er is geen cijfer zonder actie",
            "not_yet_measured": "Nog niet gemeten in een periode helemaal na",
            "not_measured": "Niet gemeten in een periode helemaal voor",
        }[verdict]
        assert sentence.startswith(opening)
        tested = verdict in ("improved", "declined", "no_demonstrable_effect")
        assert ("95 %-interval" in sentence) == tested
        if effect is not None:
            shown = 100 * effect if metric == "satisfied_share" else effect
            size = f"{abs(shown):.1f}".replace(".", ",")
            assert f"{size} p" in sentence, (shown, sentence)
