with deliveries as (

    select * from {{ source('klantbeeld', 'deliveries') }}

),

withdrawals as (

    select distinct withdraws as delivery_id
    from deliveries
    where withdraws is not null

)

select
    deliveries.delivery_id,
    deliveries.reporting_agency_code,
    deliveries.feed,
    deliveries.kind,
    coalesce(deliveries.part, '') as part,
    deliveries.version_number,
    deliveries.version_date,
    deliveries.period_code,
    deliveries.first_month,
    deliveries.last_month,
    deliveries.file_name,
    deliveries.content_hash,
    coalesce(deliveries.contract_hash, '') as contract_hash,
    deliveries.status,
    deliveries.delivered_count,
    deliveries.accepted_count,
    deliveries.rejected_count,
    coalesce({{ joined('deliveries.reasons', "' '") }}, '') as reasons,
    coalesce({{ joined('deliveries.notes', "' '") }}, '') as notes,
    deliveries.is_simulated,
    withdrawals.delivery_id is not null as is_withdrawn,
    coalesce(deliveries.counts, 'by_month') = 'by_key' as counts_by_key,
    -- A published figure counts by its vintage and a change to a register by its key,
    -- not by their month.
    deliveries.status = 'accepted'
    and withdrawals.delivery_id is null
    and (
        deliveries.kind in ('published_result', 'published_count')
        or coalesce(deliveries.counts, 'by_month') = 'by_key'
    ) as counts_whole
from deliveries
left join withdrawals
    on deliveries.delivery_id = withdrawals.delivery_id
where deliveries.status <> 'none'
