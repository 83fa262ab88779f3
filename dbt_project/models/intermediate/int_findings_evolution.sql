-- Rules D3, D8 and D10: what two waves, a statement or an event say of a series.
with shares as (

    select * from {{ ref('mart_change') }}
    where
        perimeter = 'as_reported'
        and basis = 'published'

),

satisfaction as (

    select * from {{ ref('mart_satisfaction') }}
    where
        perimeter = 'as_reported'
        and basis = 'published'

),

waves as (

    select
        scores.agency_code,
        scores.service_code,
        scores.instrument_code,
        scores.channel_code,
        scores.aspect_code,
        scores.period_code,
        scores.former_period_code,
        scores.difference / 25 as score_difference,
        (latest.satisfied_share - latest.dissatisfied_share)
        - (former.satisfied_share - former.dissatisfied_share) as balance_difference,
        latest.source
    from shares as scores
    inner join satisfaction as latest
        on
            scores.agency_code = latest.agency_code
            and scores.service_code = latest.service_code
            and scores.instrument_code = latest.instrument_code
            and scores.channel_code = latest.channel_code
            and scores.aspect_code = latest.aspect_code
            and scores.period_code = latest.period_code
            and scores.is_simulated = latest.is_simulated
    inner join satisfaction as former
        on
            scores.agency_code = former.agency_code
            and scores.service_code = former.service_code
            and scores.instrument_code = former.instrument_code
            and scores.channel_code = former.channel_code
            and scores.aspect_code = former.aspect_code
            and scores.former_period_code = former.period_code
            and scores.is_simulated = former.is_simulated
    where scores.metric = 'mean_score_100'

),

statement_checks as (

    select * from {{ ref('mart_statement_check') }}

),

breaks as (

    select * from {{ ref('int_agency_breaks') }}

),

published_agencies as (

    select
        agency_code,
        min(period_start) as first_start,
        max(period_end) as last_end
    from {{ ref('fct_published_count') }}
    where period_start is not null
    group by agency_code
    union all
    select
        agency_code,
        min(period_start) as first_start,
        max(period_end) as last_end
    from {{ ref('fct_published_result') }}
    group by agency_code

),

series as (

    select
        agency_code,
        min(first_start) as first_start,
        max(last_end) as last_end
    from published_agencies
    group by agency_code

)

select
    'D3' as rule,
    agency_code,
    agency_code as reporting_agency_code,
    'mart_satisfaction' as mart,
    concat_ws(
        ' | ', agency_code, service_code, instrument_code, channel_code,
        aspect_code, period_code
    ) as row_key,
    period_code,
    channel_code,
    aspect_code,
    concat(
        'score ', {{ format_number_nl('score_difference', 2) }},
        ', tevreden min ontevreden ',
        {{ format_number_nl('100 * balance_difference', 2) }}
    ) as figure,
    '' as expected,
    '' as quote,
    source
from waves
where
    score_difference * balance_difference < 0
    and abs(score_difference) > 0.1
    and abs(balance_difference) > 0.02
union all
select
    'D8' as rule,
    agency_code,
    agency_code as reporting_agency_code,
    'mart_statement_check' as mart,
    concat_ws(' | ', statement_code, aspect_code) as row_key,
    period_code,
    channel_code,
    aspect_code,
    case
        when measure_code is not null
            then concat('p = ', {{ format_number_nl('p_value', 3) }})
        when aspect_code = 'aanbeveling'
            then {{ format_number_nl('difference', 2) }}
        else {{ format_number_nl('100 * difference', 2) }}
    end as figure,
    case
        when measure_code is not null
            then concat(
                'Dat het aantal gelijk bleef, heeft p = ',
                {{ format_number_nl('p_value', 3) }}
            )
        when aspect_code = 'aanbeveling'
            then concat(
                'De NPS veranderde met ', {{ format_number_nl('difference', 2) }}, ' punten'
            )
        else
            concat(
                'Het aandeel tevreden veranderde met ',
                {{ format_number_nl('100 * difference', 2) }},
                ' procentpunt'
            )
    end as expected,
    quote,
    source
from statement_checks
where verdict = 'contradicted'
union all
select
    'D10' as rule,
    breaks.agency_code,
    breaks.agency_code as reporting_agency_code,
    'dim_agency_event' as mart,
    breaks.event_code as row_key,
    cast(null as string) as period_code,
    'alle' as channel_code,
    'alle' as aspect_code,
    {{ format_date_nl('breaks.event_date') }} as figure,
    breaks.label_nl as expected,
    '' as quote,
    'seeds/reference/agency_events.csv' as source
from breaks
inner join series
    on
        breaks.agency_code = series.agency_code
        and breaks.event_date > series.first_start
        and breaks.event_date <= series.last_end
