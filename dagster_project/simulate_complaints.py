"""Complaint registers: as agencies keep them, each in its own layout.

Belongs here: invented complaints and how each register writes them down. Does not
belong here: surveys and contacts (simulate.py).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from dagster_project.simulate_files import (
    BAD,
    FIRST_NAMES,
    LAST_NAMES,
    NOTICE,
    SIMULATED,
    Dated,
    Making,
    Written,
    numbered,
    personal,
    write_csv,
    write_workbook,
)

FIRST, SECOND, REFERRED = "EERSTELIJN", "INTERNE_TWEEDELIJN", "DOORVERWIJZING"
MERGED_ON = date(2023, 6, 1)
# Received complaints by register, first and last day, and line. First-line complaints
# of azg, departement-wvg and departement-zorg add up to the published 142, 159 and 127;
# those of departement-wvg in 2021 and 2022 are its own published ones.
Span = tuple[date, date]
Y2021 = (date(2021, 1, 1), date(2021, 12, 31))
Y2022 = (date(2022, 1, 1), date(2022, 12, 31))
Y2023 = (date(2023, 1, 1), date(2023, 12, 31))
BEFORE = (date(2023, 1, 1), date(2023, 5, 31))
AFTER = (date(2023, 6, 1), date(2023, 12, 31))
RECEIVED: dict[str, dict[Span, dict[str, int]]] = {
    "azg": {
        Y2021: {FIRST: 119, SECOND: 21},
        Y2022: {FIRST: 133, SECOND: 18},
        BEFORE: {FIRST: 47, SECOND: 8},
    },
    "departement-wvg": {
        Y2021: {FIRST: 23, SECOND: 7, REFERRED: 40},
        Y2022: {FIRST: 26, SECOND: 3, REFERRED: 10},
        BEFORE: {FIRST: 9, SECOND: 1, REFERRED: 4},
    },
    "departement-zorg": {AFTER: {FIRST: 71, SECOND: 12, REFERRED: 6}},
    "vutg": {Y2022: {FIRST: 96}, Y2023: {FIRST: 88}},
}
WRONG_COMPLAINTS = {"2022": 2, "2023": 1}
# A register also holds what turned out not to be a complaint.
NOT_A_COMPLAINT = 0.06
CARE_SERVICES = (
    "Vlaamse Zorgkas",
    "Vlaamse Sociale Bescherming",
    "Team Zorgberoepen",
    "",
)
SERVICES: dict[str, tuple[tuple[str, float], ...]] = {
    "azg": tuple(zip(CARE_SERVICES, (0.45, 0.3, 0.15, 0.1), strict=True)),
    "departement-wvg": (("Zorginspectie", 0.7), ("", 0.3)),
    "departement-zorg": (
        *zip(CARE_SERVICES, (0.42, 0.26, 0.12, 0.1), strict=True),
        ("Zorginspectie", 0.1),
    ),
    "vutg": (("Groeipakket", 0.7), ("Schooltoeslag", 0.2), ("", 0.1)),
}
NORMS = ("ON02", "ON07", "ON08", "ON09", "ON10", "ON11", "ON13", "ON06", "ON14")
REASONS = ("RO02", "RO03", "RO05", "RO06", "RO07", "RO08", "RO12")
CARRIERS = ("MAIL_RECHTSTREEKS", "WEB", "BRIEF", "TELEFOON")
ROUTES = ("BURGER", "KABINET", "OMBUDSDIENST", "MIDDENVELD")
# Labels of those codes, as the official lists word them.
LABELS = {
    "EERSTELIJN": "Eerste lijn: klachten over eigen dienstverlening",
    "INTERNE_TWEEDELIJN": "Interne tweede lijn: klachten over het zorgaanbod en de"
    " dienstverlening van erkende/gesubsidieerde voorzieningen",
    "DOORVERWIJZING": "Doorverwijzing: klacht bedoeld voor andere organisatie/dienst",
    "GEGROND": "Gegrond",
    "DEELS_GEGROND": "Deels gegrond",
    "ONGEGROND": "Ongegrond",
    "OPGELOST": "Opgelost",
    "DEELS_OPGELOST": "Deels opgelost",
    "ONOPGELOST": "Onopgelost",
    "ON02": "Afdoende motivering",
    "ON06": "Correcte bejegening",
    "ON07": "Actieve dienstverlening",
    "ON08": "Deugdelijke correspondentie",
    "ON09": "Vlotte bereikbaarheid",
    "ON10": "Doeltreffende algemene informatieverstrekking",
    "ON11": "Goede uitvoeringspraktijk en administratieve nauwkeurigheid",
    "ON13": "Redelijke behandeltermijn",
    "ON14": "Efficiënte coördinatie",
    "RO02": "Meer dan een jaar voor indiening",
    "RO03": "Nog niet alle beroepsprocedures aangewend",
    "RO05": "Kennelijk ongegrond",
    "RO06": "Geen belang",
    "RO07": "Anoniem",
    "RO08": "Beleid en regelgeving",
    "RO12": "Onbevoegd (entiteit)",
    "MAIL_RECHTSTREEKS": "E-mail - rechtstreeks",
    "WEB": "E-mail - world wide web (webformulier)",
    "BRIEF": "Brief",
    "TELEFOON": "Telefoon",
    "BURGER": "Rechtstreeks van burger",
    "KABINET": "Via kabinet",
    "OMBUDSDIENST": "Via Vlaamse Ombudsdienst",
    "MIDDENVELD": "Via georganiseerd middenveld",
}
CATEGORIES = (
    "wachttijd",
    "bedrag",
    "beslissing",
    "informatie",
    "bejegening",
    "website",
)


@dataclass(frozen=True)
class _Complaint:
    """One complaint, in official codes."""

    line: str
    service: str
    received: date
    confirmed: date
    answered: date
    extended: bool
    admissibility: str
    reasons: tuple[str, ...]
    groundedness: str
    resolution: str
    norms: tuple[str, ...]
    carriers: tuple[str, ...]
    routes: tuple[str, ...]
    category: str
    name: str
    text: str


def _complaints(
    random: np.random.Generator, agency: str, span: Span, lines: dict[str, int]
) -> list[_Complaint]:
    """The complaints of one register in one span, by date received."""
    made = []
    for line, count in lines.items():
        extra = round(NOT_A_COMPLAINT * count)
        for number in range(count + extra):
            made.append(_complaint(random, agency, span, line, number >= count))
    return sorted(made, key=lambda complaint: complaint.received)


def _complaint(
    random: np.random.Generator, agency: str, span: Span, line: str, dismissed: bool
) -> _Complaint:
    def some(codes: Sequence[str], most: int) -> tuple[str, ...]:
        count = 1 + int(random.random() < 0.25) + int(random.random() < 0.08)
        picked = random.choice(len(codes), min(count, most), replace=False)
        return tuple(codes[place] for place in sorted(picked.tolist()))

    def one(choices: dict[str, float]) -> str:
        return list(choices)[int(random.choice(len(choices), p=list(choices.values())))]

    first, last = span
    received = first + timedelta(days=int(random.integers(0, (last - first).days + 1)))
    extended = random.random() < 0.08
    days = int(min(max(random.gamma(3.2, 8.5), 2), 120)) + (35 if extended else 0)
    admissibility = "geen_klacht" if dismissed else one({"ja": 0.8, "nee": 0.2})
    groundedness = resolution = ""
    norms: tuple[str, ...] = ()
    if admissibility == "ja":
        groundedness = one({"GEGROND": 0.34, "DEELS_GEGROND": 0.2, "ONGEGROND": 0.46})
    else:
        extended, days = False, int(random.integers(1, 12))
    if groundedness in ("GEGROND", "DEELS_GEGROND"):
        norms = some(NORMS, 3)
        resolution = one({"OPGELOST": 0.7, "DEELS_OPGELOST": 0.18, "ONOPGELOST": 0.12})
    services, shares = zip(*SERVICES.get(agency, (("", 1.0),)), strict=True)
    text = str(random.choice(BAD))
    if random.random() < 0.3:
        text = f"{text} {personal(random)}"
    return _Complaint(
        line=line,
        service=services[int(random.choice(len(services), p=shares))],
        received=received,
        confirmed=received + timedelta(days=min(int(random.integers(0, 9)), days)),
        answered=received + timedelta(days=days),
        extended=extended,
        admissibility=admissibility,
        reasons=some(REASONS, 2) if admissibility == "nee" else (),
        groundedness=groundedness,
        resolution=resolution,
        norms=norms,
        carriers=some(CARRIERS, 2),
        routes=some(ROUTES, 2),
        category=str(random.choice(CATEGORIES)),
        name=f"{random.choice(FIRST_NAMES)} {random.choice(LAST_NAMES)}",
        text=text,
    )


def registers(making: Making) -> list[Written]:
    """Registers do not grow with the number of responses: counts are published."""
    return [
        *_register_of_vutg(making),
        *_register_of_azg(making),
        _register_of_wvg(making),
        _register_of_zorg(making),
        _register_of_ombuds(making),
    ]


def _register_of_vutg(making: Making) -> list[Written]:
    """A workbook by hand: codes beside labels, several norms in one cell."""
    written = []
    for span, lines in RECEIVED["vutg"].items():
        year = f"{span[0]:%Y}"
        name = f"vutg/complaint_register/klachtenregister_{year}.xlsx"
        random, path = making.random(name), making.place(name)
        complaints = _complaints(random, "vutg", span, lines)
        wrong = WRONG_COMPLAINTS[year]
        # Those who keep the register wrote a norm of their own in these rows.
        complaints += _complaints(random, "vutg", span, {FIRST: wrong})

        def mixed(code: str, random: np.random.Generator = random) -> str:
            return code if random.random() < 0.5 else LABELS.get(code, code)

        def cells(codes: Iterable[str], mixed: Callable[[str], str] = mixed) -> str:
            return "; ".join(map(mixed, codes))

        norms = [cells(complaint.norms) for complaint in complaints]
        norms[-wrong:] = ["te traag"] * wrong
        words = {"ja": "ontvankelijk", "nee": "onontvankelijk"}
        words["geen_klacht"] = "geen klacht"
        write_workbook(
            path,
            f"Klachten ({SIMULATED})",
            [f"Klachtenregister VUTG {year}", NOTICE],
            [
                "Klachtnr",
                "Naam",
                "Ontvangen",
                "Ontvangst gemeld",
                "Beantwoord",
                "Termijn verlengd",
                "Dienst",
                "Ontvankelijkheid",
                "Reden",
                "Gegrondheid",
                "Oplossing",
                "Ombudsnorm(en)",
                "Drager",
                "Kanaal",
                "Categorie",
                "Omschrijving",
            ],
            [
                [f"{year}/{number:03d}" for number in range(1, len(complaints) + 1)],
                [complaint.name for complaint in complaints],
                Dated([_serial(complaint.received) for complaint in complaints]),
                Dated([_serial(complaint.confirmed) for complaint in complaints]),
                Dated([_serial(complaint.answered) for complaint in complaints]),
                ["ja" if complaint.extended else "nee" for complaint in complaints],
                [complaint.service for complaint in complaints],
                [words[complaint.admissibility] for complaint in complaints],
                [cells(complaint.reasons) for complaint in complaints],
                [mixed(complaint.groundedness) for complaint in complaints],
                [mixed(complaint.resolution) for complaint in complaints],
                norms,
                [cells(complaint.carriers) for complaint in complaints],
                [cells(complaint.routes) for complaint in complaints],
                [complaint.category for complaint in complaints],
                [complaint.text for complaint in complaints],
            ],
        )
        written.append(Written(path, len(complaints), wrong))
    return written


def _serial(day: date) -> int:
    return (day - date(1970, 1, 1)).days


def _register_of_azg(making: Making) -> list[Written]:
    """A text file a year; tweedelijn means a complaint about a recognised provider."""
    written = []
    for span, lines in RECEIVED["azg"].items():
        year = f"{span[0]:%Y}"
        name = f"azg/complaint_register/klachten_{year}.csv"
        random, path = making.random(name), making.place(name)
        rows = [
            [
                f"AZG-{year}-{number:04d}",
                f"{complaint.received:%d-%m-%Y}",
                f"{complaint.answered:%d-%m-%Y}",
                "eerstelijn" if complaint.line == FIRST else "tweedelijn",
                complaint.service,
                {"ja": "J", "nee": "N", "geen_klacht": "GK"}[complaint.admissibility],
                " + ".join(complaint.reasons),
                complaint.groundedness,
                complaint.resolution,
                " + ".join(complaint.norms),
                " + ".join(complaint.carriers),
                " + ".join(complaint.routes),
                "X" if complaint.extended else "",
                complaint.text,
                SIMULATED,
            ]
            for number, complaint in enumerate(
                _complaints(random, "azg", span, lines), start=1
            )
        ]
        titles = ["nummer", "datum_in", "datum_uit", "soort", "dienst", "ontv", "reden"]
        titles += ["gegrond", "opgelost", "normen", "drager", "kanaal", "verlenging"]
        titles += ["tekst", "herkomst"]
        columns = [[row[place] for row in rows] for place in range(len(titles))]
        write_csv(path, titles, columns, delimiter=",", encoding="cp1252")
        written.append(Written(path, len(rows)))
    return written


def _register_of_wvg(making: Making) -> Written:
    """The whole register in one workbook, as it stood on its last day; labels only."""
    name = "departement-wvg/complaint_register/klachtenregister_20230531.xlsx"
    random, path = making.random(name), making.place(name)
    complaints = [
        complaint
        for span, lines in RECEIVED["departement-wvg"].items()
        for complaint in _complaints(random, "departement-wvg", span, lines)
    ]

    def labels(codes: Iterable[str]) -> str:
        return " | ".join(LABELS[code] for code in codes)

    words = {"ja": "ja", "nee": "nee", "geen_klacht": "geen klacht"}
    write_workbook(
        path,
        "Register",
        ["Departement WVG: klachtenregister", NOTICE],
        [
            "Dossier",
            "Lijn",
            "Team",
            "Datum klacht",
            "Datum ontvangstmelding",
            "Datum antwoord",
            "Verlengd tot 90 dagen",
            "Ontvankelijk",
            "Redenen onontvankelijkheid",
            "Mate van gegrondheid",
            "Mate van oplossing",
            "Ombudsnormen",
            "Dragers",
            "Kanalen",
            "Herkomst",
        ],
        [
            [f"WVG{number:05d}" for number in range(1, len(complaints) + 1)],
            [LABELS[complaint.line] for complaint in complaints],
            [complaint.service for complaint in complaints],
            Dated([_serial(complaint.received) for complaint in complaints]),
            Dated([_serial(complaint.confirmed) for complaint in complaints]),
            Dated([_serial(complaint.answered) for complaint in complaints]),
            ["ja" if complaint.extended else "nee" for complaint in complaints],
            [words[complaint.admissibility] for complaint in complaints],
            [labels(complaint.reasons) for complaint in complaints],
            [LABELS.get(complaint.groundedness, "") for complaint in complaints],
            [LABELS.get(complaint.resolution, "") for complaint in complaints],
            [labels(complaint.norms) for complaint in complaints],
            [labels(complaint.carriers) for complaint in complaints],
            [labels(complaint.routes) for complaint in complaints],
            [SIMULATED] * len(complaints),
        ],
    )
    return Written(path, len(complaints))


def _register_of_zorg(making: Making) -> Written:
    """What a complaint program exports: UTF-16, tabs, dates the American way round."""
    name = "departement-zorg/complaint_register/klachten_2023.csv"
    random, path = making.random(name), making.place(name)
    complaints = _complaints(
        random, "departement-zorg", AFTER, RECEIVED["departement-zorg"][AFTER]
    )
    words = {"ja": "O", "nee": "NO", "geen_klacht": "GK"}
    rows = [
        [
            f"DZ-{number:05d}",
            f"{complaint.received:%m/%d/%Y}",
            f"{complaint.confirmed:%m/%d/%Y}",
            f"{complaint.answered:%m/%d/%Y}",
            "true" if complaint.extended else "false",
            complaint.line,
            complaint.service,
            words[complaint.admissibility],
            "|".join(complaint.reasons),
            complaint.groundedness,
            complaint.resolution,
            "|".join(complaint.norms),
            "|".join(complaint.carriers),
            "|".join(complaint.routes),
            complaint.category,
            complaint.name,
            complaint.text,
            SIMULATED,
        ]
        for number, complaint in enumerate(complaints, start=1)
    ]
    titles = ["ID", "ReceivedOn", "ConfirmedOn", "AnsweredOn", "Extended", "Line"]
    titles += ["Service", "Admissibility", "InadmissibilityReasons", "Groundedness"]
    titles += ["Resolution", "Norms", "Carriers", "Routes", "Category", "Complainant"]
    titles += ["Description", "Origin"]
    columns = [[row[place] for row in rows] for place in range(len(titles))]
    write_csv(path, titles, columns, delimiter="\t", encoding="utf-16")
    return Written(path, len(rows))


ABOUT = (("vutg", 0.35), ("zorg", 0.4), ("vlm", 0.25))
SECOND_LINE = {Y2022: 42, Y2023: 47}


def _register_of_ombuds(making: Making) -> Written:
    """Second-line complaints about several agencies, under their name of that day."""
    name = "vlaamse-ombudsdienst/second_line_complaints/tweedelijn_2022-2023.csv"
    random, path = making.random(name), making.place(name)
    rows = []
    for span, count in SECOND_LINE.items():
        for complaint in _complaints(random, "", span, {"": count}):
            about = str(random.choice([a for a, _ in ABOUT], p=[s for _, s in ABOUT]))
            service = ""
            if about == "zorg":
                merged = complaint.received >= MERGED_ON
                about = (
                    "Departement Zorg" if merged else "Agentschap Zorg en Gezondheid"
                )
                service = str(random.choice(CARE_SERVICES, p=(0.5, 0.3, 0.1, 0.1)))
            words = {"ja": "ja", "nee": "nee", "geen_klacht": "vraag"}
            rows.append(
                [
                    f"{complaint.received:%Y-%m-%d}",
                    f"{complaint.answered:%Y-%m-%d}",
                    about,
                    service,
                    words[complaint.admissibility],
                    LABELS.get(complaint.groundedness, ""),
                    LABELS.get(complaint.resolution, ""),
                    "/".join(LABELS[code] for code in complaint.norms),
                    complaint.text,
                    SIMULATED,
                ]
            )
    titles = ["dossier", "ontvangen", "afgesloten", "entiteit", "dienst", "behandeld"]
    titles += ["oordeel", "resultaat", "ombudsnormen", "samenvatting", "herkomst"]
    columns = [numbered("VO-", len(rows))]
    columns += [[row[place] for row in rows] for place in range(len(titles) - 1)]
    write_csv(path, titles, columns, delimiter="|", encoding="utf-8")
    return Written(path, len(rows))
