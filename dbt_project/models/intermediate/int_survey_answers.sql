-- One row per respondent and question that was answered; "don't know" is an answer.
with

{%- for aspect in asked_aspects() %}
{{ aspect }}_answers as (

    select
        delivery_ordinal,
        row_number,
        response_group_number,
        '{{ aspect }}' as aspect_code,
        {{ aspect }}_value as answer_value
    from {{ ref('int_keyed_responses') }}
    where {{ aspect }}_value is not null

),
{%- endfor %}

answers as (

    {%- for aspect in asked_aspects() %}
    select * from {{ aspect }}_answers
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

asked as (

    select * from {{ ref('int_asked_questions') }}

)

-- An answer to a question that nobody declared has no question: a test says so.
select
    answers.delivery_ordinal,
    answers.row_number,
    answers.response_group_number,
    answers.aspect_code,
    asked.question_id,
    asked.question_code,
    asked.scale_code,
    answers.answer_value,
    answers.answer_value = {{ dont_know_value() }} as is_dont_know
from answers
left join asked
    on
        answers.delivery_ordinal = asked.delivery_ordinal
        and answers.response_group_number = asked.response_group_number
        and answers.aspect_code = asked.aspect_code
