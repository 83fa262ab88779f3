{% set key = [
    'perimeter', 'event_code', 'agency_code', 'service_code', 'instrument_code',
    'channel_code', 'aspect_code', 'complaint_line', 'metric', 'period_code',
] %}

with published as (

    select * from {{ ref('int_published_figures') }}

),

computed as (

    select * from {{ ref('int_computed_figures') }}

),

compared as (

    select
        {%- for column in key %}
        published.{{ column }},
        {%- endfor %}
        published.period_grain,
        coalesce(computed.is_simulated, false) as is_simulated,
        published.published_value,
        computed.computed_value,
        computed.computed_value - published.published_value as difference,
        published.rounding_tolerance,
        published.exactness,
        -- Between the double of a printed decimal and that of a quotient.
        case published.exactness
            when 'exact'
                then
                    abs(computed.computed_value - published.published_value)
                    <= published.rounding_tolerance + 1e-9
            when 'at_most'
                then
                    computed.computed_value
                    <= published.published_value + published.rounding_tolerance + 1e-9
        end as is_within_rounding,
        coalesce(computed.is_pooled, false) as is_pooled,
        computed.answer_count,
        case
            when computed.answer_count is null then null
            when published.published_answer_count > 0 then 'published_answers'
            when computed.invited_count > 0 then 'invited'
            when computed.contact_count > 0 then 'contacts'
        end as coverage_base,
        cast(computed.answer_count as double) / coalesce(
            nullif(published.published_answer_count, 0),
            nullif(computed.invited_count, 0),
            nullif(computed.contact_count, 0)
        ) as coverage_share,
        published.flags,
        published.source
    from published
    left join computed
        on
            published.perimeter = computed.perimeter
            {%- for column in key[1:] %}
            and published.{{ column }} = computed.{{ column }}
            {%- endfor %}

)

select
    {{ key | join(', ') }},
    period_grain,
    is_simulated,
    published_value,
    computed_value,
    difference,
    rounding_tolerance,
    is_within_rounding,
    answer_count,
    coverage_base,
    coverage_share,
    case
        when computed_value is null then 'not_computed'
        when is_simulated then 'simulated'
        when is_within_rounding is null then 'not_judged'
        when is_within_rounding then 'confirmed'
        else 'differs'
    end as verdict,
    {{ flags({
        'count_itself': 'computed_value is not null and answer_count is null',
        'coverage_unknown': 'answer_count is not null and coverage_share is null',
        'no_computed_figure': 'computed_value is null',
        'period_missing': "period_code = 'niet-vermeld'",
        'pooled': 'is_pooled',
        'simulated': 'is_simulated',
        'sum_deviation': "flags like '%sum_deviation%' and metric like '%_share'",
        'value_approximate': "exactness <> 'exact'",
    }) }} as reasons,
    source
from compared
