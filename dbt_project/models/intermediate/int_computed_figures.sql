-- One row per computed figure that a published one may be held against. A source that
-- names no instrument or all channels together means all of them: for it the counts are
-- added up (`is_pooled`), where they judge the same thing; shares and NPS are never.
{% set sums = [
    'answer_count', 'satisfied_count', 'neutral_count', 'dissatisfied_count',
] + response_counts() %}
{% set scope = [
    'perimeter', 'event_code', 'is_simulated', 'agency_code', 'service_code',
    'aspect_code', 'period_code',
] %}
{% set nothing = 'cast(null as bigint)' %}

with counted as (

    select
        {{ scope | join(', ') }},
        instrument_code,
        channel_code,
        object_judged_code,
        answer_count,
        satisfied_count,
        neutral_count,
        dissatisfied_count,
        {%- for count in response_counts() %}
        {{ nothing }} as {{ count }},
        {%- endfor %}
        mean_score_5
    from {{ ref('mart_satisfaction') }}
    where basis = 'computed'
    union all
    select
        perimeter,
        event_code,
        is_simulated,
        agency_code,
        service_code,
        'aanbeveling' as aspect_code,
        period_code,
        instrument_code,
        channel_code,
        object_judged_code,
        answer_count,
        promoter_count as satisfied_count,
        passive_count as neutral_count,
        detractor_count as dissatisfied_count,
        {%- for count in response_counts() %}
        {{ nothing }} as {{ count }},
        {%- endfor %}
        cast(null as double) as mean_score_5
    from {{ ref('mart_nps') }}
    where basis = 'computed'
    union all
    select
        perimeter,
        event_code,
        is_simulated,
        agency_code,
        service_code,
        'alle' as aspect_code,
        period_code,
        instrument_code,
        channel_code,
        'niet-vermeld' as object_judged_code,
        {{ nothing }} as answer_count,
        {{ nothing }} as satisfied_count,
        {{ nothing }} as neutral_count,
        {{ nothing }} as dissatisfied_count,
        {%- for count in response_counts() %}
        {{ count }},
        {%- endfor %}
        cast(null as double) as mean_score_5
    from {{ ref('mart_response') }}
    where basis = 'computed'

),

cells as (

    select
        {%- for key in scope %}
        counted.{{ key }},
        {%- endfor %}
        case when levels.keeps_instrument then counted.instrument_code else 'niet-vermeld' end
            as instrument_code,
        case when levels.keeps_channel then counted.channel_code else 'alle' end
            as channel_code,
        not levels.keeps_instrument or not levels.keeps_channel as is_pooled,
        {%- for sum in sums %}
        {{ complete_sum('counted.' ~ sum) }} as {{ sum }},
        {%- endfor %}
        max(
            case
                when levels.keeps_instrument and levels.keeps_channel
                    then counted.mean_score_5
            end
        ) as mean_score_5,
        case when levels.keeps_instrument then 0 else 1 end
        + case when levels.keeps_channel then 0 else 2 end as pool_rank
    from counted
    cross join (
        values
        (true, true),
        (true, false),
        (false, true),
        (false, false)
    ) as levels (keeps_instrument, keeps_channel)
    group by
        {%- for key in scope %}
        counted.{{ key }},
        {%- endfor %}
        case when levels.keeps_instrument then counted.instrument_code else 'niet-vermeld' end,
        case when levels.keeps_channel then counted.channel_code else 'alle' end,
        levels.keeps_instrument,
        levels.keeps_channel
    having min(counted.object_judged_code) = max(counted.object_judged_code)

),

-- What was delivered without an instrument or channel goes before what is added up.
chosen as (

    select *
    from (
        select
            *,
            row_number() over (
                partition by {{ scope | join(', ') }}, instrument_code, channel_code
                order by pool_rank
            ) as choice
        from cells
    ) as ranked
    where choice = 1

),

invited as (

    select * from chosen
    where aspect_code = 'alle' and invited_count is not null

),

figures as (

    select
        chosen.*,
        'niet-vermeld' as complaint_line,
        invited.invited_count as coverage_invited_count,
        invited.contact_count as coverage_contact_count
    from chosen
    left join invited
        on
            {%- for key in scope if key != 'aspect_code' %}
            chosen.{{ key }} = invited.{{ key }} and
            {%- endfor %}
            chosen.instrument_code = invited.instrument_code
            and chosen.channel_code = invited.channel_code

)

{% set values = {
    'satisfied_share': "case when aspect_code <> 'aanbeveling' then"
        ~ " cast(satisfied_count as double) / nullif(answer_count, 0) end",
    'neutral_share': "case when aspect_code <> 'aanbeveling' then"
        ~ " cast(neutral_count as double) / nullif(answer_count, 0) end",
    'dissatisfied_share': "case when aspect_code <> 'aanbeveling' then"
        ~ " cast(dissatisfied_count as double) / nullif(answer_count, 0) end",
    'mean_score_5': 'mean_score_5',
    'nps': "case when aspect_code = 'aanbeveling' then "
        ~ net_promoter_score('satisfied_count', 'dissatisfied_count', 'answer_count')
        ~ ' end',
    'rr1': response_rate(1),
} %}
{%- for count in response_counts() %}
{%- do values.update({count: 'cast(' ~ count ~ ' as double)'}) %}
{%- endfor %}
{%- for metric, value in values.items() %}
select
    {{ scope | join(', ') }},
    instrument_code,
    channel_code,
    complaint_line,
    '{{ metric }}' as metric,
    {{ value }} as computed_value,
    is_pooled,
    answer_count,
    coverage_invited_count as invited_count,
    coverage_contact_count as contact_count
from figures
where {{ value }} is not null
union all
{%- endfor %}
{%- for quantity in complaint_counts() + complaint_days() %}
select
    perimeter,
    event_code,
    is_simulated,
    agency_code,
    service_code,
    'alle' as aspect_code,
    period_code,
    'niet-vermeld' as instrument_code,
    'alle' as channel_code,
    complaint_line,
    '{{ quantity }}' as metric,
    cast({{ quantity }} as double) as computed_value,
    false as is_pooled,
    {{ nothing }} as answer_count,
    {{ nothing }} as invited_count,
    {{ nothing }} as contact_count
from {{ ref('mart_complaints') }}
where
    basis = 'computed'
    and {{ quantity }} is not null
{{ 'union all' if not loop.last }}
{%- endfor %}
