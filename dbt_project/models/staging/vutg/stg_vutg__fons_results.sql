with delivered_results as (

    select * from {{ delivered('vutg', 'fons_results') }} as delivered

),

questions as (

    select
        question_code,
        aspect_code
    from {{ ref('questions') }}

)

select
    delivered_results.reporting_agency_code as agency_code,
    delivered_results.reporting_agency_code,
    'alle' as service_code,
    delivered_results.instrument_code,
    delivered_results.channel_code,
    questions.aspect_code,
    delivered_results.delivery_period_code as period_code,
    delivered_results.satisfied_pct,
    delivered_results.neutral_pct,
    delivered_results.dissatisfied_pct,
    delivered_results.score_5,
    cast(null as decimal(18, 6)) as nps,
    cast(null as bigint) as answer_count,
    delivered_results.satisfied_pct_printed,
    delivered_results.neutral_pct_printed,
    delivered_results.dissatisfied_pct_printed,
    delivered_results.score_5_printed,
    cast(null as string) as nps_printed,
    cast(null as string) as answer_count_printed,
    'Antwoord op vraag nr. 196 van 15 januari 2024, 7a en 8a' as source,
    cast(null as date) as published_on,
    delivered_results.version,
    delivered_results.is_simulated,
    delivered_results.delivery_id,
    delivered_results.source_place
from delivered_results
inner join questions
    on delivered_results.question_code = questions.question_code
