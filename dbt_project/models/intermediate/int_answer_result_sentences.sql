-- One row per sentence about what the measurements found: which was the last, what it
-- asked, its figures and those of the one before.
with cells as (

    select * from {{ ref('int_answer_cells') }}

),

questions as (

    select * from {{ ref('dim_question') }}

),

aspects as (

    select * from {{ ref('dim_aspect') }}

),

templates as (

    select * from {{ ref('int_answer_templates') }}

),

measurements as (

    select
        agency_code,
        period_number,
        period_code,
        period_start,
        period_text,
        max(source_mart) as source_mart,
        min(basis_rank) as basis_rank,
        -- Of two it is the published one that answers.
        max(basis) as basis,
        min(answer_count) as base_count,
        count(*) as cell_count,
        count(answer_count) as based_cell_count,
        max(case when is_simulated then 1 else 0 end) = 1 as is_simulated
    from cells
    group by
        agency_code,
        period_number,
        period_code,
        period_start,
        period_text

),

-- Which measurement a fact is about: the one before the last, or the last.
asked_of as (

    select
        templates.*,
        case when templates.fact_code = 'former_result' then 2 else 1 end
            as period_number
    from templates

),

last_measurement as (

    select
        measurements.agency_code,
        {{ answer_sentence({'periode': 'measurements.period_text'}) }},
        0 as detail_order,
        'mart_satisfaction' as source_mart,
        {{ readable_key('mart_satisfaction', [
            'measurements.agency_code', 'measurements.period_code',
        ]) }} as source_key,
        measurements.period_code,
        measurements.base_count,
        false as needs_base,
        measurements.basis,
        measurements.is_simulated,
        '' as flags
    from measurements
    inner join templates
        on templates.variant = case measurements.basis_rank
            when 1 then 'measured.published'
            when 2 then 'measured.computed'
            else 'measured.simulated'
        end
    where measurements.period_number = 1

),

period_lists as (

    select
        agency_code,
        count(*) as period_count,
        max(period_code) as period_code,
        max(basis) as basis,
        max(case when is_simulated then 1 else 0 end) = 1 as is_simulated,
        {{ text_list('period_text', "'; '", 'period_start') }} as periods_text
    from measurements
    group by agency_code

),

measured_periods as (

    select
        period_lists.agency_code,
        {{ answer_sentence({
            'aantal': format_number_nl('period_lists.period_count'),
            'lijst': 'period_lists.periods_text',
        }) }},
        0 as detail_order,
        'mart_satisfaction' as source_mart,
        {{ readable_key('mart_satisfaction', ['period_lists.agency_code']) }}
            as source_key,
        period_lists.period_code,
        cast(null as bigint) as base_count,
        false as needs_base,
        period_lists.basis,
        period_lists.is_simulated,
        '' as flags
    from period_lists
    inner join templates
        on templates.variant = 'measured_periods'
    where period_lists.period_count > 1

),

reported as (

    select distinct
        cells.agency_code,
        cells.period_code,
        cells.period_text,
        cells.is_simulated,
        cells.aspect_text,
        aspects.sort_order,
        max(cells.basis) over (
            partition by cells.agency_code, cells.is_simulated
        ) as basis
    from cells
    left join aspects
        on cells.aspect_code = aspects.aspect_code
    where
        cells.period_number = 1
        and cells.source_mart = 'mart_satisfaction'

),

reported_lists as (

    select
        agency_code,
        period_code,
        period_text,
        basis,
        is_simulated,
        count(*) as aspect_count,
        {{ text_list(
            inside_sentence('aspect_text'), "', '", 'sort_order, aspect_text'
        ) }} as aspects_text
    from reported
    group by
        agency_code,
        period_code,
        period_text,
        basis,
        is_simulated

),

reported_aspects as (

    select
        reported_lists.agency_code,
        {{ answer_sentence({
            'periode': 'reported_lists.period_text',
            'aantal': format_number_nl('reported_lists.aspect_count'),
            'lijst': 'reported_lists.aspects_text',
        }) }},
        0 as detail_order,
        'mart_satisfaction' as source_mart,
        {{ readable_key('mart_satisfaction', [
            'reported_lists.agency_code', 'reported_lists.period_code',
        ]) }} as source_key,
        reported_lists.period_code,
        cast(null as bigint) as base_count,
        false as needs_base,
        reported_lists.basis,
        reported_lists.is_simulated,
        '' as flags
    from reported_lists
    inner join templates
        on templates.variant = 'reported_aspects'

),

placed as (

    select
        *,
        row_number() over (
            partition by agency_code, service_code, instrument_code, channel_code
            order by satisfied_share desc, detail_order asc
        ) as place_from_top,
        row_number() over (
            partition by agency_code, service_code, instrument_code, channel_code
            order by satisfied_share asc, detail_order desc
        ) as place_from_bottom
    from cells
    where period_number = 1 and satisfied_share is not null

),

ranges as (

    select
        agency_code,
        service_code,
        instrument_code,
        channel_code,
        channel_text,
        period_code,
        period_text,
        is_simulated,
        max(basis) as basis,
        min(detail_order) as detail_order,
        count(*) as aspect_count,
        min(answer_count) as base_count,
        max(case when place_from_top = 1 then aspect_text end) as top_aspect,
        max(case when place_from_top = 1 then satisfied_share end) as top_share,
        max(case when place_from_bottom = 1 then aspect_text end) as bottom_aspect,
        max(case when place_from_bottom = 1 then satisfied_share end) as bottom_share
    from placed
    group by
        agency_code,
        service_code,
        instrument_code,
        channel_code,
        channel_text,
        period_code,
        period_text,
        is_simulated

),

channel_ranges as (

    select
        ranges.agency_code,
        {{ answer_sentence({
            'kanaal': 'ranges.channel_text',
            'periode': 'ranges.period_text',
            'aspect_klein': inside_sentence('ranges.top_aspect'),
            'tevreden': format_share_nl('ranges.top_share'),
            'ander_aspect_klein': inside_sentence('ranges.bottom_aspect'),
            'ander_tevreden': format_share_nl('ranges.bottom_share'),
        }) }},
        ranges.detail_order,
        'mart_satisfaction' as source_mart,
        {{ readable_key('mart_satisfaction', [
            'ranges.agency_code',
            'ranges.instrument_code',
            'ranges.channel_code',
            'ranges.period_code',
        ]) }} as source_key,
        ranges.period_code,
        ranges.base_count,
        true as needs_base,
        ranges.basis,
        ranges.is_simulated,
        '' as flags
    from ranges
    inner join templates
        on templates.variant = case
            when ranges.aspect_count > 1 then 'channel_range'
            else 'channel_single'
        end

),

base_unknown as (

    select
        measurements.agency_code,
        {{ answer_sentence({'periode': 'measurements.period_text'}) }},
        0 as detail_order,
        measurements.source_mart,
        concat(
            measurements.source_mart, ': ', measurements.agency_code, ' | ',
            measurements.period_code
        ) as source_key,
        measurements.period_code,
        cast(null as bigint) as base_count,
        true as needs_base,
        measurements.basis,
        measurements.is_simulated,
        'base_unknown' as flags
    from measurements
    inner join templates
        on templates.variant = 'base_unknown'
    where
        measurements.period_number = 1
        and measurements.based_cell_count < measurements.cell_count

),

figures as (

    select
        cells.agency_code,
        {{ answer_sentence({
            'aspect': 'cells.aspect_text',
            'kanaal': 'cells.channel_text',
            'periode': 'cells.period_text',
            'tevreden': format_share_nl('cells.satisfied_share'),
            'neutraal': format_share_nl('cells.neutral_share'),
            'ontevreden': format_share_nl('cells.dissatisfied_share'),
            'score': format_number_nl('cells.mean_score_5', 2),
            'nps': format_number_nl('cells.nps', 2),
            'aantal': format_number_nl('cells.answer_count'),
        }, templates='asked_of') }},
        cells.detail_order,
        cells.source_mart,
        cells.source_key,
        cells.period_code,
        cells.answer_count as base_count,
        true as needs_base,
        cells.basis,
        cells.is_simulated,
        cells.flags
    from cells
    inner join asked_of
        on
            cells.period_number = asked_of.period_number
            and asked_of.variant = case
                when cells.source_mart = 'mart_nps' then 'nps'
                when cells.aspect_code = asked_of.question_aspect_code then 'asked_row'
                else 'other_row'
            end || case
                when cells.answer_count is null then '.unknown_base'
                else '.known_base'
            end

),

sums_off as (

    select
        cells.agency_code,
        {{ answer_sentence({
            'aspect_klein': inside_sentence('cells.aspect_text'),
            'kanaal': 'cells.channel_text',
            'som': format_share_nl(
                '(cells.satisfied_share + cells.neutral_share'
                ~ ' + cells.dissatisfied_share)'
            ),
        }, templates='asked_of') }},
        cells.detail_order,
        cells.source_mart,
        cells.source_key,
        cells.period_code,
        cells.answer_count as base_count,
        true as needs_base,
        cells.basis,
        cells.is_simulated,
        cells.flags
    from cells
    inner join asked_of
        on
            cells.period_number = asked_of.period_number
            and asked_of.variant = 'shares_off'
    where position('sum_deviation' in cells.flags) > 0

),

-- Whether the aspect that a question asks for has a figure, per measurement.
aspect_questions as (

    select
        measurements.agency_code,
        measurements.period_code,
        measurements.period_text,
        measurements.basis,
        measurements.is_simulated,
        asked_of.fact_code,
        asked_of.question_aspect_code,
        asked_of.variant,
        asked_of.sort_order,
        asked_of.status,
        asked_of.template_nl,
        count(cells.aspect_code) > 0 as has_figure
    from measurements
    inner join asked_of
        on
            measurements.period_number = asked_of.period_number
            and asked_of.variant in ('asked', 'not_asked', 'asked_without_result')
    left join cells
        on
            measurements.agency_code = cells.agency_code
            and measurements.period_number = cells.period_number
            and asked_of.question_aspect_code = cells.aspect_code
    group by
        measurements.agency_code,
        measurements.period_code,
        measurements.period_text,
        measurements.basis,
        measurements.is_simulated,
        asked_of.fact_code,
        asked_of.question_aspect_code,
        asked_of.variant,
        asked_of.sort_order,
        asked_of.status,
        asked_of.template_nl

),

asked_questions as (

    select distinct
        agency_code,
        aspect_code
    from questions

),

asked as (

    select
        aspect_questions.agency_code,
        {{ answer_sentence({
            'aspect_klein': inside_sentence('aspects.label_nl'),
            'periode': 'aspect_questions.period_text',
        }, templates='aspect_questions') }},
        0 as detail_order,
        'mart_satisfaction' as source_mart,
        {{ readable_key('mart_satisfaction', [
            'aspect_questions.agency_code', 'aspect_questions.period_code',
        ]) }} as source_key,
        aspect_questions.period_code,
        cast(null as bigint) as base_count,
        false as needs_base,
        aspect_questions.basis,
        aspect_questions.is_simulated,
        '' as flags
    from aspect_questions
    inner join aspects
        on aspect_questions.question_aspect_code = aspects.aspect_code
    left join asked_questions
        on
            aspect_questions.agency_code = asked_questions.agency_code
            and aspect_questions.question_aspect_code = asked_questions.aspect_code
    where
        aspect_questions.variant = case
            when aspect_questions.has_figure then 'asked'
            when asked_questions.agency_code is not null then 'asked_without_result'
            else 'not_asked'
        end

),

former_counts as (

    select
        agency_code,
        max(period_number) as period_count
    from measurements
    group by agency_code

),

former_period as (

    select
        measurements.agency_code,
        {{ answer_sentence({'periode': 'measurements.period_text'}) }},
        0 as detail_order,
        measurements.source_mart,
        concat(
            measurements.source_mart, ': ', measurements.agency_code, ' | ',
            measurements.period_code
        ) as source_key,
        measurements.period_code,
        cast(null as bigint) as base_count,
        false as needs_base,
        measurements.basis,
        measurements.is_simulated,
        '' as flags
    from measurements
    inner join former_counts
        on measurements.agency_code = former_counts.agency_code
    inner join templates
        on templates.variant = case
            when former_counts.period_count > 1 then 'former_period'
            else 'no_former_period'
        end
    where
        measurements.period_number = case
            when former_counts.period_count > 1 then 2
            else 1
        end

),

sentences as (

    select * from last_measurement
    union all
    select * from measured_periods
    union all
    select * from reported_aspects
    union all
    select * from channel_ranges
    union all
    select * from base_unknown
    union all
    select * from figures
    union all
    select * from sums_off
    union all
    select * from asked
    union all
    select * from former_period

)

select * from sentences
