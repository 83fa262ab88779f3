"""The parliamentary question answered: every question, from facts, never blank.

The 32 questions and sub-questions of question 196, for VUTG and Departement Zorg.
"""

from collections.abc import Callable
from typing import Any

import pytest

Rows = Callable[[str], list[tuple[Any, ...]]]

STATUSES = {
    "automatic",
    "to_complete",
    "not_measured",
    "measured_not_shared",
    "planned",
    "not_applicable",
    "not_stated",
}
# fmt: off
QUESTIONS = [
    "1", "2", "3",
    "4a", "4b", "4c", "4d", "4e", "4f", "4g", "4h",
    "5", "6", "6a", "6b",
    "7", "7a", "7b", "7c", "7c-1", "7c-2", "7c-3",
    "8", "8a", "8b",
    "9", "9a", "9b", "9c",
    "10", "11", "12",
]
# fmt: on
AGENCIES = ("vutg", "departement-zorg")


@pytest.fixture(scope="module")
def answers(rows: Rows) -> dict[tuple[str, str], dict[str, Any]]:
    """Each answer, by agency and question."""
    names = ("question_nl", "answer", "status", "period_code", "base_text", "flags")
    return {
        (agency, question): dict(zip(names, rest, strict=True))
        for agency, question, *rest in rows(
            f"select agency_code, question_code, {', '.join(names)}"
            " from mart_parliamentary_answer"
        )
    }


@pytest.mark.parametrize("agency", AGENCIES)
def test_all_32_questions_are_answered_in_order(rows: Rows, agency: str) -> None:
    found = rows(
        "select question_code from mart_parliamentary_answer where agency_code ="
        f" '{agency}' order by sort_order"
    )
    assert [question for (question,) in found] == QUESTIONS
    assert len(QUESTIONS) == 32


@pytest.mark.parametrize("agency", AGENCIES)
def test_no_answer_is_blank_and_every_status_is_one_of_the_list(
    answers, agency: str
) -> None:
    for question in QUESTIONS:
        row = answers[agency, question]
        assert row["answer"].strip(), question
        assert row["status"] in STATUSES, question
        assert row["base_text"].strip(), question
        assert row["question_nl"].strip().endswith(("?", ".")), question


def test_no_slot_of_a_template_is_left_open(rows: Rows) -> None:
    assert (
        rows(
            "select question_code, answer, question_nl from mart_parliamentary_answer"
            " where contains(answer, '{') or contains(question_nl, '{')"
        )
        == []
    )


def test_the_question_names_the_entity_with_its_article(answers) -> None:
    assert "van het VUTG" in answers["vutg", "1"]["question_nl"]
    assert "van het Departement Zorg" in answers["departement-zorg", "1"]["question_nl"]


# -- VUTG -----------------------------------------------------------------------


def test_the_latest_measurement_of_vutg_is_that_of_2023_h1(answers) -> None:
    row = answers["vutg", "1"]
    assert row["status"] == "automatic"
    assert row["period_code"] == "2023-H1"
    assert "januari 2023 tot en met juni 2023" in row["answer"]


def test_4b_gives_the_counts_as_printed_and_says_which_has_no_period(answers) -> None:
    row = answers["vutg", "4b"]
    for count in ("22.166", "7.057", "83.754", "130.631"):
        assert count in row["answer"]
    (sentence,) = [line for line in row["answer"].splitlines() if "130.631" in line]
    assert "periode" in sentence
    assert "niet vermeld" in sentence
    assert "period_missing" in row["flags"].split("|")


def test_7a_gives_the_figures_and_says_that_there_is_no_overall_score(answers) -> None:
    answer = answers["vutg", "7a"]["answer"]
    for figure in ("63,60 %", "10,44 %", "25,96 %", "3,64", "22,95", "103,00"):
        assert figure in answer
    assert "algemene tevredenheidsscore is niet gemeten" in answer
    assert answers["vutg", "7a"]["base_text"] == "basis niet vermeld"


def test_8b_calls_the_phone_mixed_and_names_the_contradiction(answers) -> None:
    lines = answers["vutg", "8b"]["answer"].splitlines()
    (evolution,) = [line for line in lines if "gemengd" in line]
    assert "telefoon" in evolution
    contradictions = [
        line for line in lines if "“" in line and "telefonische dienstverlening" in line
    ]
    assert any(
        "vooruitgang" in line
        and "klopt niet" in line
        and "professionaliteit" in line
        and "−6,24" in line
        for line in contradictions
    )
    assert "statement_contradicted" in answers["vutg", "8b"]["flags"].split("|")


def test_8b_calls_no_change_significant_without_a_base(answers) -> None:
    answer = answers["vutg", "8b"]["answer"]
    assert answer.count("zonder basis is geen toets mogelijk") == 9
    assert "significant" not in answer


def test_the_next_measurement_of_vutg_is_planned(answers) -> None:
    row = answers["vutg", "11"]
    assert row["status"] == "planned"
    assert "juli 2023 tot en met december 2023" in row["answer"]
    assert "maart 2024" in row["answer"]


# -- Departement Zorg -----------------------------------------------------------


def test_departement_zorg_did_not_measure_and_gives_its_reason(answers) -> None:
    row = answers["departement-zorg", "1"]
    assert row["status"] == "not_measured"
    assert (
        "“Een algemeen klantentevredenheidsonderzoek is niet gebeurd omdat dit gelet"
        " op de diversiteit van het Departement Zorg niet kosteneffectief is.”"
        in row["answer"]
    )
    assert "vraag nr. 192" in row["answer"]


def test_departement_zorg_shows_its_complaints_stable_and_broken_by_the_merger(
    answers,
) -> None:
    text = (
        answers["departement-zorg", "8"]["answer"]
        + answers["departement-zorg", "8b"]["answer"]
    )
    for part in ("142", "159", "127", "stabiel", "1 juni 2023"):
        assert part in text


def test_departement_zorg_plans_a_survey_on_the_online_desk(answers) -> None:
    row = answers["departement-zorg", "11"]
    assert row["status"] == "planned"
    assert "e-loket" in row["answer"]


# -- the sentences --------------------------------------------------------------


def test_every_answer_is_the_text_of_its_sentences(rows: Rows) -> None:
    sentences: dict[tuple[str, str], list[str]] = {}
    for agency, question, sentence in rows(
        "select agency_code, question_code, sentence_nl"
        " from mart_parliamentary_sentence"
        " order by agency_code, question_code, sentence_number"
    ):
        sentences.setdefault((agency, question), []).append(sentence)
    answers = rows(
        "select agency_code, question_code, answer from mart_parliamentary_answer"
    )
    assert {
        (agency, question): text.splitlines() for agency, question, text in answers
    } == {
        key: [line for text in lines for line in text.splitlines()]
        for key, lines in sentences.items()
    }


def test_every_sentence_comes_from_a_mart_or_a_look_up_table_that_exists(
    rows: Rows, manifest: dict[str, Any]
) -> None:
    known = {
        node["name"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "seed" or node["schema"] == "marts"
    }
    named = {
        mart
        for (mart,) in rows(
            "select distinct source_mart from mart_parliamentary_sentence"
            " where source_mart is not null"
        )
    }
    assert named
    assert named <= known


def test_a_sentence_without_a_source_states_no_fact(rows: Rows) -> None:
    unfounded = rows(
        "select sentence.agency_code, sentence.question_code, sentence.sentence_nl,"
        " answer.status from mart_parliamentary_sentence as sentence"
        " join mart_parliamentary_answer as answer using (agency_code, question_code,"
        " questionnaire_code) where sentence.source_mart is null"
        " and answer.status in ('automatic', 'planned', 'not_measured',"
        " 'measured_not_shared') and sentence.sentence_number = 1"
    )
    assert unfounded == []


def test_the_key_of_a_sentence_is_a_key_of_its_own_mart(rows: Rows) -> None:
    assert (
        rows(
            "select distinct source_mart, source_key from mart_parliamentary_sentence"
            " where source_mart is not null"
            " and not starts_with(source_key, source_mart || ': ')"
        )
        == []
    )


def test_every_period_that_a_sentence_names_exists(rows: Rows) -> None:
    assert (
        rows(
            "select agency_code, question_code, period_code"
            " from mart_parliamentary_sentence"
            " where period_code is not null and period_code not in"
            " (select period_code from dim_period)"
        )
        == []
    )


def test_every_period_with_a_figure_in_a_sentence_has_one_in_its_mart(
    rows: Rows,
) -> None:
    dated = rows(
        "select distinct source_mart, agency_code, period_code"
        " from mart_parliamentary_sentence where period_code is not null"
        " and source_mart in ('mart_satisfaction', 'mart_nps', 'mart_change',"
        " 'mart_response', 'mart_complaints', 'fct_published_count',"
        " 'fct_planned_measurement')"
    )
    assert dated
    for mart, agency, period in dated:
        assert rows(
            f"select count(*) > 0 from {mart} where agency_code = '{agency}'"
            f" and period_code = '{period}'"
        ) == [(True,)], (mart, agency, period)
