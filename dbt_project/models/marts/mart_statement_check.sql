with statements as (

    select * from {{ ref('published_statements') }}

),

changes as (

    select * from {{ ref('mart_change') }}
    where
        perimeter = 'as_reported'
        and basis = 'published'
        and not is_simulated
        and metric in ('satisfied_share', 'nps')

),

complaints as (

    select
        counts.*,
        periods.period_start as statement_start
    from {{ ref('fct_published_count') }} as counts
    inner join {{ ref('dim_period') }} as periods
        on counts.period_code = periods.period_code
    where
        counts.is_latest_vintage
        and not counts.is_simulated

),

-- A statement about a channel is a statement about each of its aspects.
evolutions as (

    select
        statements.*,
        changes.aspect_code,
        changes.metric,
        changes.former_value,
        changes.value,
        changes.difference,
        case
            -- Two printed shares of two decimals may each be half a unit off.
            when changes.metric = 'satisfied_share' then 0.0001
            else 0.01
        end as rounding,
        case when changes.metric = 'satisfied_share' then 0.05 end as slight_limit
    from statements
    inner join changes
        on
            statements.agency_code = changes.agency_code
            and statements.instrument_code = changes.instrument_code
            and statements.channel_code = changes.channel_code
            and statements.period_code = changes.period_code
            and statements.former_period_code = changes.former_period_code
    where statements.claim <> 'stable'

),

judged_evolutions as (

    select
        *,
        coalesce(
            case claim
                when 'improved' then difference < -rounding
                when 'declined' then difference > rounding
                when 'slightly_declined'
                    then difference > rounding or difference <= -slight_limit
            end,
            false
        ) as is_contradicted
    from evolutions

),

series as (

    select
        statements.statement_code,
        sum(complaints.value) / count(*) as mean_value,
        count(*) as period_count,
        min(
            case
                when complaints.period_code = statements.former_period_code
                    then complaints.value
            end
        ) as former_value,
        min(
            case
                when complaints.period_code = statements.period_code
                    then complaints.value
            end
        ) as value,
        {{ text_list(
            "concat(complaints.period_code, ': ',"
            ~ " cast(cast(complaints.value as bigint) as string))",
            "', '",
            'complaints.period_code'
        ) }} as series_text,
        sum(complaints.value * complaints.value) as sum_of_squares
    from statements
    inner join complaints
        on
            statements.agency_code = complaints.agency_code
            and statements.measure_code = complaints.measure_code
            and statements.channel_code = complaints.channel_code
    inner join {{ ref('dim_period') }} as first_periods
        on statements.former_period_code = first_periods.period_code
    inner join {{ ref('dim_period') }} as last_periods
        on statements.period_code = last_periods.period_code
    where
        statements.claim = 'stable'
        and complaints.period_grain = last_periods.period_grain
        and complaints.period_start between first_periods.period_start
        and last_periods.period_start
    group by statements.statement_code

),

tested_series as (

    select
        *,
        {{ homogeneity_statistic('sum_of_squares', 'mean_value', 'period_count') }}
            as test_statistic,
        cast(period_count - 1 as integer) as degrees_of_freedom
    from series

),

judged_series as (

    select
        *,
        {{ chi_square_tail('test_statistic', 'degrees_of_freedom') }} as p_value
    from tested_series

),

checks as (

    select
        statement_code,
        aspect_code,
        former_value,
        value,
        difference,
        cast(null as string) as test_name,
        cast(null as double) as test_statistic,
        cast(null as integer) as degrees_of_freedom,
        cast(null as double) as p_value,
        case when is_contradicted then 'contradicted' else 'not_contradicted' end
            as verdict,
        case when is_contradicted then 'direction' else 'base_unknown' end as reasons
    from judged_evolutions
    union all
    select
        statement_code,
        'alle' as aspect_code,
        former_value,
        value,
        value - former_value as difference,
        'chi_square_homogeneity' as test_name,
        test_statistic,
        degrees_of_freedom,
        p_value,
        case
            when p_value is null then 'not_testable'
            when p_value < 0.05 then 'contradicted'
            else 'not_contradicted'
        end as verdict,
        series_text as reasons
    from judged_series

)

select
    statements.statement_code,
    statements.agency_code,
    statements.instrument_code,
    statements.measure_code,
    statements.channel_code,
    coalesce(checks.aspect_code, 'alle') as aspect_code,
    statements.period_code,
    statements.former_period_code,
    statements.claim,
    statements.quote,
    checks.former_value,
    checks.value,
    checks.difference,
    checks.test_name,
    checks.test_statistic,
    checks.degrees_of_freedom,
    checks.p_value,
    coalesce(checks.verdict, 'not_testable') as verdict,
    coalesce(checks.reasons, 'no_figures') as reasons,
    statements.source
from statements
left join checks
    on statements.statement_code = checks.statement_code
