-- One row per sentence about counted or announced things: invitations and response,
-- improvement points, cost, planned measurements.
with cells as (

    select * from {{ ref('int_answer_cells') }}

),

mart_response as (

    select * from {{ ref('mart_response') }}

),

published_counts as (

    select * from {{ ref('fct_published_count') }}

),

improvement_points as (

    select * from {{ ref('mart_improvement_point') }}

),

planned_measurements as (

    select * from {{ ref('fct_planned_measurement') }}

),

measures as (

    select * from {{ ref('dim_measure') }}

),

periods as (

    select * from {{ ref('dim_period') }}

),

channels as (

    select * from {{ ref('dim_channel') }}

),

instruments as (

    select * from {{ ref('dim_instrument') }}

),

templates as (

    select * from {{ ref('int_answer_templates') }}

),

-- The month or period in which the results of an announced measurement are expected.
expected as (

    select * from periods

),

last_measurements as (

    select
        agency_code,
        max(period_code) as period_code,
        max(period_grain) as period_grain,
        max(period_end) as period_end
    from cells
    where period_number = 1 and not is_simulated
    group by agency_code

),

-- Published counts stand in the periods that they were published for; computed ones
-- are told in the grain of the agency's measurements.
response_candidates as (

    select
        mart_response.*,
        periods.period_start,
        periods.period_end,
        {{ basis_rank('mart_response.basis', 'mart_response.is_simulated') }}
            as basis_rank,
        case when mart_response.service_code = 'alle' then 0 else 1 end
            as service_rank
    from mart_response
    inner join periods
        on mart_response.period_code = periods.period_code
    left join last_measurements
        on mart_response.agency_code = last_measurements.agency_code
    where
        mart_response.perimeter = 'current'
        -- A simulated figure answers no question of parliament.
        and not mart_response.is_simulated
        and mart_response.invited_count is not null
        and mart_response.channel_code <> 'alle'
        and mart_response.instrument_code <> 'alle'
        and (
            mart_response.basis = 'published'
            or mart_response.period_grain
            = coalesce(last_measurements.period_grain, 'half_year')
        )

),

response_choices as (

    select
        *,
        rank() over (
            partition by agency_code, instrument_code, channel_code, period_code
            order by basis_rank, service_rank
        ) as figure_rank,
        dense_rank() over (
            partition by agency_code, instrument_code, channel_code, period_grain
            order by period_end desc
        ) as period_number
    from response_candidates

),

responses as (

    select
        response_choices.*,
        {{ inside_sentence(
            'coalesce(channels.label_nl, response_choices.channel_code)'
        ) }} as channel_text,
        {{ instrument_text(
            'response_choices.instrument_code', 'instruments.label_nl'
        ) }} as instrument_text,
        {{ format_period_nl(
            'response_choices.period_start', 'response_choices.period_end'
        ) }} as period_text,
        {{ readable_key('mart_response', [
            'response_choices.agency_code',
            'response_choices.instrument_code',
            'response_choices.channel_code',
            'response_choices.period_code',
        ]) }} as source_key,
        row_number() over (
            partition by response_choices.agency_code
            order by
                channels.sort_order asc,
                response_choices.period_start asc,
                response_choices.period_end desc,
                response_choices.instrument_code asc,
                response_choices.service_code asc
        ) as detail_order
    from response_choices
    left join channels
        on response_choices.channel_code = channels.channel_code
    left join instruments
        on response_choices.instrument_code = instruments.instrument_code
    where
        response_choices.figure_rank = 1
        and response_choices.period_number <= 2

),

invited as (

    select
        responses.agency_code,
        {{ answer_sentence({
            'kanaal': 'responses.channel_text',
            'periode': 'responses.period_text',
            'aantal': format_number_nl('responses.invited_count'),
            'voltooid': format_number_nl('responses.completed_count'),
            'metingen': 'responses.instrument_text',
            'tevreden': format_share_nl('responses.rr1'),
        }) }},
        responses.detail_order,
        'mart_response' as source_mart,
        responses.source_key,
        responses.period_code,
        responses.completed_count as base_count,
        false as needs_base,
        responses.basis,
        responses.is_simulated,
        responses.flags
    from responses
    inner join templates
        on templates.variant in (
            case
                when responses.completed_count is null then 'invited'
                else 'invited_completed'
            end,
            case when responses.completed_count is not null then 'rate_computed' end
        )

),

unanswered as (

    select
        agency_code,
        max(period_code) as period_code,
        -- Of two it is the published one that answers.
        max(basis) as basis,
        max(case when is_simulated then 1 else 0 end) = 1 as is_simulated
    from responses
    group by agency_code
    having count(completed_count) = 0

),

respondents_unknown as (

    select
        unanswered.agency_code,
        {{ answer_sentence({}) }},
        0 as detail_order,
        'mart_response' as source_mart,
        {{ readable_key('mart_response', ['unanswered.agency_code']) }} as source_key,
        unanswered.period_code,
        cast(null as bigint) as base_count,
        false as needs_base,
        unanswered.basis,
        unanswered.is_simulated,
        'base_unknown' as flags
    from unanswered
    inner join templates
        on templates.variant = 'respondents_unknown'

),

-- Counts and rates that stand in no period, and those that no other mart holds.
counted as (

    select
        published_counts.*,
        measures.kind,
        measures.quantity,
        measures.label_nl as measure_text,
        {{ inside_sentence(
            'coalesce(channels.label_nl, published_counts.channel_code)'
        ) }} as channel_text,
        coalesce(channels.sort_order, 999) as channel_order,
        {{ format_period_nl(
            'published_counts.period_start', 'published_counts.period_end'
        ) }} as period_text,
        {{ readable_key('fct_published_count', [
            'published_counts.agency_code',
            'published_counts.measure_code',
            'published_counts.channel_code',
            "coalesce(published_counts.period_code, 'niet-vermeld')",
        ]) }} as source_key,
        last_measurements.period_code as last_period_code,
        case
            when measures.kind = 'response' and published_counts.unit = 'percent'
                then 'rate.' || published_counts.exactness
            when measures.kind = 'response' then 'invited'
            else measures.kind
        end || case
            when
                published_counts.period_start is null
                and not (
                    measures.kind = 'response' and published_counts.unit = 'percent'
                )
                then '_without_period'
            else ''
        end as variant
    from published_counts
    inner join measures
        on published_counts.measure_code = measures.measure_code
    left join channels
        on published_counts.channel_code = channels.channel_code
    left join last_measurements
        on published_counts.agency_code = last_measurements.agency_code
    where published_counts.is_latest_vintage

),

count_sentences as (

    select
        counted.agency_code,
        {{ answer_sentence({
            'maat': 'counted.measure_text',
            'kanaal': 'counted.channel_text',
            'periode': 'counted.period_text',
            'afbakening': 'counted.delimitation',
            'aantal': 'case'
                ~ ' when counted.value = floor(counted.value) then '
                ~ format_number_nl('counted.value')
                ~ ' else ' ~ format_number_nl('counted.value', 2) ~ ' end',
        }) }},
        row_number() over (
            partition by counted.agency_code, templates.fact_code, templates.variant
            order by
                counted.channel_order asc,
                counted.period_end desc,
                counted.value desc,
                counted.source_key asc
        ) as detail_order,
        'fct_published_count' as source_mart,
        counted.source_key,
        counted.period_code,
        cast(null as bigint) as base_count,
        counted.unit = 'percent' as needs_base,
        'published' as basis,
        counted.is_simulated,
        concat_ws(
            '|',
            nullif(counted.flags, ''),
            case when counted.unit = 'percent' then 'base_unknown' end
        ) as flags
    from counted
    inner join templates
        on counted.variant = templates.variant
    where
        (
            counted.kind in ('improvement_point', 'cost')
            and coalesce(counted.period_code, counted.last_period_code, '')
            >= coalesce(counted.last_period_code, '')
        )
        or (counted.kind = 'response' and counted.unit = 'percent')
        or (counted.kind = 'response' and counted.period_start is null)

),

published_points as (

    select distinct agency_code
    from counted
    where kind = 'improvement_point'

),

-- What respondents ticked answers where no figure was published. Predicted themes do not:
-- a point that nobody ticked is no answer of a respondent.
ticked as (

    select
        points.agency_code,
        points.channel_code,
        points.period_code,
        points.period_start,
        points.period_end,
        points.basis,
        points.is_simulated,
        points.response_count,
        max(points.flags) as flags,
        {{ text_list(
            inside_sentence('points.theme_label_nl')
            ~ " || ' (' || " ~ format_share_nl('points.mention_share') ~ " || ')'",
            "', '",
            'points.mention_share desc, points.theme_label_nl asc'
        ) }} as points_text
    from improvement_points as points
    inner join last_measurements
        on
            points.agency_code = last_measurements.agency_code
            and points.period_code = last_measurements.period_code
    left join published_points
        on points.agency_code = published_points.agency_code
    where
        points.perimeter = 'current'
        and points.basis = 'computed'
        and not points.is_simulated
        and not points.is_predicted
        and published_points.agency_code is null
    group by
        points.agency_code,
        points.channel_code,
        points.period_code,
        points.period_start,
        points.period_end,
        points.basis,
        points.is_simulated,
        points.response_count

),

ticked_sentences as (

    select
        ticked.agency_code,
        {{ answer_sentence({
            'kanaal': inside_sentence('coalesce(channels.label_nl, ticked.channel_code)'),
            'periode': format_period_nl('ticked.period_start', 'ticked.period_end'),
            'lijst': 'ticked.points_text',
            'aantal': format_number_nl('ticked.response_count'),
        }) }},
        coalesce(channels.sort_order, 999) as detail_order,
        'mart_improvement_point' as source_mart,
        {{ readable_key('mart_improvement_point', [
            'ticked.agency_code',
            'ticked.channel_code',
            'ticked.period_code',
        ]) }} as source_key,
        ticked.period_code,
        ticked.response_count as base_count,
        true as needs_base,
        ticked.basis,
        ticked.is_simulated,
        ticked.flags
    from ticked
    left join channels
        on ticked.channel_code = channels.channel_code
    inner join templates
        on templates.variant = 'improvement_points_ticked'

),

upcoming as (

    select
        planned_measurements.agency_code,
        planned_measurements.instrument_code,
        planned_measurements.target_group,
        planned_measurements.results_expected_on,
        {{ instrument_text(
            'planned_measurements.instrument_code', 'instruments.label_nl'
        ) }} as instrument_text,
        min(planned_measurements.period_code) as period_code,
        min(planned_measurements.period_start) as period_start,
        max(planned_measurements.period_end) as period_end,
        max(case when planned_measurements.is_simulated then 1 else 0 end) = 1
            as is_simulated
    from planned_measurements
    left join instruments
        on planned_measurements.instrument_code = instruments.instrument_code
    left join last_measurements
        on planned_measurements.agency_code = last_measurements.agency_code
    where
        last_measurements.period_end is null
        or planned_measurements.period_end > last_measurements.period_end
    group by
        planned_measurements.agency_code,
        planned_measurements.instrument_code,
        planned_measurements.target_group,
        planned_measurements.results_expected_on,
        instruments.label_nl

),

announced as (

    select
        agency_code,
        period_code,
        period_start,
        period_end,
        results_expected_on,
        max(case when is_simulated then 1 else 0 end) = 1 as is_simulated,
        min(instrument_code) as first_instrument_code,
        {{ text_list('instrument_text', "'; '", 'instrument_text') }}
            as instruments_text
    from upcoming
    group by
        agency_code,
        period_code,
        period_start,
        period_end,
        results_expected_on

),

planned_sentences as (

    select
        announced.agency_code,
        {{ answer_sentence({
            'metingen': 'announced.instruments_text',
            'periode': format_period_nl(
                'announced.period_start', 'announced.period_end'
            ),
            'verwacht': 'coalesce('
                ~ format_period_nl('expected.period_start', 'expected.period_end')
                ~ ', announced.results_expected_on)',
        }) }},
        row_number() over (
            partition by announced.agency_code, templates.fact_code
            order by announced.period_start, announced.first_instrument_code
        ) as detail_order,
        'fct_planned_measurement' as source_mart,
        {{ readable_key('fct_planned_measurement', [
            'announced.agency_code',
            'announced.first_instrument_code',
            'announced.period_code',
        ]) }} as source_key,
        announced.period_code,
        cast(null as bigint) as base_count,
        false as needs_base,
        cast(null as string) as basis,
        announced.is_simulated,
        '' as flags
    from announced
    left join expected
        on announced.results_expected_on = expected.period_code
    inner join templates
        on templates.variant = case
            when announced.results_expected_on is null
                then 'planned_without_result_date'
            else 'planned'
        end

),

target_groups as (

    select
        upcoming.agency_code,
        {{ answer_sentence({
            'metingen': 'upcoming.instrument_text',
            'doelgroep': inside_sentence('upcoming.target_group'),
        }) }},
        row_number() over (
            partition by upcoming.agency_code, templates.fact_code
            order by upcoming.period_start, upcoming.instrument_code
        ) as detail_order,
        'fct_planned_measurement' as source_mart,
        {{ readable_key('fct_planned_measurement', [
            'upcoming.agency_code',
            'upcoming.instrument_code',
            'upcoming.period_code',
        ]) }} as source_key,
        upcoming.period_code,
        cast(null as bigint) as base_count,
        false as needs_base,
        cast(null as string) as basis,
        upcoming.is_simulated,
        '' as flags
    from upcoming
    inner join templates
        on templates.variant = 'planned_target_group'
    where upcoming.target_group is not null

),

sentences as (

    select * from invited
    union all
    select * from respondents_unknown
    union all
    select * from count_sentences
    union all
    select * from ticked_sentences
    union all
    select * from planned_sentences
    union all
    select * from target_groups

)

select * from sentences
