"""Sample deliveries: files as such agencies would drop them, none of them real.

Belongs here: invented answers, calls and complaints, the layouts in which they come
(all different on purpose) and the calibration of VUTG's answers on its published
figures. Does not belong here: anything that the pipeline does with a delivery.

Every file says in itself that it is simulated, where its contract looks for it. Names,
addresses and numbers of persons are invented: numbers with check digits are published
examples or belong to birth dates of more than a century ago. The same seed and the same
number of responses give the same bytes.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from dagster_project.simulate_complaints import registers
from dagster_project.simulate_files import (
    NOTICE,
    SIMULATED,
    Dated,
    Making,
    Numbers,
    Weights,
    Written,
    as_dates,
    as_texts,
    commented,
    numbered,
    picked,
    working_days,
    write_csv,
    write_workbook,
)

# The responses of the four FONS measurements are those that its published response
# rates of 10 % and 2 % imply; the others are invented. Together 8.000.
ANSWERS = {
    ("fons-mail", "2022-H2"): 1108,
    ("fons-mail", "2023-H1"): 706,
    ("fons-telefoon", "2022-H2"): 838,
    ("fons-telefoon", "2023-H1"): 2613,
    ("zorgkas-mail", "2023-H2"): 500,
    ("zorgkas-mail", "2024-H1"): 500,
    ("eloket-zorgberoepen", "2024-H2"): 220,
    ("eloket-zorgberoepen", "2025-H1"): 180,
    ("1700-nagesprek", "2023-H1"): 1335,
}
DEFAULT_RESPONSES = sum(ANSWERS.values())
MIN_RESPONSES = 100
# Beyond this a sheet of the phone survey would have more rows than a workbook holds.
MAX_RESPONSES = 3_000_000

ASPECTS = {
    "snelheid": "Snelheid van het antwoord",
    "professionaliteit": "Professionaliteit van de medewerker",
    "duidelijkheid": "Duidelijkheid van de informatie",
    "aandacht": "Voldoende aandacht voor de vraag",
}
# Answer on question 196 of 15 January 2024, 7a and 8a: satisfied, neutral and
# dissatisfied % and score, per aspect in the order above.
FONS = {
    ("fons-mail", "2023-H1"): (
        (63.60, 10.44, 25.96, 3.64),
        (73.63, 11.26, 15.11, 3.99),
        (72.26, 7.96, 19.78, 3.90),
        (71.84, 11.12, 17.04, 3.96),
    ),
    ("fons-telefoon", "2023-H1"): (
        (54.96, 5.94, 39.10, 3.32),
        (54.44, 16.84, 28.72, 3.51),
        (60.11, 6.93, 32.96, 3.53),
        (68.05, 7.28, 27.67, 3.71),
    ),
    ("fons-mail", "2022-H2"): (
        (71.47, 10.61, 17.92, 3.92),
        (78.76, 8.50, 12.54, 4.16),
        (74.83, 8.76, 16.41, 4.05),
        (75.73, 7.57, 16.50, 4.06),
    ),
    ("fons-telefoon", "2022-H2"): (
        (52.77, 5.74, 41.49, 3.22),
        (60.68, 7.58, 31.44, 3.59),
        (57.51, 6.87, 35.42, 3.45),
        (63.89, 5.69, 30.42, 3.66),
    ),
}
# One figure for both channels together; how far mail lies above it is invented.
NPS = {"2022-H2": 31.15, "2023-H1": 22.95}
NPS_MAIL_ABOVE = 6.0
HALVED = (
    "Aanname: de helft van wat voor heel 2022 gepubliceerd is ({}), afgerond naar boven"
    " of beneden"
)
# Per measurement: contacts, invited, reached, assumption. What is published is
# "bevraagd" and "de kans gekregen", both read as invited.
INVITED = {
    ("fons-mail", "2022-H2"): (13604, 11083, 10640, HALVED.format("22.166")),
    ("fons-telefoon", "2022-H2"): (41877, 41877, 3770, HALVED.format("83.754")),
    ("fons-mail", "2023-H1"): (8733, 7057, 6775, ""),
    ("fons-telefoon", "2023-H1"): (
        130631,
        130631,
        11757,
        "Aanname: de 130.631 van “in 2023” gaat over het eerste halfjaar; dat staat er"
        " niet bij",
    ),
}
# Answer 196, 7b: of the respondents 21,56 % and 24,62 % expect this.
IMPROVEMENTS = {"duidelijker antwoord": 0.2156, "vollediger antwoord": 0.2462}
OTHER_IMPROVEMENTS = {"sneller antwoord": 0.18, "betere bereikbaarheid": 0.09}

# Answers that no code of the scale stands for, on top of the valid ones: the door
# refuses these rows.
WRONG_KEYS = {"2022-H2": (7, 9), "2023-H1": (6, 7, 8, 9, 9)}


def simulate(
    folder: Path, responses: int = DEFAULT_RESPONSES, seed: int = 1
) -> list[Written]:
    """Write every sample delivery as `<folder>/<agency>/<feed>/<file>`.

    Args:
        folder: where they land; a landing zone of one's own is fine.
        responses: how many survey responses all files hold together. Published shares
            are met within a tenth of a point from `DEFAULT_RESPONSES` upward, below
            that as near as whole answers allow.
        seed: what the random numbers start from.

    Raises:
        ValueError: more or fewer responses than the layouts can hold.
    """
    if not MIN_RESPONSES <= responses <= MAX_RESPONSES:
        raise ValueError(
            f"between {MIN_RESPONSES} and {MAX_RESPONSES} responses can be simulated"
        )
    making = Making(
        folder, seed, _scale(ANSWERS, responses), responses / DEFAULT_RESPONSES
    )
    written: list[Written] = []
    for make in (
        _fons_surveys,
        _fons_invitations,
        _fons_actions,
        _zorgkas_survey,
        _eloket_survey,
        _contact_centre,
        registers,
    ):
        written += make(making)
    return written


# -- calibration -----------------------------------------------------------------


def answer_counts(
    count: int, satisfied: float, neutral: float, dissatisfied: float, score: float
) -> tuple[int, ...]:
    """How often 1, 2, 3, 4 and 5 are answered, so that published figures come out.

    Shares that do not add up to 100 are divided by their sum. Boxes are 4-5, 3 and
    1-2; of the counts whose shares are nearest those are taken that can have the score.
    """
    whole = satisfied + neutral + dissatisfied
    goals = [count * share / whole for share in (satisfied, neutral, dissatisfied)]
    best: tuple[float, tuple[int, ...]] | None = None
    for up in range(int(goals[0]) - 2, int(goals[0]) + 4):
        for middle in range(int(goals[1]) - 2, int(goals[1]) + 4):
            boxes = (up, middle, count - up - middle)
            if min(boxes) < 0:
                continue
            pairs = zip(boxes, goals, strict=True)
            distance = max(abs(box - goal) for box, goal in pairs)
            values = _within_boxes(boxes, round(count * score))
            short = abs(sum(n * c for n, c in enumerate(values, 1)) - count * score)
            if best is None or (distance + short, values) < best:
                best = (distance + short, values)
    assert best is not None
    return best[1]


def _within_boxes(boxes: tuple[int, int, int], total: int) -> tuple[int, ...]:
    """Divide the outer boxes so that all answers add up to `total`, or come near."""
    up, middle, down = boxes
    # Every 5 adds one to a sum of fours, threes and twos, every 1 takes one away.
    surplus = total - 4 * up - 3 * middle - 2 * down
    ones = min(max(round(0.55 * down), -surplus, 0), down)
    ones = max(min(ones, up - surplus), 0)
    fives = min(max(surplus + ones, 0), up)
    return (ones, down - ones, middle, up - fives, fives)


def nps_counts(count: int, surplus: int) -> tuple[int, ...]:
    """How often 0 to 10 are answered with `surplus` more promoters than detractors."""
    passive = min(round(0.27 * count), count - abs(surplus))
    passive -= (count - passive + surplus) % 2
    if passive < 0:
        passive += 2
    promoters = (count - passive + surplus) // 2
    detractors = count - passive - promoters
    low = _divide(detractors, (0.06, 0.03, 0.07, 0.11, 0.14, 0.27, 0.32))
    return (
        *low,
        *_divide(passive, (0.4, 0.6)),
        *_divide(promoters, (0.55, 0.45)),
    )


def _divide(count: int, weights: Sequence[float]) -> list[int]:
    """Whole parts of a count after weights: largest remainders."""
    exact = [count * weight / sum(weights) for weight in weights]
    parts = [int(part) for part in exact]
    order = sorted(range(len(parts)), key=lambda n: parts[n] - exact[n])
    for number in order[: count - sum(parts)]:
        parts[number] += 1
    return parts


def _scale(counts: dict[tuple[str, str], int], total: int) -> dict[Any, int]:
    return dict(zip(counts, _divide(total, list(counts.values())), strict=True))


def _spread(
    random: np.random.Generator, counts: Sequence[int], mood: Weights
) -> Numbers:
    """One value per respondent, 0 upward, each as often as counted.

    Who is in a better mood tends to give the higher values.
    """
    values = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
    order = np.argsort(mood + random.normal(0, 0.8, len(mood)), kind="stable")
    spread = np.empty(len(mood), dtype=np.int64)
    spread[order] = values
    return spread


# -- vutg ---------------------------------------------------------------------------


def _fons_surveys(making: Making) -> list[Written]:
    written = []
    for period, nps in NPS.items():
        mail = making.answers["fons-mail", period]
        phone = making.answers["fons-telefoon", period]
        # Some who answer by mail say that the question of recommending is not for them.
        asked = mail - round(0.03 * mail)
        surplus = round(nps / 100 * (asked + phone))
        above = round((nps + NPS_MAIL_ABOVE) / 100 * asked)
        above = min(max(above, surplus - phone, -asked), surplus + phone, asked)
        written.append(_fons_mail(making, period, nps_counts(asked, above)))
        written.append(_fons_phone(making, period, nps_counts(phone, surplus - above)))
    return written


def _fons_answers(
    making: Making, random: np.random.Generator, instrument: str, period: str
) -> tuple[Weights, list[Numbers]]:
    """The mood of each respondent and the answers 1 to 5 on the four aspects."""
    count = making.answers[instrument, period]
    mood = random.normal(0, 1, count)
    answers = [
        _spread(random, answer_counts(count, *published), mood) + 1
        for published in FONS[instrument, period]
    ]
    return mood, answers


def _fons_mail(making: Making, period: str, nps: Sequence[int]) -> Written:
    name = f"vutg/mail_survey/mailenquete_{period}.csv"
    random, path = making.random(name), making.place(name)
    mood, answers = _fons_answers(making, random, "fons-mail", period)
    count = len(mood)
    recommends = _spread(random, (*nps, 0), mood[: sum(nps)])
    recommends = np.concatenate([recommends, np.full(count - sum(nps), 11)])
    # Who skips that question is anybody, not the last ones of the period.
    shuffled = random.permutation(count)
    mood = mood[shuffled]
    answers = [answer[shuffled] for answer in answers]
    recommends = recommends[shuffled]
    taken = np.clip(random.gamma(2.0, 1.6, count) * 10, 1, 600).astype(np.int64)
    dossiers = random.integers(100_000, 999_999, count)
    write_csv(
        path,
        [
            "Respondent",
            "Dossiernummer",
            "Datum",
            *ASPECTS.values(),
            "Zou u FONS aanbevelen (0-10)?",
            "Verbeterpunten",
            "Doorlooptijd (dagen)",
            "Opmerking",
            "Herkomst",
        ],
        [
            numbered(f"M{period[2:4]}{period[5:]}-", count),
            [f"GP-{dossier}" for dossier in dossiers.tolist()],
            as_dates(working_days(random, period, count), "%d/%m/%Y"),
            *(as_texts(answer.tolist()) for answer in answers),
            picked([*as_texts(range(11)), "n.v.t."], recommends),
            _improvements(random, count),
            [f"{tenths // 10},{tenths % 10}" for tenths in taken.tolist()],
            commented(random, answers[2] > 3, 0.4),
            [SIMULATED] * count,
        ],
        delimiter=";",
        encoding="cp1252",
    )
    return Written(path, count)


def _improvements(random: np.random.Generator, count: int) -> list[str]:
    """Points that respondents tick; the two published ones as often as published."""
    places = np.zeros(count, dtype=np.int64)
    points = IMPROVEMENTS | OTHER_IMPROVEMENTS
    for bit, share in enumerate(points.values()):
        places[random.permutation(count)[: round(share * count)]] += 1 << bit
    texts = [
        ", ".join(point for bit, point in enumerate(points) if mask >> bit & 1)
        or "n.v.t."
        for mask in range(1 << len(points))
    ]
    return picked(texts, places)


def _fons_phone(making: Making, period: str, nps: Sequence[int]) -> Written:
    name = f"vutg/phone_survey/telefoonenquete_{period}.xlsx"
    random, path = making.random(name), making.place(name)
    mood, answers = _fons_answers(making, random, "fons-telefoon", period)
    # The first key is the best: another agency's 5 is this one's 1.
    answers = [6 - answer for answer in answers]
    recommends = _spread(random, nps, mood)
    wrong = WRONG_KEYS[period]
    count = len(mood) + len(wrong)
    # Wrong keys stand among the others, each in a row of its own.
    order = random.permutation(count)
    first = np.concatenate([answers[0], np.array(wrong, dtype=np.int64)])
    rest = [
        np.concatenate([answer, np.full(len(wrong), 3)])
        for answer in (*answers[1:], recommends)
    ]
    callers = random.integers(10, 100, count)
    write_workbook(
        path,
        f"Toetsen ({SIMULATED})",
        [
            "FONS: enquête na een telefonisch contact",
            f"Periode {period}; toets 1 is zeer tevreden, toets 5 zeer ontevreden",
            NOTICE,
        ],
        [
            "Oproep",
            "Datum",
            "Telefoonnummer",
            *(f"Toets {number}: {aspect}" for number, aspect in enumerate(ASPECTS, 1)),
            "Aanbeveling",
        ],
        [
            numbered(f"T{period[2:4]}{period[5:]}-", count),
            Dated(working_days(random, period, count).tolist()),
            [f"0470 00 00 {caller}" for caller in callers.tolist()],
            *(column[order].tolist() for column in (first, *rest)),
        ],
    )
    return Written(path, count, len(wrong))


def _fons_invitations(making: Making) -> list[Written]:
    path = making.place("vutg/invitations/uitnodigingen.csv")
    rows = []
    for (instrument, period), completed in making.answers.items():
        if instrument.startswith("fons-"):
            *counts, note = INVITED[instrument, period]
            contacts, invited, reached = (round(making.factor * n) for n in counts)
            started = round(completed * (1.08 if instrument == "fons-mail" else 1.31))
            started = min(max(started, completed), reached)
            numbers = [contacts, invited, reached, started, completed]
            rows.append(
                [
                    period,
                    "e-mail" if instrument == "fons-mail" else "telefoon",
                    *(f"{number:,}".replace(",", ".") for number in numbers),
                    note,
                    SIMULATED,
                ]
            )
    titles = ["Periode", "Kanaal", "Contacten", "Uitgenodigd", "Bereikt", "Gestart"]
    titles += ["Volledig ingevuld", "Toelichting", "Herkomst"]
    columns = [[row[place] for row in rows] for place in range(len(titles))]
    write_csv(path, titles, columns, delimiter=";", encoding="utf-8-sig")
    return [Written(path, len(rows))]


def _fons_actions(making: Making) -> list[Written]:
    """The three subjects are those of answer 196, 9a; all else is invented."""
    path = making.place("vutg/improvement_actions/verbeteracties_2023.csv")
    rows = [
        ("2023-01", "Antwoordmails binnen drie werkdagen", "snelheid", "mail",
         "Team mail", "01-02-2023", "30-06-2023", "uitgevoerd", "20-04-2023"),
        ("2023-02", "Herwerkte belscripts zonder vaktaal", "duidelijkheid", "telefoon",
         "Team telefonie", "01-03-2023", "", "lopend", "20-04-2023"),
        ("2023-03", "Terugbellen wie gegevens achterlaat in de enquête", "snelheid",
         "alle", "Team kwaliteit", "15-04-2023", "", "lopend", "20-04-2023"),
    ]  # fmt: skip
    titles = ["Nr", "Actie", "Aspect", "Kanaal", "Eigenaar", "Start", "Einde", "Status"]
    titles += ["Gevalideerd door de raad van bestuur", "Herkomst"]
    columns = [[row[place] for row in rows] for place in range(9)]
    columns.append([SIMULATED] * len(rows))
    write_csv(
        path,
        titles,
        columns,
        delimiter="\t",
        encoding="utf-8",
        before=[f"Actieplan klanttevredenheid FONS, {NOTICE}"],
    )
    return [Written(path, len(rows))]


# -- departement-zorg -----------------------------------------------------------------


def _zorgkas_survey(making: Making) -> list[Written]:
    """Marks from 1 to 10; some do not know."""
    written = []
    for (instrument, period), count in making.answers.items():
        if instrument != "zorgkas-mail":
            continue
        name = f"departement-zorg/zorgkas_mail_survey/zorgkas_{period}.jsonl"
        random, path = making.random(name), making.place(name)
        mood = random.normal(0, 1, count)
        marks = []
        for mean in (7.3, 6.9):
            noisy = mean + 1.7 * mood + random.normal(0, 1.1, count)
            mark = np.clip(np.rint(noisy), 1, 10).astype(np.int64)
            marks.append(np.where(random.random(count) < 0.03, 0, mark))
        shown = ['"weet niet"', *as_texts(range(1, 11))]
        answered = working_days(random, period, count)
        comments = commented(random, marks[0] > 6, 0.3)
        written_down = {
            text: json.dumps(text, ensure_ascii=False) for text in set(comments)
        }
        columns = [
            numbered(f"zk{period[2:4]}{period[5:].lower()}-", count),
            as_dates(answered, "%Y-%m-%d"),
            *(picked(shown, mark) for mark in marks),
            [written_down[text] if text else "null" for text in comments],
        ]
        path.write_text(
            "".join(
                f'{{"respons": "{key}", "ingevuld_op": "{day}",'
                f' "tevredenheid": {first}, "duidelijkheid": {second},'
                f' "opmerking": {text}, "herkomst": "{SIMULATED}"}}\n'
                for key, day, first, second, text in zip(*columns, strict=True)
            ),
            encoding="utf-8",
        )
        written.append(Written(path, count))
    return written


PROFESSIONS = (
    "huisarts in opleiding",
    "arts-specialist in opleiding",
    "algemeen tandarts in opleiding",
    "tandarts-specialist in opleiding",
    "ziekenhuisapotheker in opleiding",
)


def _eloket_survey(making: Making) -> list[Written]:
    """Seven points, for professionals in training who used the online desk."""
    written = []
    for (instrument, period), count in making.answers.items():
        if instrument != "eloket-zorgberoepen":
            continue
        name = f"departement-zorg/eloket_survey/eloket_zorgberoepen_{period}.xlsx"
        random, path = making.random(name), making.place(name)
        mood = random.normal(0, 1, count)
        # The second wave comes after improvements: somewhat higher.
        lift = 0.3 if period.endswith("H1") else 0.0
        answers = [
            np.clip(
                np.rint(mean + lift + 1.2 * mood + random.normal(0, 0.9, count)), 1, 7
            )
            for mean in (4.6, 4.9, 4.4)
        ]
        write_workbook(
            path,
            f"Antwoorden ({SIMULATED})",
            ["Bevraging e-loket zorgberoepen", NOTICE],
            [
                "Volgnummer",
                "Ingevuld op",
                "Beroepsgroep",
                "Hoe tevreden bent u over het e-loket in het geheel? (1-7)",
                "De uitleg in het e-loket is duidelijk (1-7)",
                "Een dossier indienen gaat vlot (1-7)",
                "Opmerking",
            ],
            [
                list(range(1, count + 1)),
                Dated(working_days(random, period, count).tolist()),
                picked(PROFESSIONS, random.integers(0, len(PROFESSIONS), count)),
                *(answer.astype(np.int64).tolist() for answer in answers),
                commented(random, answers[0] > 4, 0.25),
            ],
        )
        written.append(Written(path, count))
    return written


# -- 1700 ---------------------------------------------------------------------------

LINES = (
    ("Groeipakket", "uitbetaling"),
    ("Groeipakket", "dossierstatus"),
    ("Vlaamse Zorgkas", "zorgpremie"),
    ("Vlaamse Zorgkas", "zorgbudget"),
    ("1700 algemeen", "wegwijs"),
    ("1700 algemeen", "studietoelagen"),
)
SMILEYS = ("😠", "🙁", "🙂", "😀")
CALLS_PER_ANSWER = 4


def _contact_centre(making: Making) -> list[Written]:
    period = "2023-H1"
    count = making.answers["1700-nagesprek", period]
    calls = CALLS_PER_ANSWER * count
    name = f"1700/calls/oproepen_{period}.parquet"
    random, path = making.random(name), making.place(name)
    days = working_days(random, period, calls)
    seconds = np.sort(random.integers(9 * 3600, 19 * 3600, calls))
    started = np.sort(days * 86_400 + random.permutation(seconds))
    waiting = np.minimum(random.exponential(35, calls), 900).astype(np.int64)
    answered = random.random(calls) > np.clip(waiting / 900, 0.02, 0.6)
    columns = {
        "started": started,
        "line": random.choice(len(LINES), calls, p=(0.2, 0.14, 0.2, 0.12, 0.22, 0.12)),
        "answered": answered,
        "waiting": waiting,
        "talking": np.where(answered, random.gamma(2.2, 95, calls), 0).astype(np.int64),
        "after": np.where(answered, random.gamma(1.5, 25, calls), 0).astype(np.int64),
        "passed": answered & (random.random(calls) < 0.16),
        "solved": answered & (random.random(calls) < 0.74),
    }
    _write_calls(path, columns)
    return [Written(path, calls), _after_call(making, period, count, started, answered)]


def _write_calls(path: Path, columns: dict[str, NDArray[Any]]) -> None:
    """Parquet, one row a call; `columns` is what the query below reads."""
    lines, topics = ([pair[n] for pair in LINES] for n in (0, 1))
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.register("columns", columns)
        connection.execute(
            f"""
            copy (
                select
                    printf('C%08d', row_number() over ()) as contact_id,
                    make_timestamp(started * 1000000) as gestart_op,
                    {lines!r}[line + 1] as lijn,
                    {topics!r}[line + 1] as onderwerp,
                    'telefoon' as kanaal,
                    answered as beantwoord,
                    waiting as wachttijd_s,
                    talking as gesprekstijd_s,
                    after as nawerk_s,
                    passed as doorverbonden,
                    solved as opgelost,
                    '{SIMULATED}' as herkomst
                from columns
            ) to '{str(path).replace("'", "''")}' (format parquet, compression zstd)
            """
        )


def _after_call(
    making: Making,
    period: str,
    count: int,
    started: Numbers,
    answered: NDArray[np.bool_],
) -> Written:
    """Four smileys after some of the answered calls; some have no opinion."""
    name = f"1700/after_call_survey/nagesprek_{period}.csv"
    random, path = making.random(name), making.place(name)
    places = np.sort(random.choice(np.flatnonzero(answered), count, replace=False))
    faces = random.choice(5, count, p=(0.09, 0.12, 0.36, 0.4, 0.03))
    write_csv(
        path,
        ["oproep", "dag", "smiley", "herkomst"],
        [
            [f"C{place + 1:08d}" for place in places.tolist()],
            as_dates(started[places] // 86_400, "%Y%m%d"),
            picked([*SMILEYS, "weet niet"], faces),
            [SIMULATED] * count,
        ],
        delimiter=",",
        encoding="utf-8",
        before=[f"1700 tevredenheid na het gesprek, {period}", NOTICE],
    )
    return Written(path, count)
