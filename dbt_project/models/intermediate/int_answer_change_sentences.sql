-- One row per sentence about what changed since the former measurement, and about what
-- was printed of it.
with cells as (

    select * from {{ ref('int_answer_cells') }}

),

mart_change as (

    select * from {{ ref('mart_change') }}

),

complaint_years as (

    select * from {{ ref('int_answer_complaint_years') }}

),

mart_statement_check as (

    select * from {{ ref('mart_statement_check') }}

),

periods as (

    select * from {{ ref('dim_period') }}

),

aspects as (

    select * from {{ ref('dim_aspect') }}

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

measured_agencies as (

    select distinct agency_code
    from changes
    where not is_simulated

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
        complaint_years.agency_code,
        max(complaint_years.period_end) as last_day,
        true as is_of_complaints
    from complaint_years
    left join measured_agencies
        on complaint_years.agency_code = measured_agencies.agency_code
    where
        complaint_years.is_whole
        and measured_agencies.agency_code is null
    group by complaint_years.agency_code

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

sentences as (

    select * from channel_sentences
    union all
    select * from change_sentences
    union all
    select * from statement_sentences

)

select * from sentences
