-- One row per agency and measured cell (instrument, channel, aspect or NPS, period)
-- that a parliamentary answer may quote, as the agency is today: one figure where there
-- are several, the last measurement numbered 1.
-- A table: several models read it, and its choices scan two marts.
{{ config(materialized='table') }}

with satisfaction as (

    select * from {{ ref('mart_satisfaction') }}

),

nps as (

    select * from {{ ref('mart_nps') }}

),

channels as (

    select * from {{ ref('dim_channel') }}

),

aspects as (

    select * from {{ ref('dim_aspect') }}

),

instruments as (

    select * from {{ ref('dim_instrument') }}

),

results as (

    select
        'mart_satisfaction' as source_mart,
        perimeter,
        basis,
        is_simulated,
        is_total,
        agency_code,
        service_code,
        instrument_code,
        channel_code,
        aspect_code,
        period_grain,
        period_code,
        period_start,
        period_end,
        answer_count,
        satisfied_share,
        neutral_share,
        dissatisfied_share,
        mean_score_5,
        cast(null as double) as nps,
        flags
    from satisfaction
    where
        aspect_code <> 'alle'
        and (satisfied_share is not null or mean_score_5 is not null)
    union all
    select
        'mart_nps' as source_mart,
        perimeter,
        basis,
        is_simulated,
        is_total,
        agency_code,
        service_code,
        instrument_code,
        channel_code,
        null as aspect_code,
        period_grain,
        period_code,
        period_start,
        period_end,
        answer_count,
        null as satisfied_share,
        null as neutral_share,
        null as dissatisfied_share,
        null as mean_score_5,
        nps,
        flags
    from nps
    where nps is not null

),

-- A sum over instruments or channels mixes what is judged; one over services does not.
graded as (

    select
        *,
        {{ basis_rank() }} as basis_rank,
        case period_grain
            when 'half_year' then 1
            when 'year' then 2
            when 'quarter' then 3
            else 4
        end as grain_rank
    from results
    where
        perimeter = 'current'
        and not (is_total and (instrument_code = 'alle' or channel_code = 'alle'))
        -- Parliament gets no simulated figure, also where there is no other.
        and not is_simulated

),

choices as (

    select
        agency_code,
        basis_rank,
        grain_rank,
        row_number() over (
            partition by agency_code
            order by basis_rank, grain_rank
        ) as choice
    from graded

),

comparable as (

    select graded.*
    from graded
    inner join choices
        on
            graded.agency_code = choices.agency_code
            and graded.grain_rank = choices.grain_rank
            and choices.choice = 1

),

ranked as (

    select
        *,
        rank() over (
            partition by
                agency_code,
                source_mart,
                instrument_code,
                channel_code,
                aspect_code,
                period_code
            order by
                basis_rank,
                case when service_code = 'alle' then 0 else 1 end
        ) as figure_rank
    from comparable

),

numbered as (

    select
        *,
        dense_rank() over (
            partition by agency_code
            order by period_end desc
        ) as period_number
    from ranked
    where figure_rank = 1

)

select
    numbered.agency_code,
    numbered.source_mart,
    case numbered.source_mart
        when 'mart_satisfaction' then {{ readable_key('mart_satisfaction', [
            'numbered.agency_code',
            'numbered.instrument_code',
            'numbered.channel_code',
            'numbered.aspect_code',
            'numbered.period_code',
        ]) }}
        else {{ readable_key('mart_nps', [
            'numbered.agency_code',
            'numbered.instrument_code',
            'numbered.channel_code',
            'numbered.period_code',
        ]) }}
    end as source_key,
    numbered.basis,
    numbered.basis_rank,
    numbered.is_simulated,
    numbered.service_code,
    numbered.instrument_code,
    numbered.channel_code,
    numbered.aspect_code,
    numbered.period_grain,
    numbered.period_code,
    numbered.period_start,
    numbered.period_end,
    numbered.period_number,
    numbered.answer_count,
    numbered.satisfied_share,
    numbered.neutral_share,
    numbered.dissatisfied_share,
    numbered.mean_score_5,
    numbered.nps,
    numbered.flags,
    {{ instrument_text('numbered.instrument_code', 'instruments.label_nl') }}
        as instrument_text,
    {{ inside_sentence('coalesce(channels.label_nl, numbered.channel_code)') }}
        as channel_text,
    coalesce(aspects.label_nl, numbered.aspect_code) as aspect_text,
    {{ format_period_nl('numbered.period_start', 'numbered.period_end') }}
        as period_text,
    coalesce(channels.sort_order, 999) * 1000 + coalesce(aspects.sort_order, 999)
        as detail_order
from numbered
left join channels
    on numbered.channel_code = channels.channel_code
left join aspects
    on numbered.aspect_code = aspects.aspect_code
left join instruments
    on numbered.instrument_code = instruments.instrument_code
