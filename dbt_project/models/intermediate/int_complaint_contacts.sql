-- One row per perimeter, event, agency, service and period of which the contacts are
-- known: the base of rates of complaints. Simulated contacts are no base for real
-- complaints. The one place to fill it is `contacts`.
with contacts as (

    select
        cast(null as string) as perimeter,
        cast(null as string) as event_code,
        cast(null as boolean) as is_simulated,
        cast(null as string) as agency_code,
        cast(null as string) as service_code,
        cast(null as string) as period_code,
        cast(null as bigint) as contact_count
    where false

)

select * from contacts
