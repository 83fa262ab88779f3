-- One row per fact that a questionnaire asks for and variant of a sentence about it:
-- its own template where there is one, else the one that all facts share.
with questionnaires as (

    select * from {{ ref('questionnaires') }}

),

templates as (

    select * from {{ ref('answer_templates') }}

),

facts as (

    select distinct
        fact_code,
        aspect_code as question_aspect_code
    from questionnaires

),

own as (

    select
        facts.fact_code,
        facts.question_aspect_code,
        templates.variant,
        templates.sort_order,
        templates.status,
        templates.template_nl
    from facts
    inner join templates
        on facts.fact_code = templates.fact_code

),

shared as (

    select
        facts.fact_code,
        facts.question_aspect_code,
        templates.variant,
        templates.sort_order,
        templates.status,
        templates.template_nl
    from facts
    inner join templates
        on templates.fact_code = 'any'
    left join own
        on
            facts.fact_code = own.fact_code
            and templates.variant = own.variant
    where own.variant is null

),

resolved as (

    select * from own
    union all
    select * from shared

)

select * from resolved
