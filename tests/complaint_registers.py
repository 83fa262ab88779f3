"""The sample registers of complaints, read in plain Python: the judge of the marts.

Belongs here: what the files in seeds/feeds say, in official codes. Does not belong
here: any SQL, any model, or what a test expects of them.
"""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import python_calamine

PROJECT = Path(__file__).resolve().parent.parent
FEEDS = PROJECT / "seeds" / "feeds"
REFERENCE = PROJECT / "seeds" / "reference"
MERGED = {"azg": "departement-zorg", "departement-wvg": "departement-zorg"}
ADMISSIBILITY = {
    **dict.fromkeys(("J", "O", "ja", "ontvankelijk"), "ja"),
    **dict.fromkeys(("N", "NO", "nee", "onontvankelijk"), "nee"),
    **dict.fromkeys(("GK", "geen klacht", "vraag"), "geen_klacht"),
    **dict.fromkeys(("TB", "te beoordelen"), "te_beoordelen"),
}


@dataclass(frozen=True)
class Complaint:
    """One row of a register."""

    agency: str
    reporting: str
    line: str
    service: str
    received: date
    acknowledged: date | None
    answered: date | None
    extended: bool
    admissibility: str
    groundedness: str | None
    resolution: str | None
    codes: frozenset[tuple[str, str]] = field(default=frozenset())

    @property
    def is_received(self) -> bool:
        return self.admissibility != "geen_klacht"


def _reference(name: str) -> list[dict[str, str]]:
    with (REFERENCE / f"{name}.csv").open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


CODES = {
    (row["code_list"], word.lower()): row["code"]
    for row in _reference("code_lists")
    for word in (row["code"], row["label_nl"])
}
SERVICES = {row["label_nl"]: row["service_code"] for row in _reference("services")}
AGENCIES = {
    word: row["agency_code"]
    for row in _reference("agencies")
    for word in (row["agency_code"], row["name_nl"], row["short_name_nl"])
}


def _code(code_list: str, word: str) -> str | None:
    return CODES[code_list, word.strip().lower()] if word.strip() else None


def _codes(separator: str, **cells: str) -> frozenset[tuple[str, str]]:
    found = set()
    for code_list, cell in cells.items():
        for word in filter(None, map(str.strip, cell.split(separator))):
            found.add((code_list, CODES[code_list, word.lower()]))
    return frozenset(found)


def _texts(
    path: Path, delimiter: str, encoding: str, form: str
) -> tuple[list[dict[str, str]], Callable[[str], date | None]]:
    with path.open(encoding=encoding, newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter=delimiter))
    return rows, lambda text: datetime.strptime(text, form).date() if text else None  # noqa: DTZ007


def _cells(path: Path, first_title: str) -> list[dict[str, str | date]]:
    sheet = python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_index(0)
    rows = sheet.to_python()
    start = next(at for at, row in enumerate(rows) if row[0] == first_title)
    return [dict(zip(rows[start], row, strict=True)) for row in rows[start + 1 :]]  # ty: ignore[invalid-return-type]


def _service(name: str) -> str:
    return SERVICES.get(name, name) if name else "niet-vermeld"


def _given(cell: object) -> date | None:
    return cell if isinstance(cell, date) else None


def azg() -> Iterator[Complaint]:
    for path in sorted((FEEDS / "azg" / "complaint_register").glob("*.csv")):
        rows, day = _texts(path, ",", "cp1252", "%d-%m-%Y")
        for row in rows:
            yield Complaint(
                agency="azg",
                reporting="azg",
                line={"eerstelijn": "EERSTELIJN", "tweedelijn": "INTERNE_TWEEDELIJN"}[
                    row["soort"]
                ],
                service=_service(row["dienst"]),
                received=day(row["datum_in"]) or date.min,
                acknowledged=None,
                answered=day(row["datum_uit"]),
                extended=row["verlenging"] == "X",
                admissibility=ADMISSIBILITY[row["ontv"]],
                groundedness=_code("gegrondheid", row["gegrond"]),
                resolution=_code("oplossing", row["opgelost"]),
                codes=_codes(
                    "+",
                    ombudsnorm=row["normen"],
                    drager=row["drager"],
                    kanaal=row["kanaal"],
                    reden_onontvankelijk=row["reden"],
                ),
            )


def departement_wvg() -> Iterator[Complaint]:
    for path in (FEEDS / "departement-wvg" / "complaint_register").glob("*.xlsx"):
        for row in _cells(path, "Dossier"):
            text = {title: str(cell) for title, cell in row.items()}
            yield Complaint(
                agency="departement-wvg",
                reporting="departement-wvg",
                line=_code("lijn", text["Lijn"]) or "",
                service=_service(text["Team"]),
                received=_given(row["Datum klacht"]) or date.min,
                acknowledged=_given(row["Datum ontvangstmelding"]),
                answered=_given(row["Datum antwoord"]),
                extended=text["Verlengd tot 90 dagen"] == "ja",
                admissibility=ADMISSIBILITY[text["Ontvankelijk"]],
                groundedness=_code("gegrondheid", text["Mate van gegrondheid"]),
                resolution=_code("oplossing", text["Mate van oplossing"]),
                codes=_codes(
                    "|",
                    ombudsnorm=text["Ombudsnormen"],
                    drager=text["Dragers"],
                    kanaal=text["Kanalen"],
                    reden_onontvankelijk=text["Redenen onontvankelijkheid"],
                ),
            )


def departement_zorg() -> Iterator[Complaint]:
    for path in (FEEDS / "departement-zorg" / "complaint_register").glob("*.csv"):
        rows, day = _texts(path, "\t", "utf-16", "%m/%d/%Y")
        for row in rows:
            yield Complaint(
                agency="departement-zorg",
                reporting="departement-zorg",
                line=row["Line"],
                service=_service(row["Service"]),
                received=day(row["ReceivedOn"]) or date.min,
                acknowledged=day(row["ConfirmedOn"]),
                answered=day(row["AnsweredOn"]),
                extended=row["Extended"] == "true",
                admissibility=ADMISSIBILITY[row["Admissibility"]],
                groundedness=_code("gegrondheid", row["Groundedness"]),
                resolution=_code("oplossing", row["Resolution"]),
                codes=_codes(
                    "|",
                    ombudsnorm=row["Norms"],
                    drager=row["Carriers"],
                    kanaal=row["Routes"],
                    reden_onontvankelijk=row["InadmissibilityReasons"],
                )
                | {("categorie", row["Category"])},
            )


def vutg() -> Iterator[Complaint]:
    for path in sorted((FEEDS / "vutg" / "complaint_register").glob("*.xlsx")):
        for row in _cells(path, "Klachtnr"):
            text = {title: str(cell) for title, cell in row.items()}
            # A norm that is in no list: the door refuses the row.
            if text["Ombudsnorm(en)"] == "te traag":
                continue
            yield Complaint(
                agency="vutg",
                reporting="vutg",
                line="EERSTELIJN",
                service=_service(text["Dienst"]),
                received=_given(row["Ontvangen"]) or date.min,
                acknowledged=_given(row["Ontvangst gemeld"]),
                answered=_given(row["Beantwoord"]),
                extended=text["Termijn verlengd"] == "ja",
                admissibility=ADMISSIBILITY[text["Ontvankelijkheid"]],
                groundedness=_code("gegrondheid", text["Gegrondheid"]),
                resolution=_code("oplossing", text["Oplossing"]),
                codes=_codes(
                    ";",
                    ombudsnorm=text["Ombudsnorm(en)"],
                    drager=text["Drager"],
                    kanaal=text["Kanaal"],
                    reden_onontvankelijk=text["Reden"],
                )
                | {("categorie", text["Categorie"])},
            )


def vlaamse_ombudsdienst() -> Iterator[Complaint]:
    folder = FEEDS / "vlaamse-ombudsdienst" / "second_line_complaints"
    for path in folder.glob("*.csv"):
        rows, day = _texts(path, "|", "utf-8-sig", "%Y-%m-%d")
        for row in rows:
            yield Complaint(
                agency=AGENCIES[row["entiteit"]],
                reporting="vlaamse-ombudsdienst",
                line="TWEEDELIJN_OMBUDSDIENST",
                service=_service(row["dienst"]),
                received=day(row["ontvangen"]) or date.min,
                acknowledged=None,
                answered=day(row["afgesloten"]),
                extended=False,
                admissibility=ADMISSIBILITY[row["behandeld"]],
                groundedness=_code("gegrondheid", row["oordeel"]),
                resolution=_code("oplossing", row["resultaat"]),
                codes=_codes("/", ombudsnorm=row["ombudsnormen"]),
            )


def sample_complaints() -> list[Complaint]:
    """Every complaint that the door takes from the sample registers."""
    registers = (azg, departement_wvg, departement_zorg, vutg, vlaamse_ombudsdienst)
    return [complaint for register in registers for complaint in register()]
