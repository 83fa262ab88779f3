with statements as (

    select * from {{ ref('published_statements') }}

),

periods as (

    select * from {{ ref('dim_period') }}

),

-- What was printed is held against what was printed; where no figure was, against what
-- the answers and the registers themselves give. A simulated figure contradicts nobody.
changes as (

    select *
    from (
        select
            *,
            rank() over (
                partition by
                    agency_code,
                    instrument_code,
                    channel_code,
                    aspect_code,
                    metric,
                    period_code,
                    former_period_code
                order by {{ basis_rank() }}
            ) as figure_rank
        from {{ ref('mart_change') }}
        where
            perimeter = 'as_reported'
            and not is_simulated
            and metric in ('satisfied_share', 'nps')
            -- Of computed figures the total over services: a statement names none.
            and (basis = 'published' or is_total)
    ) as ranked
    where figure_rank = 1

),

published_complaints as (

    select
        counts.agency_code,
        counts.measure_code,
        counts.channel_code,
        periods.period_grain,
        periods.period_code,
        periods.period_start,
        counts.value
    from {{ ref('fct_published_count') }} as counts
    inner join periods
        on counts.period_code = periods.period_code
    where
        counts.is_latest_vintage
        and not counts.is_simulated

),

published_series as (

    select distinct
        agency_code,
        measure_code
    from published_complaints

),

registered_complaints as (

    select
        complaints.agency_code,
        measures.measure_code,
        'alle' as channel_code,
        complaints.period_grain,
        complaints.period_code,
        complaints.period_start,
        case measures.quantity
            {%- for count in complaint_counts() %}
            when '{{ count }}' then complaints.{{ count }}
            {%- endfor %}
        end as value
    from {{ ref('mart_complaints') }} as complaints
    inner join {{ ref('int_complaint_whole_periods') }} as whole_periods
        on
            complaints.perimeter = whole_periods.perimeter
            and complaints.event_code = whole_periods.event_code
            and complaints.agency_code = whole_periods.agency_code
            and complaints.complaint_line = whole_periods.complaint_line
            and complaints.is_simulated = whole_periods.is_simulated
            and complaints.period_code = whole_periods.period_code
    inner join {{ ref('dim_measure') }} as measures
        on complaints.complaint_line = measures.complaint_line
    left join published_series
        on
            complaints.agency_code = published_series.agency_code
            and measures.measure_code = published_series.measure_code
    where
        complaints.perimeter = 'as_reported'
        and complaints.basis = 'computed'
        and complaints.is_total
        and not complaints.is_simulated
        and measures.kind = 'complaint'
        and published_series.agency_code is null

),

complaints as (

    select * from published_complaints
    union all
    select * from registered_complaints
    where value is not null

),

-- A statement about a channel is a statement about each of its aspects, and of an NPS
-- only where that is all there is.
evolutions as (

    select
        statements.*,
        changes.aspect_code,
        changes.metric,
        changes.former_value,
        changes.value,
        changes.difference,
        changes.verdict as change_verdict,
        case
            -- Two printed shares of two decimals may each be half a unit off.
            when changes.metric = 'satisfied_share' then 0.0001
            else 0.01
        end as rounding,
        case when changes.metric = 'satisfied_share' then 0.05 end as slight_limit,
        rank() over (
            partition by statements.statement_code
            order by case when changes.metric = 'satisfied_share' then 1 else 2 end
        ) as metric_rank
    from statements
    inner join changes
        on
            statements.agency_code = changes.agency_code
            and statements.instrument_code = changes.instrument_code
            and statements.channel_code = changes.channel_code
            and statements.period_code = changes.period_code
            and statements.former_period_code = changes.former_period_code

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
                when 'stable' then change_verdict <> 'stable'
            end,
            false
        ) as is_contradicted
    from evolutions
    where
        metric_rank = 1
        -- That nothing changed is for a test to say.
        and (claim <> 'stable' or change_verdict in ('improved', 'declined', 'stable'))

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
    inner join periods as first_periods
        on statements.former_period_code = first_periods.period_code
    inner join periods as last_periods
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
        case
            when is_contradicted then 'direction'
            when change_verdict = 'unknown_base' then 'base_unknown'
            else change_verdict
        end as reasons
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
