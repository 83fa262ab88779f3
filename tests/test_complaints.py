"""The yearly form of complaints says what the registers say, to the day.

The judge reads the sample registers in plain Python (complaint_registers). Trends over
time are in test_complaint_trends.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from statistics import mean, median
from typing import Any

import duckdb
import pytest
from complaint_registers import MERGED, Complaint, sample_complaints
from conftest import Installation

Rows = Callable[[str], list[tuple[Any, ...]]]


def days(complaint: Complaint, to: date | None) -> int | None:
    """Calendar days since the receipt; nothing for what is no complaint."""
    if to is None or not complaint.is_received:
        return None
    return (to - complaint.received).days


def form(complaints: list[Complaint]) -> dict[str, int | float | None]:
    """The yearly form over some complaints."""
    answers = [(c, days(c, c.answered)) for c in complaints]
    handled = [n for _, n in answers if n is not None]
    acknowledged = [n for c in complaints if (n := days(c, c.acknowledged)) is not None]
    refused = [n for c, n in answers if n is not None and c.admissibility == "nee"]
    admissibility = Counter(c.admissibility for c in complaints)
    groundedness = Counter(c.groundedness for c in complaints)
    resolution = Counter(c.resolution for c in complaints)
    return {
        "registered_count": len(complaints),
        "received_count": sum(c.is_received for c in complaints),
        "not_complaint_count": admissibility["geen_klacht"],
        "admissible_count": admissibility["ja"],
        "inadmissible_count": admissibility["nee"],
        "to_be_judged_count": admissibility["te_beoordelen"],
        "grounded_count": groundedness["GEGROND"],
        "partly_grounded_count": groundedness["DEELS_GEGROND"],
        "ungrounded_count": groundedness["ONGEGROND"],
        "pending_count": sum(
            c.admissibility == "ja" and c.groundedness in (None, "NIET_AFGEHANDELD")
            for c in complaints
        ),
        "resolved_count": resolution["OPGELOST"],
        "partly_resolved_count": resolution["DEELS_OPGELOST"],
        "unresolved_count": resolution["ONOPGELOST"],
        "within_45_days_count": sum(n <= 45 for n in handled),
        "over_45_days_count": sum(n > 45 for n in handled),
        "acknowledged_count": len(acknowledged),
        "late_acknowledgement_count": sum(n > 10 for n in acknowledged),
        "refused_count": len(refused),
        "late_refusal_count": sum(n > 10 for n in refused),
        "handled_count": len(handled),
        "late_answer_count": sum(
            n > (90 if c.extended else 45) for c, n in answers if n is not None
        ),
        "answered_0_20_days_count": sum(n <= 20 for n in handled),
        "answered_21_45_days_count": sum(20 < n <= 45 for n in handled),
        "answered_46_90_days_count": sum(45 < n <= 90 for n in handled),
        "answered_over_90_days_count": sum(n > 90 for n in handled),
        "mean_days": mean(handled) if handled else None,
        "median_days": median(handled) if handled else None,
        "mean_acknowledgement_days": mean(acknowledged) if acknowledged else None,
        "median_acknowledgement_days": median(acknowledged) if acknowledged else None,
    }


def periods(day: date) -> list[str]:
    """The year, half-year, quarter and month of a day."""
    return [
        f"{day:%Y}",
        f"{day:%Y}-H{(day.month + 5) // 6}",
        f"{day:%Y}-Q{(day.month + 2) // 3}",
        f"{day:%Y-%m}",
    ]


@pytest.fixture(scope="module")
def facts(house: Installation) -> Iterator[Rows]:
    """Ask the warehouse itself: rows per complaint are not published."""
    with duckdb.connect(house.settings.warehouse, read_only=True) as warehouse:
        warehouse.sql("use marts")
        yield lambda sql: warehouse.sql(sql).fetchall()


@pytest.fixture(scope="module")
def complaints() -> list[Complaint]:
    return sample_complaints()


@pytest.fixture(scope="module")
def expected(
    complaints: list[Complaint],
) -> dict[tuple[str, ...], dict[str, int | float | None]]:
    """The form per perimeter, agency, service, line and period."""
    cells: dict[tuple[str, ...], list[Complaint]] = defaultdict(list)
    for complaint in complaints:
        today = MERGED.get(complaint.agency, complaint.agency)
        for perimeter, agency in (
            ("as_reported", complaint.agency),
            ("current", today),
        ):
            for service in (complaint.service, "alle"):
                for period in periods(complaint.received):
                    key = (perimeter, agency, service, complaint.line, period)
                    cells[key].append(complaint)
    return {key: form(of_cell) for key, of_cell in cells.items()}


def test_every_figure_of_the_form_is_that_of_the_registers(
    rows: Rows, expected: dict[tuple[str, ...], dict[str, int | float | None]]
) -> None:
    columns = list(next(iter(expected.values())))
    found = {
        row[:5]: dict(zip(columns, row[5:], strict=True))
        for row in rows(
            "select perimeter, agency_code, service_code, complaint_line, period_code,"
            f" {', '.join(columns)} from mart_complaints where basis = 'computed'"
        )
    }
    assert found.keys() == expected.keys()
    # Whole numbers divided once: the same to the last digit.
    assert [key for key in expected if found[key] != expected[key]] == []


def test_the_registers_hold_cases_of_every_kind(
    expected: dict[tuple[str, ...], dict[str, int | float | None]],
) -> None:
    """Else the test above would compare nothing with nothing."""
    never = {
        column
        for figures in expected.values()
        for column in figures
        if not any(others[column] for others in expected.values())
    }
    # What the simulated registers never are is tried in test_complaint_trends.
    assert never <= {
        "to_be_judged_count",
        "pending_count",
        "late_acknowledgement_count",
    }


def test_there_is_one_fact_per_complaint(
    facts: Rows, complaints: list[Complaint]
) -> None:
    found = facts(
        "select agency_code, reporting_agency_code, complaint_line, service_code,"
        " received_on, acknowledged_on, answered_on, is_extended, admissibility_code,"
        " groundedness_code, resolution_code, is_simulated from fct_complaint"
    )
    assert Counter(found) == Counter(
        (
            *(c.agency, c.reporting, c.line, c.service),
            *(c.received, c.acknowledged, c.answered, c.extended),
            *(c.admissibility, c.groundedness, c.resolution, True),
        )
        for c in complaints
    )


def test_complaints_of_the_ombuds_service_stand_under_whom_they_are_about(
    facts: Rows, complaints: list[Complaint]
) -> None:
    expected = Counter(
        c.agency for c in complaints if c.reporting == "vlaamse-ombudsdienst"
    )
    assert len(expected) > 2
    assert "vlaamse-ombudsdienst" not in expected
    assert dict(
        facts(
            "select agency_code, count(*) from fct_complaint"
            " where reporting_agency_code = 'vlaamse-ombudsdienst' group by all"
        )
    ) == dict(expected)


def test_every_code_of_every_complaint_is_in_the_bridge(
    facts: Rows, complaints: list[Complaint]
) -> None:
    found = facts(
        "select agency_code, received_on, code_list, code from bridge_complaint_code"
        " inner join fct_complaint using (delivery_ordinal, row_number)"
    )
    assert Counter(found) == Counter(
        (c.agency, c.received, *code) for c in complaints for code in c.codes
    )


def test_the_codes_of_a_list_may_exceed_its_complaints(facts: Rows) -> None:
    sums = {
        code_list: (codes, carrying)
        for code_list, codes, carrying in facts(
            "select code_list, count(*), count(distinct (delivery_ordinal, row_number))"
            " from bridge_complaint_code group by all"
        )
    }
    assert set(sums) == {
        "categorie",
        "drager",
        "kanaal",
        "ombudsnorm",
        "reden_onontvankelijk",
    }
    for code_list, (codes, carrying) in sums.items():
        assert (codes > carrying) == (code_list != "categorie")


def test_norms_are_codes_and_never_numbers(facts: Rows) -> None:
    assert not facts(
        "select code from bridge_complaint_code where code_list = 'ombudsnorm'"
        " and not regexp_matches(code, '^ON[0-9]{2}$')"
    )


def test_each_complaint_counts_once_in_each_perimeter(rows: Rows) -> None:
    sums = rows(
        """
        select perimeter, complaint_line, period_code, sum(registered_count)
        from mart_complaints where basis = 'computed' and is_total group by all
        """
    )
    per_perimeter: dict[str, set[tuple[Any, ...]]] = defaultdict(set)
    for perimeter, *cell in sums:
        per_perimeter[perimeter].add(tuple(cell))
    assert per_perimeter["as_reported"] == per_perimeter["current"]
    assert len(per_perimeter["current"]) > 50


def test_more_reasons_than_inadmissible_complaints_is_information(
    rows: Rows, complaints: list[Complaint]
) -> None:
    reasons: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    for c in complaints:
        if c.admissibility == "nee":
            cell = f"{c.agency} | {c.reporting} | {c.line} | {c.received:%Y}"
            refused[cell] += 1
            reasons[cell] += sum(name == "reden_onontvankelijk" for name, _ in c.codes)
    found = rows(
        "select row_key, figure, severity, source from mart_quality_finding"
        " where rule = 'K10' and mart = 'fct_complaint'"
    )
    assert {key: (figure, severity) for key, figure, severity, _ in found} == {
        f"{cell} | reden_onontvankelijk | gesimuleerd": (str(count), "information")
        for cell, count in reasons.items()
        if count > refused[cell]
    }
    assert found
    assert all(source.endswith("(gesimuleerd)") for *_, source in found)


def test_the_simulated_registers_break_no_rule_of_arithmetic(rows: Rows) -> None:
    assert not rows(
        "select * from mart_quality_finding where rule in ('K1', 'K2', 'K3', 'K4',"
        " 'K5', 'K6', 'K7') and source like '%(gesimuleerd)'"
    )


def test_a_rate_is_per_100_000_contacts_of_the_same_kind_and_is_else_empty(
    rows: Rows,
) -> None:
    contacts = {
        tuple(key): count
        for *key, count in rows(
            "select perimeter, agency_code, service_code, period_code, is_simulated,"
            " sum(offered_count) from mart_contact_centre where contact_line = 'alle'"
            " and topic_code = 'alle' group by all"
            " having not bool_or(flags like '%period_incomplete%')"
        )
    }
    known = 0
    for *key, received, contact_count, rate in rows(
        "select perimeter, agency_code, service_code, period_code, is_simulated,"
        " received_count, contact_count, complaints_per_100000_contacts"
        " from mart_complaints where basis = 'computed'"
    ):
        assert contact_count == contacts.get(tuple(key))
        if contact_count:
            known += 1
            assert rate == pytest.approx(received / contact_count * 100_000, rel=1e-12)
        else:
            assert rate is None
    assert known > 10
    assert rows(
        "select * from mart_complaint_trend where contact_count is not null"
        " and complaints_per_100000_contacts"
        " = 100000 * complaint_count / contact_count"
    )


def test_no_register_brings_a_key_of_a_person(manifest: dict[str, Any]) -> None:
    # K8: an anonymous complaint has none because no complaint has one. A pseudonym says
    # which complaint it is, never whose.
    registers = {
        source["unique_id"]: source["columns"]
        for source in manifest["sources"].values()
        if source["config"]["meta"].get("feed", {}).get("kind") == "complaint"
    }
    assert len(registers) >= 6
    pseudonyms = {
        (register, name)
        for register, columns in registers.items()
        for name, column in columns.items()
        if column["config"]["meta"].get("personal") == "pseudonymise"
    }
    assert {name for _, name in pseudonyms} <= {"complaint_id"}
