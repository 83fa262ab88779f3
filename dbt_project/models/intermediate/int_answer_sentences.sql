-- One row per questionnaire, question, agency and sentence: every question of every
-- agency of today has at least one, if only that nothing is known.
-- A table: the answers and their sentences are two marts of the same rows.
{{ config(materialized='table') }}

with questionnaires as (

    select * from {{ ref('questionnaires') }}

),

agencies as (

    select * from {{ ref('dim_agency') }}

),

statements as (

    select * from {{ ref('agency_statements') }}

),

templates as (

    select * from {{ ref('int_answer_templates') }}

),

found as (

    select * from {{ ref('int_answer_result_sentences') }}
    union all
    select * from {{ ref('int_answer_change_sentences') }}
    union all
    select * from {{ ref('int_answer_complaint_sentences') }}
    union all
    select * from {{ ref('int_answer_count_sentences') }}
    union all
    select * from {{ ref('int_answer_method_sentences') }}

),

answering_agencies as (

    select
        agency_code,
        case article_nl
            when 'none' then short_name_nl
            else article_nl || ' ' || short_name_nl
        end as entity_text,
        short_name_nl
    from agencies
    where
        is_current
        and agency_type = 'agency'

),

asked as (

    select distinct
        answering_agencies.agency_code,
        questionnaires.fact_code,
        questionnaires.aspect_code as question_aspect_code
    from answering_agencies
    cross join questionnaires

),

unanswered as (

    select asked.*
    from asked
    left join found
        on
            asked.agency_code = found.agency_code
            and asked.fact_code = found.fact_code
            and coalesce(asked.question_aspect_code, '')
            = coalesce(found.question_aspect_code, '')
    where found.agency_code is null

),

-- What was answered to the questions as a whole, else that nothing is known.
fallbacks as (

    select
        unanswered.agency_code,
        {{ answer_sentence({
            'citaat': 'statements.quote',
            'bron': 'statements.source',
        }) }},
        coalesce(statements.sort_order, 0) as detail_order,
        case when statements.agency_code is not null then 'agency_statements' end
            as source_mart,
        case
            when statements.agency_code is not null
                then {{ readable_key('agency_statements', [
                    'statements.agency_code', 'statements.fact_code',
                    'statements.variant',
                ]) }}
        end as source_key,
        cast(null as string) as period_code,
        cast(null as bigint) as base_count,
        false as needs_base,
        cast(null as string) as basis,
        false as is_simulated,
        '' as flags
    from unanswered
    left join statements
        on
            unanswered.agency_code = statements.agency_code
            and statements.fact_code = 'any'
    inner join templates
        on
            unanswered.fact_code = templates.fact_code
            and coalesce(unanswered.question_aspect_code, '')
            = coalesce(templates.question_aspect_code, '')
            and templates.variant
            = coalesce('statement.' || statements.variant, 'nothing')

),

simulated_answers as (

    select distinct
        agency_code,
        fact_code,
        question_aspect_code
    from found
    where is_simulated

),

warnings as (

    select
        simulated_answers.agency_code,
        {{ answer_sentence({}) }},
        0 as detail_order,
        cast(null as string) as source_mart,
        cast(null as string) as source_key,
        cast(null as string) as period_code,
        cast(null as bigint) as base_count,
        false as needs_base,
        cast(null as string) as basis,
        true as is_simulated,
        'simulated' as flags
    from simulated_answers
    inner join templates
        on
            simulated_answers.fact_code = templates.fact_code
            and coalesce(simulated_answers.question_aspect_code, '')
            = coalesce(templates.question_aspect_code, '')
            and templates.variant = 'simulated'

),

sentences as (

    select * from found
    union all
    select * from fallbacks
    union all
    select * from warnings

)

select
    questionnaires.questionnaire_code,
    questionnaires.question_code,
    questionnaires.parent_code,
    questionnaires.sort_order,
    {{ render_template('questionnaires.question_nl', {
        'entiteit': 'answering_agencies.entity_text',
        'agentschap': 'answering_agencies.short_name_nl',
    }) }} as question_nl,
    answering_agencies.agency_code,
    cast(row_number() over (
        partition by
            questionnaires.questionnaire_code,
            questionnaires.question_code,
            answering_agencies.agency_code
        -- A real sentence answers before a simulated one.
        order by
            case when sentences.is_simulated then 1 else 0 end,
            sentences.sort_order,
            sentences.detail_order,
            sentences.source_key,
            sentences.sentence_nl
    ) as integer) as sentence_number,
    {{ render_template('sentences.sentence_nl', {
        'entiteit': 'answering_agencies.entity_text',
        'agentschap': 'answering_agencies.short_name_nl',
    }) }} as sentence_nl,
    sentences.status,
    sentences.source_mart,
    sentences.source_key,
    sentences.period_code,
    sentences.base_count,
    sentences.needs_base,
    sentences.basis,
    sentences.is_simulated,
    sentences.flags
from answering_agencies
cross join questionnaires
inner join sentences
    on
        answering_agencies.agency_code = sentences.agency_code
        and questionnaires.fact_code = sentences.fact_code
        and coalesce(questionnaires.aspect_code, '')
        = coalesce(sentences.question_aspect_code, '')
