with deliveries as (

    select * from {{ ref('stg_klantbeeld__deliveries') }}

),

candidates as (

    select * from {{ ref('stg_klantbeeld__month_candidates') }}

),

counting as (

    select
        reporting_agency_code,
        feed,
        part,
        month_start,
        delivery_id
    from candidates
    where is_counting

),

-- The first of the refused rows: enough to see what is wrong, the lake has them all.
ranked_rows as (

    select
        *,
        row_number() over (
            partition by delivery_id
            order by line, reason
        ) as reason_rank
    from {{ ref('stg_klantbeeld__rejected_rows') }}

),

refused_rows as (

    select
        delivery_id,
        {{ text_list('reason', "' '", 'line, reason') }} as reasons
    from ranked_rows
    where reason_rank <= 20
    group by delivery_id

),

-- The deliveries that took over the months of another one.
successors as (

    select
        candidates.delivery_id,
        count(*) as month_count,
        count(case when candidates.is_counting then 1 end) as counting_month_count,
        {{ text_list(
            'distinct case when not candidates.is_counting then counting.delivery_id end',
            "', '",
            'case when not candidates.is_counting then counting.delivery_id end'
        ) }} as superseded_by
    from candidates
    left join counting
        on
            candidates.reporting_agency_code = counting.reporting_agency_code
            and candidates.feed = counting.feed
            and candidates.part = counting.part
            and candidates.month_start = counting.month_start
    group by candidates.delivery_id

)

select
    deliveries.delivery_id,
    deliveries.reporting_agency_code,
    deliveries.feed,
    deliveries.kind,
    deliveries.part,
    deliveries.version_number as version,
    deliveries.period_code,
    deliveries.first_month,
    deliveries.last_month,
    deliveries.file_name,
    case
        when deliveries.is_withdrawn then 'withdrawn'
        when deliveries.status = 'withdrawal' then 'withdrawal'
        when deliveries.status = 'refused' then 'refused'
        when deliveries.counts_whole then 'counts'
        when successors.counting_month_count = successors.month_count then 'counts'
        when successors.counting_month_count > 0 then 'counts_partly'
        else 'superseded'
    end as status,
    deliveries.delivered_count,
    deliveries.accepted_count,
    deliveries.rejected_count,
    case
        when deliveries.reasons <> '' then deliveries.reasons
        else coalesce(refused_rows.reasons, '')
    end as reasons,
    deliveries.notes,
    coalesce(successors.superseded_by, '') as superseded_by,
    deliveries.is_simulated,
    deliveries.content_hash
from deliveries
left join successors
    on deliveries.delivery_id = successors.delivery_id
left join refused_rows
    on deliveries.delivery_id = refused_rows.delivery_id
