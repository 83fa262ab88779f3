-- One row per sentence about what changed since the former measurement, and about what
-- was printed of it; for an agency without two measurements, about its complaints.
with cells as (

    select * from {{ ref('int_answer_cells') }}

),

mart_change as (

    select * from {{ ref('mart_change') }}

),

mart_statement_check as (

    select * from {{ ref('mart_statement_check') }}

),

mart_complaints as (

    select * from {{ ref('mart_complaints') }}

),

periods as (

    select * from {{ ref('dim_period') }}

),

aspects as (

    select * from {{ ref('dim_aspect') }}

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

changes as (

    select
        cells.agency_code,
        cells.source_mart as cell_mart,
        cells.service_code,
        cells.instrument_code,
        cells.channel_code,
        cells.channel_text,
        cells.aspect_text,
        cells.detail_order,
        cells.basis,
        cells.is_simulated,
        cells.period_code,
        cells.period_text,
        {{ format_period_nl('periods.period_start', 'periods.period_end') }}
            as former_period_text,
        mart_change.value,
        mart_change.former_value,
        mart_change.difference,
        mart_change.p_value_holm,
        mart_change.verdict,
        concat_ws(
            '|', nullif(mart_change.flags, ''), nullif(mart_change.reasons, '')
        ) as flags,
        least(mart_change.answer_count, mart_change.former_answer_count) as base_count,
        {{ readable_key('mart_change', [
            'cells.agency_code',
            'cells.instrument_code',
            'cells.channel_code',
            'cells.aspect_code',
            'mart_change.metric',
            'cells.period_code',
        ]) }} as source_key
    from cells
    inner join mart_change
        on
            cells.agency_code = mart_change.agency_code
            and cells.basis = mart_change.basis
            and cells.is_simulated = mart_change.is_simulated
            and cells.service_code = mart_change.service_code
            and cells.instrument_code = mart_change.instrument_code
            and cells.channel_code = mart_change.channel_code
            and cells.period_code = mart_change.period_code
            and (
                (
                    cells.source_mart = 'mart_satisfaction'
                    and mart_change.metric = 'satisfied_share'
                    and cells.aspect_code = mart_change.aspect_code
                )
                or (cells.source_mart = 'mart_nps' and mart_change.metric = 'nps')
            )
    left join periods
        on mart_change.former_period_code = periods.period_code
    where
        cells.period_number = 1
        and mart_change.perimeter = 'current'
        and mart_change.difference is not null

),

-- Where an aspect was tested the tests say which way a channel went; figures without a
-- base only by their sign. Two printed shares differ when they do after rounding to a
-- hundredth of a point.
channels as (

    select
        agency_code,
        service_code,
        instrument_code,
        channel_code,
        channel_text,
        period_code,
        period_text,
        former_period_text,
        basis,
        is_simulated,
        min(detail_order) as detail_order,
        min(base_count) as base_count,
        count(*) as aspect_count,
        sum(case when round(difference, 4) > 0 then 1 else 0 end) as rise_count,
        sum(case when round(difference, 4) < 0 then 1 else 0 end) as fall_count,
        count(case when verdict = 'improved' then 1 end) as improved_count,
        count(case when verdict = 'declined' then 1 end) as declined_count,
        count(case when verdict in ('improved', 'declined', 'stable') then 1 end)
            as tested_count,
        min(difference) as lowest_difference,
        max(difference) as highest_difference,
        max(case when verdict = 'not_comparable' then 1 else 0 end) = 1 as has_break,
        max(case when verdict = 'unknown_base' then 1 else 0 end) = 1
            as has_unknown_base
    from changes
    where cell_mart = 'mart_satisfaction'
    group by
        agency_code,
        service_code,
        instrument_code,
        channel_code,
        channel_text,
        period_code,
        period_text,
        former_period_text,
        basis,
        is_simulated

),

channel_sentences as (

    select
        channels.agency_code,
        {{ answer_sentence({
            'kanaal': 'channels.channel_text',
            'periode': 'channels.period_text',
            'vorige_periode': 'channels.former_period_text',
            'aantal': format_number_nl('channels.aspect_count'),
            'aantal_op': format_number_nl('channels.rise_count'),
            'aantal_neer': format_number_nl('channels.fall_count'),
            'aantal_beter': format_number_nl('channels.improved_count'),
            'aantal_slechter': format_number_nl('channels.declined_count'),
            'aantal_getoetst': format_number_nl('channels.tested_count'),
            'laagste_verschil': format_number_nl(
                '100 * channels.lowest_difference', 2, signed=true
            ),
            'hoogste_verschil': format_number_nl(
                '100 * channels.highest_difference', 2, signed=true
            ),
        }) }},
        channels.detail_order,
        'mart_change' as source_mart,
        {{ readable_key('mart_change', [
            'channels.agency_code',
            'channels.instrument_code',
            'channels.channel_code',
            "'satisfied_share'",
            'channels.period_code',
        ]) }} as source_key,
        channels.period_code,
        channels.base_count,
        true as needs_base,
        channels.basis,
        channels.is_simulated,
        case when channels.has_unknown_base then 'base_unknown' else '' end as flags
    from channels
    inner join templates
        on templates.variant = case
            when channels.improved_count > 0 and channels.declined_count > 0
                then 'channel_tested.mixed'
            when channels.improved_count > 0 then 'channel_tested.improved'
            when channels.declined_count > 0 then 'channel_tested.declined'
            when channels.tested_count > 0 then 'channel_tested.stable'
            when channels.has_break then 'channel.not_comparable'
            when not channels.has_unknown_base then 'channel.too_few'
            when channels.rise_count > 0 and channels.fall_count > 0
                then 'channel.mixed'
            when channels.rise_count > 0 then 'channel.improved'
            when channels.fall_count > 0 then 'channel.declined'
            else 'channel.unchanged'
        end

),

change_sentences as (

    select
        changes.agency_code,
        {{ answer_sentence({
            'kanaal': 'changes.channel_text',
            'aspect': 'changes.aspect_text',
            'vorige_waarde': 'case changes.cell_mart'
                ~ " when 'mart_nps' then "
                ~ format_number_nl('changes.former_value', 2)
                ~ ' else ' ~ format_share_nl('changes.former_value') ~ ' end',
            'waarde': 'case changes.cell_mart'
                ~ " when 'mart_nps' then "
                ~ format_number_nl('changes.value', 2)
                ~ ' else ' ~ format_share_nl('changes.value') ~ ' end',
            'verschil': format_number_nl(
                'case changes.cell_mart'
                ~ " when 'mart_nps' then changes.difference"
                ~ ' else 100 * changes.difference end', 2, signed=true
            ),
            'p': format_p_value_nl('changes.p_value_holm'),
        }) }},
        changes.detail_order,
        'mart_change' as source_mart,
        changes.source_key,
        changes.period_code,
        changes.base_count,
        true as needs_base,
        changes.basis,
        changes.is_simulated,
        changes.flags
    from changes
    inner join templates
        on
            templates.variant
            = case changes.cell_mart
                when 'mart_nps' then 'nps_change.'
                else 'aspect_change.'
            end || changes.verdict

),

-- A registered year tells of an evolution only where the register covers all of it.
whole_years as (

    select * from {{ ref('int_complaint_whole_periods') }}
    where
        perimeter = 'current'
        and not is_simulated

),

complaint_candidates as (

    select
        mart_complaints.agency_code,
        mart_complaints.complaint_line,
        mart_complaints.period_code,
        mart_complaints.basis,
        mart_complaints.is_simulated,
        mart_complaints.flags,
        coalesce(mart_complaints.received_count, mart_complaints.registered_count)
            as complaint_count,
        {{ basis_rank('mart_complaints.basis', 'mart_complaints.is_simulated') }}
            as basis_rank,
        case when mart_complaints.service_code = 'alle' then 0 else 1 end
            as service_rank
    from mart_complaints
    where
        mart_complaints.perimeter = 'current'
        and mart_complaints.period_grain = 'year'
        and not (
            mart_complaints.is_total and mart_complaints.complaint_line = 'alle'
        )
        and coalesce(mart_complaints.received_count, mart_complaints.registered_count)
        is not null

),

complaint_choices as (

    select
        *,
        rank() over (
            partition by agency_code, complaint_line, period_code
            order by basis_rank, service_rank
        ) as figure_rank
    from complaint_candidates

),

complaint_years as (

    select
        complaint_choices.agency_code,
        complaint_choices.complaint_line,
        complaint_choices.period_code,
        complaint_choices.basis,
        complaint_choices.is_simulated,
        periods.period_start,
        periods.period_end,
        complaint_choices.basis = 'published'
        or whole_years.period_code is not null as is_whole,
        {{ text_list(
            "nullif(complaint_choices.flags, '')", "'|'", 'complaint_choices.flags'
        ) }} as flags,
        sum(complaint_choices.complaint_count) as complaint_count
    from complaint_choices
    inner join periods
        on complaint_choices.period_code = periods.period_code
    left join whole_years
        on
            complaint_choices.agency_code = whole_years.agency_code
            and complaint_choices.complaint_line = whole_years.complaint_line
            and complaint_choices.period_code = whole_years.period_code
    where
        complaint_choices.figure_rank = 1
        -- A simulated register is no method that an agency uses.
        and complaint_choices.basis_rank < 3
    group by
        complaint_choices.agency_code,
        complaint_choices.complaint_line,
        complaint_choices.period_code,
        complaint_choices.basis,
        complaint_choices.is_simulated,
        periods.period_start,
        periods.period_end,
        whole_years.period_code

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

measured_agencies as (

    select distinct agency_code
    from changes
    where not is_simulated

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
            complaint_years.*,
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

-- What was printed is held against the last measurement, and about complaints against
-- the last year of a series that is told; of older ones the findings keep the verdict.
last_days as (

    select
        agency_code,
        max(period_end) as last_day,
        false as is_of_complaints
    from cells
    where period_number = 1 and not is_simulated
    group by agency_code
    union all
    select
        agency_code,
        last_day,
        true as is_of_complaints
    from series_bounds

),

checks as (

    select
        mart_statement_check.*,
        max(
            case when mart_statement_check.verdict = 'contradicted' then 1 else 0 end
        ) over (partition by mart_statement_check.statement_code) as is_contradicted,
        row_number() over (
            partition by mart_statement_check.statement_code
            order by
                case
                    when mart_statement_check.verdict = 'not_contradicted' then 0
                    else 1
                end,
                mart_statement_check.aspect_code
        ) as check_number
    from mart_statement_check
    inner join periods
        on mart_statement_check.period_code = periods.period_code
    inner join last_days
        on
            mart_statement_check.agency_code = last_days.agency_code
            and (mart_statement_check.measure_code is not null)
            = last_days.is_of_complaints
            and periods.period_end >= last_days.last_day

),

judged as (

    select
        *,
        case
            when verdict = 'contradicted' and aspect_code = 'alle'
                then 'contradicted_measure.' || claim
            when verdict = 'contradicted' and aspect_code = 'aanbeveling'
                then 'contradicted_nps.' || claim
            when verdict = 'contradicted' then 'contradicted.' || claim
            when verdict = 'not_contradicted' and measure_code is null
                then 'not_contradicted_change.' || claim
            when verdict = 'not_contradicted' then 'not_contradicted.' || claim
            else verdict
        end as variant
    from checks
    -- A contradiction is told aspect by aspect, its absence once for the statement.
    where
        verdict = 'contradicted'
        or (is_contradicted = 0 and check_number = 1)

),

statement_sentences as (

    select
        judged.agency_code,
        {{ answer_sentence({
            'citaat': 'judged.quote',
            'bron': 'judged.source',
            'aspect_klein': inside_sentence('aspects.label_nl'),
            'verschil': format_number_nl(
                'case judged.aspect_code'
                ~ " when 'aanbeveling' then judged.difference"
                ~ ' else 100 * judged.difference end', 2, signed=true
            ),
            'toetsgrootheid': format_number_nl('judged.test_statistic', 2),
            'vrijheidsgraden': format_number_nl('judged.degrees_of_freedom'),
            'p': format_number_nl('judged.p_value', 2),
        }) }},
        coalesce(aspects.sort_order, 0) as detail_order,
        'mart_statement_check' as source_mart,
        {{ readable_key('mart_statement_check', [
            'judged.statement_code', 'judged.aspect_code', 'judged.measure_code',
        ]) }} as source_key,
        judged.period_code,
        cast(null as bigint) as base_count,
        false as needs_base,
        cast(null as string) as basis,
        false as is_simulated,
        case
            when judged.verdict = 'contradicted' then 'statement_contradicted'
            else ''
        end as flags
    from judged
    left join aspects
        on judged.aspect_code = aspects.aspect_code
    inner join templates
        on judged.variant = templates.variant

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

    select * from channel_sentences
    union all
    select * from change_sentences
    union all
    select * from statement_sentences
    union all
    select * from complaint_sentences
    union all
    select * from pair_sentences
    union all
    select * from break_sentences

)

select * from sentences
