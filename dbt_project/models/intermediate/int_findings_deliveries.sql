-- Rule K0: deliveries that contradict each other. The message names both and asks for
-- what settles it.
with candidates as (

    select * from {{ ref('stg_klantbeeld__month_candidates') }}

),

deliveries as (

    select * from {{ ref('stg_klantbeeld__deliveries') }}

),

pairs as (

    select distinct
        candidates.delivery_id,
        rivals.delivery_id as rival_id,
        'heeft dezelfde versie als' as conflict_nl
    from candidates
    inner join candidates as rivals
        on
            candidates.reporting_agency_code = rivals.reporting_agency_code
            and candidates.feed = rivals.feed
            and candidates.part = rivals.part
            and candidates.month_start = rivals.month_start
            and candidates.version_rank = rivals.version_rank
            and candidates.delivery_id <> rivals.delivery_id
    where
        candidates.has_equal
        and rivals.has_equal
    union all
    select distinct
        candidates.delivery_id,
        counting.delivery_id as rival_id,
        'heeft minder dan de helft van de rijen van' as conflict_nl
    from candidates
    inner join candidates as counting
        on
            candidates.reporting_agency_code = counting.reporting_agency_code
            and candidates.feed = counting.feed
            and candidates.part = counting.part
            and candidates.month_start = counting.month_start
            and counting.is_counting
    where candidates.is_set_aside

),

-- Changes to a register of which it cannot be told which came last.
changes as (

    select
        changes.delivery_id,
        rivals.delivery_id as rival_id,
        'heeft dezelfde versie als' as conflict_nl
    from deliveries as changes
    inner join deliveries as rivals
        on
            changes.reporting_agency_code = rivals.reporting_agency_code
            and changes.feed = rivals.feed
            and changes.part = rivals.part
            and changes.version_number = rivals.version_number
            and changes.version_date is not distinct from rivals.version_date
            and changes.first_month is not distinct from rivals.first_month
            and changes.last_month is not distinct from rivals.last_month
            and changes.delivery_id <> rivals.delivery_id
    where
        changes.counts_by_key
        and changes.counts_whole
        and rivals.counts_whole

),

-- Rows over several months of which another delivery has taken over some.
torn_spans as (

    select distinct
        spans.delivery_id,
        counting.delivery_id as rival_id,
        concat(
            'heeft rijen over meer dan één maand, die niet meetellen omdat een deel ',
            'van die maanden komt van'
        ) as conflict_nl
    from {{ ref('stg_klantbeeld__spans') }} as spans
    inner join candidates
        on
            spans.delivery_id = candidates.delivery_id
            and candidates.month_start between spans.first_month and spans.last_month
    inner join candidates as counting
        on
            candidates.reporting_agency_code = counting.reporting_agency_code
            and candidates.feed = counting.feed
            and candidates.part = counting.part
            and candidates.month_start = counting.month_start
            and candidates.delivery_id <> counting.delivery_id
            and counting.is_counting
    where spans.is_torn

),

contradictions as (

    select * from pairs
    union all
    select * from changes
    union all
    select * from torn_spans

),

-- Two values of one figure under one vintage: (published_on, version).
vintages as (

    select
        'published_result' as kind,
        concat_ws(
            ' | ', agency_code, service_code, instrument_code, channel_code,
            aspect_code, period_code
        ) as figure_key,
        published_on,
        version,
        delivery_id,
        concat_ws(
            ' / ', satisfied_share, neutral_share, dissatisfied_share, mean_score_5,
            nps, answer_count
        ) as figure
    from {{ ref('fct_published_result') }}
    union all
    select
        'published_count' as kind,
        concat_ws(
            ' | ', agency_code, service_code, channel_code, measure_code, period_code,
            period_start, period_end, delimitation
        ) as figure_key,
        published_on,
        version,
        delivery_id,
        cast(value as string) as figure
    from {{ ref('fct_published_count') }}

),

torn_vintages as (

    select
        vintages.delivery_id,
        vintages.figure_key,
        rivals.delivery_id as rival_id
    from vintages
    inner join vintages as rivals
        on
            vintages.kind = rivals.kind
            and vintages.figure_key = rivals.figure_key
            and vintages.version = rivals.version
            and vintages.published_on is not distinct from rivals.published_on
            and vintages.figure <> rivals.figure

),

conflicts as (

    select
        contradictions.delivery_id,
        concat(
            contradictions.conflict_nl, ' ',
            {{ text_list('rivals.file_name', "', '", 'rivals.file_name') }}
        ) as conflict_nl
    from contradictions
    inner join deliveries as rivals
        on contradictions.rival_id = rivals.delivery_id
    group by
        contradictions.delivery_id,
        contradictions.conflict_nl
    union all
    select
        torn_vintages.delivery_id,
        concat(
            'geeft een ander cijfer dan ', rivals.file_name, ' voor ',
            min(torn_vintages.figure_key), ', met dezelfde publicatiedatum en versie'
        ) as conflict_nl
    from torn_vintages
    inner join deliveries as rivals
        on torn_vintages.rival_id = rivals.delivery_id
    group by
        torn_vintages.delivery_id,
        rivals.file_name

)

select
    'K0' as rule,
    deliveries.reporting_agency_code as agency_code,
    deliveries.reporting_agency_code,
    'mart_delivery' as mart,
    concat_ws(' | ', deliveries.delivery_id, conflicts.conflict_nl) as row_key,
    deliveries.period_code,
    'alle' as channel_code,
    'alle' as aspect_code,
    concat(
        deliveries.file_name, ' (', deliveries.reporting_agency_code, '/',
        deliveries.feed, ') ', conflicts.conflict_nl, '.'
    ) as figure,
    '' as expected,
    '' as quote,
    deliveries.file_name as source
from conflicts
inner join deliveries
    on conflicts.delivery_id = deliveries.delivery_id
