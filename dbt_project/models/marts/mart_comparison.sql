{% set series = ['agency_code', 'service_code', 'instrument_code', 'channel_code'] %}

with figures as (

    select
        *,
        row_number() over (
            partition by
                perimeter, event_code, is_simulated, agency_code, service_code,
                instrument_code, channel_code, aspect_code, metric, period_code
            order by {{ basis_rank() }}
        ) as basis_place,
        -- Services apart only where nothing is known of them together.
        service_code = 'alle'
        or max(case when service_code = 'alle' then 1 else 0 end) over (
            partition by
                perimeter, event_code, is_simulated, agency_code,
                instrument_code, channel_code, aspect_code, metric, period_code
        ) = 0 as is_widest
    from {{ ref('int_comparable_figures') }}

),

-- A break inside the period: the figure itself is made in two ways.
broken as (

    {{ breaks_between('figures', ['period_code'], 'period_start', 'period_end') }}

),

cells as (

    select
        figures.*,
        concat_ws(
            '|',
            {%- for column in series %}
            figures.{{ column }}{{ ',' if not loop.last }}
            {%- endfor %}
        ) as series_key,
        broken.break_reasons,
        broken.breaks_nl
    from figures
    left join broken
        on
            figures.perimeter = broken.perimeter
            and figures.event_code = broken.event_code
            and figures.basis = broken.basis
            and figures.is_simulated = broken.is_simulated
            and figures.agency_code = broken.agency_code
            and figures.instrument_code = broken.instrument_code
            and figures.period_code = broken.period_code
    where
        figures.basis_place = 1
        and figures.is_widest

),

pairs as (

    select
        cells.perimeter,
        cells.event_code,
        cells.is_simulated,
        cells.aspect_code,
        cells.metric,
        cells.period_grain,
        cells.period_code,
        {%- for column in series %}
        cells.{{ column }},
        {%- endfor %}
        cells.basis,
        {%- for column in series %}
        counterparts.{{ column }} as other_{{ column }},
        {%- endfor %}
        counterparts.basis as other_basis,
        cells.value as found_value,
        counterparts.value as found_other_value,
        cells.answer_count as found_answer_count,
        counterparts.answer_count as found_other_answer_count,
        least(cells.comparability_key, counterparts.comparability_key) as key_a,
        greatest(cells.comparability_key, counterparts.comparability_key) as key_b,
        concat_ws(
            '|',
            cells.break_reasons,
            counterparts.break_reasons,
            nullif(
                {{ flags({
                    'few_answers': 'cells.answer_count < 30 or counterparts.answer_count < 30',
                    'sum_deviation':
                        "cells.metric = 'satisfied_share'"
                        " and concat(cells.flags, '|', counterparts.flags) like '%sum_deviation%'",
                    'unknown_base':
                        'cells.answer_count is null or counterparts.answer_count is null',
                }) }},
                ''
            )
        ) as cell_reasons,
        concat_ws(
            '; ',
            cells.breaks_nl,
            -- Of one agency and instrument both sides may have the same break.
            case
                when counterparts.breaks_nl <> coalesce(cells.breaks_nl, '')
                    then counterparts.breaks_nl
            end
        ) as breaks_nl,
        row_number() over (
            partition by
                cells.perimeter,
                cells.event_code,
                cells.is_simulated,
                cells.aspect_code,
                cells.metric,
                cells.period_grain,
                cells.series_key,
                counterparts.series_key
            order by cells.period_start desc
        ) as period_place
    from cells
    inner join cells as counterparts
        on
            cells.perimeter = counterparts.perimeter
            and cells.event_code = counterparts.event_code
            and cells.is_simulated = counterparts.is_simulated
            and cells.aspect_code = counterparts.aspect_code
            and cells.metric = counterparts.metric
            and cells.period_code = counterparts.period_code
            and cells.series_key < counterparts.series_key

),

with_reasons as (

    select
        pairs.*,
        concat_ws('|', nullif(comparability.reasons, ''), nullif(pairs.cell_reasons, ''))
            as found_reasons
    from pairs
    inner join {{ ref('mart_comparability') }} as comparability
        on
            pairs.key_a = comparability.key_a
            and pairs.key_b = comparability.key_b
    where pairs.period_place = 1

),

verdicts as (

    {{ comparability_verdicts('with_reasons') }}

),

judged as (

    select
        with_reasons.*,
        verdicts.verdict,
        verdicts.reasons,
        concat_ws(' – ', verdicts.reasons_nl, nullif(with_reasons.breaks_nl, ''))
            as reasons_nl
    from with_reasons
    inner join verdicts
        on with_reasons.found_reasons = verdicts.found_reasons

)

select
    perimeter,
    event_code,
    is_simulated,
    aspect_code,
    metric,
    period_grain,
    period_code,
    {%- for column in series %}
    {{ column }},
    {%- endfor %}
    basis,
    {%- for column in series %}
    other_{{ column }},
    {%- endfor %}
    other_basis,
    -- What does not compare never stands side by side.
    {%- for figure in ['value', 'other_value', 'answer_count', 'other_answer_count'] %}
    case when verdict <> 'red' then found_{{ figure }} end as {{ figure }},
    {%- endfor %}
    verdict,
    reasons,
    reasons_nl,
    verdict = 'green' as is_rankable,
    case verdict
        when 'red' then concat('niet vergelijkbaar: ', reasons_nl)
        when 'amber' then concat('vergelijkbaar met voorbehoud: ', reasons_nl)
        else 'vergelijkbaar'
    end as comparison_nl
from judged
