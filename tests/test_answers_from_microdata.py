"""An agency that delivers answers, invitations and complaints is answered from them.

The judge is plain Python over the very rows that the test writes, with scipy and
statsmodels for the tests of a difference.
"""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Installation
from scipy import stats
from statsmodels.stats.multitest import multipletests

AGENCY = "meetbaar"
# Registers complaints and surveys nobody.
REGISTER = "klachtbaar"
PERIODS = ("2023-H1", "2023-H2")
ASPECTS = ("snelheid", "professionaliteit", "algemeen", "digitaal")
CHANNELS = {
    "mail": "e-mail",
    "telefoon": "telefoon",
    "loket": "loket",
    "chat": "chat",
    "brief": "brief",
}
RESPONDENTS = 200
FEW = 12
# Of the respondents of a half-year, how many of a hundred are satisfied.
SATISFIED = {
    # One aspect up, one down: mixed.
    "mail": {"snelheid": (50, 75), "professionaliteit": (80, 55)},
    # One up, the others the same: improved.
    "telefoon": {"digitaal": (40, 70)},
    # Nothing that a test would see, in both directions: stable.
    "loket": {"snelheid": (60, 63), "algemeen": (70, 66)},
    # One down: declined.
    "chat": {"algemeen": (85, 60)},
    # Far apart, but of too few people to say so.
    "brief": {"snelheid": (20, 90)},
}
PROMOTERS = {"2023-H1": 30, "2023-H2": 55}
POINTS = {"mail": (("sneller_antwoord", 4), ("duidelijker_antwoord", 10))}
INVITED = {"2023-H1": 2000, "2023-H2": 1600}
COMPLAINTS = {2022: 60, 2023: 25}
STATED = "Jaarverslag van de test"
STATEMENTS = (
    # Mail went both ways: wrong for professionaliteit.
    ("m-mail", AGENCY, "niet-vermeld", "", "mail", "improved", "Alles ging vooruit."),
    # Nothing at the desk is significant.
    ("m-loket", AGENCY, "niet-vermeld", "", "loket", "stable", "Het bleef gelijk."),
    # Of the phone one aspect is.
    ("m-telefoon", AGENCY, "niet-vermeld", "", "telefoon", "stable", "Geen verschil."),
    ("m-klachten", REGISTER, "", "klachten_eerstelijn", "alle", "stable", "Even veel."),
)


def respondents(channel: str) -> int:
    return FEW if channel == "brief" else RESPONDENTS


def satisfied(channel: str, aspect: str, period: str) -> int:
    """How many respondents are, out of all of the channel and half-year."""
    pair = SATISFIED[channel].get(aspect, (65, 65))
    return pair[PERIODS.index(period)] * respondents(channel) // 100


def text(rows: list[dict[str, Any]]) -> str:
    stream = io.StringIO()
    writer = csv.DictWriter(stream, rows[0], delimiter=";", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def responses(period: str) -> Iterator[dict[str, Any]]:
    for channel in CHANNELS:
        count = respondents(channel)
        for number in range(count):
            month = (1 if period == "2023-H1" else 7) + number % 6
            answers = {
                # From the satisfied to the others: one neutral, then one dissatisfied.
                aspect: 4 + number % 2
                if number < satisfied(channel, aspect, period)
                else 3 - number % 2
                for aspect in ASPECTS
            }
            promoters = PROMOTERS[period] * count // 100
            points = [
                point for point, every in POINTS.get(channel, ()) if number % every == 0
            ]
            yield {
                "respons_id": f"{period}-{channel}-{number}",
                "datum": f"{1 + number % 28:02d}/{month:02d}/2023",
                "kanaal": channel,
                **answers,
                # The others: detractors and passives in turn.
                "aanbeveling": 9 if number < promoters else (6, 8)[number % 2],
                "verbeterpunten": "|".join(points) or "n.v.t."
                if channel in POINTS
                else "",
            }


RESPONSES = {period: list(responses(period)) for period in PERIODS}


def answer_values(period: str, channel: str, aspect: str) -> list[int]:
    return [row[aspect] for row in RESPONSES[period] if row["kanaal"] == channel]


def share(period: str, channel: str, aspect: str) -> float:
    values = answer_values(period, channel, aspect)
    return sum(value >= 4 for value in values) / len(values)


def percent(number: float) -> str:
    return f"{100 * number:.2f} %".replace(".", ",")


def signed(number: float) -> str:
    return f"{number:+.2f}".replace(".", ",").replace("-", "−")


@pytest.fixture(scope="module")
def house_of_microdata(
    project_copy: Path, tmp_path_factory: pytest.TempPathFactory
) -> Installation:
    """The project with two agencies more that deliver rows and publish no figure."""
    folder = tmp_path_factory.mktemp("microdata")
    add_agencies(project_copy / "seeds" / "reference")
    place = Installation(folder / "home", folder / "landing", project_copy)
    for period in PERIODS:
        place.land(
            f"{AGENCY}/survey_response/bevraging_{period}.csv", text(RESPONSES[period])
        )
    invitations = [
        {
            "periode": period,
            "kanaal": channel,
            "uitgenodigd": INVITED[period],
            "voltooid": respondents(channel),
        }
        for period in PERIODS
        for channel in CHANNELS
    ]
    place.land(f"{AGENCY}/survey_invitation/uitnodigingen.csv", text(invitations))
    for agency in (AGENCY, REGISTER):
        for year, count in COMPLAINTS.items():
            place.land(
                f"{agency}/complaint/klachten_{year}.csv", text(complaints(year, count))
            )
    # The last year has begun: it is counted, and compared with nothing.
    place.land(f"{REGISTER}/complaint/klachten_2024.csv", text(complaints(2024, 5)))
    place.land(
        f"{AGENCY}/planned_measurement/volgende.csv",
        "meting;periode;resultaten_verwacht_op\nvoorjaarsmeting;2024-H1;2024-10\n",
    )
    process = place.klantbeeld("run")
    assert process.returncode == 0, process.stdout + process.stderr
    return place


def add_agencies(reference: Path) -> None:
    agencies = reference / "agencies.csv"
    header, *_ = csv.reader(agencies.read_text(encoding="utf-8").splitlines())
    with agencies.open("a", encoding="utf-8", newline="") as stream:
        for code in (AGENCY, REGISTER):
            row = {"agency_code": code, "name_nl": f"Entiteit {code}"}
            csv.DictWriter(stream, header, lineterminator="\n").writerow(row)
    statements = reference / "published_statements.csv"
    header, *_ = csv.reader(statements.read_text(encoding="utf-8").splitlines())
    with statements.open("a", encoding="utf-8", newline="") as stream:
        for code, agency, instrument, measure, channel, claim, quote in STATEMENTS:
            later, former = ("2023", "2022") if measure else PERIODS[::-1]
            row = {
                "statement_code": code,
                "agency_code": agency,
                "instrument_code": instrument,
                "measure_code": measure,
                "channel_code": channel,
                "period_code": later,
                "former_period_code": former,
                "quote": quote,
                "source": STATED,
                "claim": claim,
            }
            csv.DictWriter(stream, header, lineterminator="\n").writerow(row)


def complaints(year: int, count: int) -> list[dict[str, Any]]:
    return [
        {
            "klacht_id": f"{year}-{number}",
            "ontvangen_op": f"15/{1 + number % 12:02d}/{year}",
            "lijn": "EERSTELIJN",
            "ontvankelijk": "ja",
        }
        for number in range(count)
    ]


@pytest.fixture(scope="module")
def answers(house_of_microdata: Installation) -> dict[str, dict[str, Any]]:
    return answers_of(house_of_microdata, AGENCY)


def answers_of(house: Installation, agency: str) -> dict[str, dict[str, Any]]:
    names = ["answer", "status", "period_code", "base_count", "base_text"]
    names += ["source_fact", "flags", "basis", "is_simulated"]
    return {
        question: dict(zip(names, rest, strict=True))
        for question, *rest in house.query(
            f"select question_code, {', '.join(names)} from mart_parliamentary_answer"
            f" where agency_code = '{agency}'"
        )
    }


def lines(answers: dict[str, dict[str, Any]], question: str, word: str) -> list[str]:
    """The sentences of an answer that hold a word."""
    found = answers[question]["answer"].splitlines()
    return [line for line in found if word in line]


# -- which rows are answered ---------------------------------------------------

# What rows of respondents, invitations, complaints and plans can answer, and how.
ANSWERED = {
    "1": "mart_satisfaction",
    "2": "mart_satisfaction",
    "3": "mart_complaints",
    "4b": "mart_response",
    "4c": "mart_response",
    "4g": "mart_satisfaction",
    "7": "mart_satisfaction",
    "7a": "mart_satisfaction",
    "7b": "mart_improvement_point",
    "7c": "mart_satisfaction",
    "7c-1": "mart_satisfaction",
    "8": "mart_change",
    "8a": "mart_satisfaction",
    "8b": "mart_change",
}


def test_every_question_that_the_rows_can_answer_is_answered(answers) -> None:
    assert len(answers) == 32
    automatic = {q for q, row in answers.items() if row["status"] == "automatic"}
    assert automatic == set(ANSWERED)
    for question, mart in ANSWERED.items():
        row = answers[question]
        assert row["source_fact"].startswith(f"{mart}: {AGENCY}"), question
        assert (row["basis"], row["is_simulated"]) == ("computed", False), question
        assert row["period_code"] in ("2023", *PERIODS), question
    assert answers["11"]["status"] == "planned"
    for question in ("7c-2", "7c-3"):
        assert answers[question]["status"] == "not_applicable"
    for question in set(answers) - set(ANSWERED) - {"7c-2", "7c-3"}:
        assert answers[question]["basis"] is None, question


def test_a_figure_gives_its_base(answers) -> None:
    for question in ("7", "7a", "7c-1", "8", "8a", "8b"):
        assert answers[question]["base_count"] == FEW, question
        assert answers[question]["base_text"] == "12 tot 200 antwoorden", question
        assert "few_answers" in answers[question]["flags"].split("|"), question
    assert answers["7b"]["base_count"] == RESPONDENTS


# -- the figures in them -------------------------------------------------------


@pytest.mark.parametrize("channel", CHANNELS)
def test_invited_and_response_rate_are_those_of_the_invitations(
    answers, channel: str
) -> None:
    for period in PERIODS:
        invited, completed = INVITED[period], respondents(channel)
        month = "juni" if period == "2023-H1" else "december"
        (told,) = [
            line for line in lines(answers, "4b", CHANNELS[channel]) if month in line
        ]
        assert f"{invited:,}".replace(",", ".") in told
        assert f"van wie {completed} de" in told
        (rate,) = [
            line for line in lines(answers, "4c", CHANNELS[channel]) if month in line
        ]
        assert percent(completed / invited) in rate


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize(("question", "period"), [("7a", "2023-H2"), ("8a", "2023-H1")])
def test_satisfaction_is_that_of_the_answers(
    answers, channel: str, question: str, period: str
) -> None:
    labels = {
        "snelheid": "Snelheid",
        "professionaliteit": "Professionaliteit",
        "algemeen": "Algemene tevredenheid",
        "digitaal": "Digitale dienstverlening",
    }
    for aspect, label in labels.items():
        values = answer_values(period, channel, aspect)
        neutral = values.count(3) / len(values)
        score = f"{sum(values) / len(values):.2f}".replace(".", ",")
        (line,) = lines(answers, question, f"{label}, via {CHANNELS[channel]}:")
        assert f"{percent(share(period, channel, aspect))} tevreden" in line
        assert f"{percent(neutral)} neutraal" in line
        assert f"score {score} op 5" in line
        assert f"{len(values)} antwoorden" in line


@pytest.mark.parametrize("channel", CHANNELS)
def test_the_nps_is_that_of_the_answers(answers, channel: str) -> None:
    values = answer_values("2023-H2", channel, "aanbeveling")
    nps = 100 * sum((v >= 9) - (v <= 6) for v in values) / len(values)
    (line,) = lines(answers, "7a", f"NPS ({CHANNELS[channel]})")
    assert f"{nps:.2f}".replace(".", ",") in line
    assert f"{len(values)} antwoorden" in line


def test_improvement_points_are_those_that_were_ticked(answers) -> None:
    ticked = [
        row["verbeterpunten"].split("|")
        for row in RESPONSES["2023-H2"]
        if row["kanaal"] == "mail"
    ]
    (line,) = answers["7b"]["answer"].splitlines()
    faster, clearer = (
        percent(sum(point in row for row in ticked) / len(ticked))
        for point in ("sneller_antwoord", "duidelijker_antwoord")
    )
    # The most ticked one first.
    assert f"sneller antwoord ({faster}), duidelijker antwoord ({clearer})" in line
    assert "200 respondenten" in line


# -- the evolution -------------------------------------------------------------


@pytest.fixture(scope="module")
def verdicts() -> dict[tuple[str, str], str]:
    """By a z-test and Holm over all aspects and channels of the half-year."""
    p_values = {}
    for channel in CHANNELS:
        for aspect in ASPECTS:
            count = respondents(channel)
            before, after = (
                sum(v >= 4 for v in answer_values(period, channel, aspect))
                for period in PERIODS
            )
            if count < 30:
                continue
            table = [[before, count - before], [after, count - after]]
            test = stats.chi2_contingency(table, correction=False)
            p_values[channel, aspect] = (test.pvalue, after - before)
    corrected = multipletests([p for p, _ in p_values.values()], method="holm")[1]
    return {
        cell: "stable" if p >= 0.05 else "improved" if up > 0 else "declined"
        for (cell, (_, up)), p in zip(p_values.items(), corrected, strict=True)
    }


def word_for(verdicts: set[str]) -> str:
    if {"improved", "declined"} <= verdicts:
        return "is de evolutie gemengd"
    if "improved" in verdicts:
        return "is er een vooruitgang"
    if "declined" in verdicts:
        return "is er een achteruitgang"
    return "is de evolutie stabiel" if verdicts else "te weinig antwoorden"


def test_the_judge_knows_every_kind_of_evolution(verdicts) -> None:
    words = {
        word_for({verdicts[cell] for cell in verdicts if cell[0] == channel})
        for channel in CHANNELS
    }
    assert len(words) == len(CHANNELS) == 5


@pytest.mark.parametrize("channel", CHANNELS)
def test_an_evolution_is_named_by_its_verdicts(answers, verdicts, channel: str) -> None:
    of_channel = [verdicts[cell] for cell in verdicts if cell[0] == channel]
    line, *_ = lines(answers, "8b", f"Via {CHANNELS[channel]} ")
    assert word_for(set(of_channel)) in line
    compared, *_ = lines(answers, "8", f"Via {CHANNELS[channel]} ")
    if of_channel:
        assert f"van {len(of_channel)} getoetste aspecten" in line
        assert f"van {len(of_channel)} getoetste aspecten" in compared
    assert (
        "verschilt de evolutie per aspect" in compared
        if {"improved", "declined"} <= set(of_channel)
        else "verschilt" not in compared
    )


def test_each_aspect_gives_its_difference_and_verdict(answers, verdicts) -> None:
    words = {
        "improved": "een vooruitgang die de toets doorstaat",
        "declined": "een achteruitgang die de toets doorstaat",
        "stable": "geen verschil dat de toets doorstaat",
    }
    for channel, name in CHANNELS.items():
        before, after = (share(period, channel, "snelheid") for period in PERIODS)
        (line,) = lines(answers, "8b", f"Snelheid via {name}:")
        assert f"van {percent(before)} naar {percent(after)}" in line
        if abs(after - before) > 0.001:
            assert f"({signed(100 * (after - before))} procentpunt)" in line
        verdict = verdicts.get((channel, "snelheid"))
        assert words.get(verdict, "te weinig antwoorden voor een toets") in line


# -- what was said of it -------------------------------------------------------


def test_a_sentence_that_the_rows_contradict_is_a_finding(
    house_of_microdata: Installation,
) -> None:
    found = house_of_microdata.query(
        "select row_key, figure, message_nl from mart_quality_finding where rule = 'D8'"
        f" and agency_code in ('{AGENCY}', '{REGISTER}') order by row_key"
    )
    pair = stats.chisquare(list(COMPLAINTS.values()))
    assert [(key, figure) for key, figure, _ in found] == [
        ("m-klachten | alle", f"p = {pair.pvalue:.3f}".replace(".", ",")),
        ("m-mail | professionaliteit", "−25,00"),
        ("m-telefoon | digitaal", "30,00"),
    ]
    assert "procentpunt" in found[1][2]
    assert "procentpunt" not in found[0][2]


def test_the_answer_names_the_contradiction_and_what_stands(answers) -> None:
    (mail,) = lines(answers, "8b", "Alles ging vooruit.")
    assert "klopt niet voor professionaliteit" in mail
    assert "−25,00" in mail
    (phone,) = lines(answers, "8b", "Geen verschil.")
    assert "klopt niet voor digitale dienstverlening" in phone
    (desk,) = lines(answers, "8b", "Het bleef gelijk.")
    assert "niet tegengesproken" in desk
    assert "statement_contradicted" in answers["8b"]["flags"].split("|")


# -- complaints alone ----------------------------------------------------------


def test_complaints_stand_in_where_nobody_was_asked(
    house_of_microdata: Installation,
) -> None:
    found = answers_of(house_of_microdata, REGISTER)
    former, latest = COMPLAINTS.values()
    p_value = stats.binomtest(latest, former + latest).pvalue
    assert p_value < 0.05
    for question in ("8", "8b"):
        row = found[question]
        assert (row["status"], row["basis"]) == ("automatic", "computed")
        assert row["source_fact"].startswith("mart_complaints: ")
        assert f"{former} (2022), {latest} (2023)" in row["answer"]
        (change,) = lines(found, question, "die de toets doorstaat")
        assert f"van {former} naar {latest}" in change
        assert "een daling" in change
        assert f"p {p_value:.4f}".replace(".", ",") in change
        assert "2024" not in row["answer"]
    assert "2022, 2023, 2024" in found["3"]["answer"]
