-- One row per sentence about complaints: how many a year, and for an agency without two
-- measurements of satisfaction, what changed and which break lies in between.
with complaint_years as (

    select * from {{ ref('int_answer_complaint_years') }}

),

complaint_codes as (

    select * from {{ ref('dim_complaint_code') }}

),

agency_events as (

    select * from {{ ref('dim_agency_event') }}

),

agencies as (

    select * from {{ ref('dim_agency') }}

),

templates as (

    select * from {{ ref('int_answer_templates') }}

),

measured_agencies as (

    select distinct agency_code
    from {{ ref('int_answer_change_sentences') }}
    where source_mart = 'mart_change'

),

told_years as (

    select
        *,
        false as is_evolution
    from complaint_years
    union all
    select
        *,
        true as is_evolution
    from complaint_years
    where is_whole

),

complaint_series as (

    select
        agency_code,
        complaint_line,
        is_evolution,
        max(basis) as basis,
        min(period_start) as first_day,
        max(period_end) as last_day,
        max(period_code) as period_code,
        min(period_code) || ' - ' || max(period_code) as period_codes,
        max(case when is_simulated then 1 else 0 end) = 1 as is_simulated,
        {{ text_list('flags', "'|'", 'period_start') }} as flags,
        {{ text_list(
            format_number_nl('complaint_count') ~ " || ' (' || period_code || ')'",
            "', '", 'period_start'
        ) }} as counts_text,
        {{ text_list('period_code', "', '", 'period_start') }} as years_text
    from told_years
    group by
        agency_code,
        complaint_line,
        is_evolution

),

complaint_sentences as (

    select
        complaint_series.agency_code,
        {{ answer_sentence({
            'lijn': inside_sentence('complaint_codes.label_nl'),
            'lijst': 'complaint_series.counts_text',
            'jaren': 'complaint_series.years_text',
        }) }},
        coalesce(complaint_codes.sort_order, 0) as detail_order,
        'mart_complaints' as source_mart,
        {{ readable_key('mart_complaints', [
            'complaint_series.agency_code',
            'complaint_series.complaint_line',
            'complaint_series.period_codes',
        ]) }} as source_key,
        complaint_series.period_code,
        cast(null as bigint) as base_count,
        false as needs_base,
        complaint_series.basis,
        complaint_series.is_simulated,
        coalesce(complaint_series.flags, '') as flags
    from complaint_series
    left join complaint_codes
        on
            complaint_codes.code_list = 'lijn'
            and complaint_series.complaint_line = complaint_codes.code
    inner join templates
        on templates.variant = case
            when complaint_codes.code is null then 'complaints_without_line'
            else 'complaints'
        end
    left join measured_agencies
        on complaint_series.agency_code = measured_agencies.agency_code
    -- Complaints stand in for a comparison of satisfaction only where there is none.
    where
        case templates.fact_code
            when 'other_methods' then not complaint_series.is_evolution
            else
                complaint_series.is_evolution
                and measured_agencies.agency_code is null
        end

),

-- Two years in a row of a register; what was printed of a published series is held
-- against it below.
complaint_pairs as (

    select *
    from (
        select
            *,
            lag(complaint_count) over years as former_count,
            lag(period_code) over years as former_period_code,
            lag(period_end) over years as former_end,
            row_number() over (
                partition by agency_code, complaint_line
                order by period_start desc
            ) as year_number
        from complaint_years
        where
            is_whole
            and basis = 'computed'
        window years as (
            partition by agency_code, complaint_line
            order by period_start
        )
    ) as with_former
    where
        year_number = 1
        and extract(year from former_end) = extract(year from period_end) - 1

),

tested_pairs as (

    select
        complaint_pairs.*,
        complaint_codes.label_nl as line_text,
        coalesce(complaint_codes.sort_order, 0) as detail_order,
        {{ binomial_pair_p_value('complaint_count', 'former_count') }} as p_value
    from complaint_pairs
    left join complaint_codes
        on
            complaint_codes.code_list = 'lijn'
            and complaint_pairs.complaint_line = complaint_codes.code
    left join measured_agencies
        on complaint_pairs.agency_code = measured_agencies.agency_code
    where measured_agencies.agency_code is null

),

pair_sentences as (

    select
        tested_pairs.agency_code,
        {{ answer_sentence({
            'lijn': inside_sentence(
                'coalesce(tested_pairs.line_text, tested_pairs.complaint_line)'
            ),
            'vorige_periode': 'tested_pairs.former_period_code',
            'periode': 'tested_pairs.period_code',
            'vorige_waarde': format_number_nl('tested_pairs.former_count'),
            'waarde': format_number_nl('tested_pairs.complaint_count'),
            'verschil': format_number_nl(
                '(tested_pairs.complaint_count - tested_pairs.former_count)', signed=true
            ),
            'p': format_p_value_nl('tested_pairs.p_value'),
        }) }},
        tested_pairs.detail_order,
        'mart_complaints' as source_mart,
        {{ readable_key('mart_complaints', [
            'tested_pairs.agency_code',
            'tested_pairs.complaint_line',
            'tested_pairs.period_code',
        ]) }} as source_key,
        tested_pairs.period_code,
        cast(null as bigint) as base_count,
        false as needs_base,
        tested_pairs.basis,
        tested_pairs.is_simulated,
        coalesce(tested_pairs.flags, '') as flags
    from tested_pairs
    inner join templates
        on templates.variant = case
            when tested_pairs.p_value >= 0.05 then 'complaints_change.stable'
            when tested_pairs.complaint_count > tested_pairs.former_count
                then 'complaints_change.more'
            else 'complaints_change.fewer'
        end

),

successors as (

    select * from agencies

),

predecessors as (

    select * from agencies

),

breaks as (

    select
        agency_events.event_code,
        agency_events.event_date,
        agency_events.event_type,
        agency_events.successor_code,
        successors.name_nl as successor_text,
        count(*) as predecessor_count,
        {{ text_list('predecessors.name_nl', "' en '", 'predecessors.name_nl') }}
            as predecessors_text
    from agency_events
    inner join successors
        on agency_events.successor_code = successors.agency_code
    inner join predecessors
        on agency_events.predecessor_code = predecessors.agency_code
    group by
        agency_events.event_code,
        agency_events.event_date,
        agency_events.event_type,
        agency_events.successor_code,
        successors.name_nl

),

series_bounds as (

    select
        complaint_series.agency_code,
        min(complaint_series.first_day) as first_day,
        max(complaint_series.last_day) as last_day,
        max(complaint_series.period_code) as period_code
    from complaint_series
    left join measured_agencies
        on complaint_series.agency_code = measured_agencies.agency_code
    where
        measured_agencies.agency_code is null
        and complaint_series.is_evolution
    group by complaint_series.agency_code

),

break_sentences as (

    select
        series_bounds.agency_code,
        {{ answer_sentence({
            'datum': format_date_nl('breaks.event_date'),
            'opvolger': 'breaks.successor_text',
            'voorgangers': 'breaks.predecessors_text',
        }) }},
        0 as detail_order,
        'dim_agency_event' as source_mart,
        {{ readable_key('dim_agency_event', [
            'breaks.event_code', 'series_bounds.agency_code',
        ]) }} as source_key,
        series_bounds.period_code,
        cast(null as bigint) as base_count,
        false as needs_base,
        cast(null as string) as basis,
        false as is_simulated,
        'perimeter_unknown' as flags
    from series_bounds
    inner join breaks
        on
            series_bounds.agency_code = breaks.successor_code
            and series_bounds.first_day < breaks.event_date
            and series_bounds.last_day >= breaks.event_date
    inner join templates
        on templates.variant = 'perimeter_break.' || breaks.event_type

),

sentences as (

    select * from complaint_sentences
    union all
    select * from pair_sentences
    union all
    select * from break_sentences

)

select * from sentences
