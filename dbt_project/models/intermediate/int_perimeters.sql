-- Where what an agency and service did stands in each perimeter. One row per perimeter,
-- event, agency and service as delivered and range of days, [valid_from, valid_to): as
-- reported under the agency itself; current under the agency that is answerable for it
-- today; constant, per event, only for services that exist on both sides of it.
-- A table: every fact is placed by it, and it takes a second to work out.
{{ config(materialized='table') }}

{% set hops = 4 %}

with delivered as (

    select
        agency_code as delivered_agency_code,
        service_code as delivered_service_code,
        date '0001-01-01' as valid_from,
        date '9999-12-31' as valid_to
    from {{ ref('int_agency_services') }}

),

-- Where an agency's work went to. A split names a successor per service; without that
-- nobody knows whose the work is today, and it stays where it was.
successions as (

    select
        predecessor_code,
        coalesce(service_code, 'alle') as service_code,
        event_type = 'transfer' as is_transfer,
        event_date,
        min(successor_code) as successor_code
    from {{ ref('agency_events') }}
    group by
        predecessor_code,
        coalesce(service_code, 'alle'),
        event_type = 'transfer',
        event_date
    having count(distinct successor_code) = 1

),

after_0 as (

    select
        *,
        delivered_agency_code as current_agency_code,
        cast(null as date) as moved_on
    from delivered

)

-- A successor may itself have been succeeded: as many steps as agencies may take.
{%- for hop in range(1, hops + 1) %}
,

candidates_{{ hop }} as (

    select
        after_{{ hop - 1 }}.*,
        successions.successor_code,
        successions.event_date,
        successions.is_transfer,
        row_number() over (
            partition by
                after_{{ hop - 1 }}.delivered_agency_code,
                after_{{ hop - 1 }}.delivered_service_code,
                after_{{ hop - 1 }}.valid_from
            order by
                successions.event_date,
                case when successions.service_code = 'alle' then 1 else 0 end
        ) as event_rank
    from after_{{ hop - 1 }}
    left join successions
        on
            after_{{ hop - 1 }}.current_agency_code = successions.predecessor_code
            and successions.service_code
            in ('alle', after_{{ hop - 1 }}.delivered_service_code)
            -- What comes in late under a name that is gone has moved as well; a
            -- service that was handed over takes along only what came before.
            and (
                not successions.is_transfer
                or after_{{ hop - 1 }}.valid_from < successions.event_date
            )
            and (
                after_{{ hop - 1 }}.moved_on is null
                or after_{{ hop - 1 }}.moved_on <= successions.event_date
            )

),

chosen_{{ hop }} as (

    select * from candidates_{{ hop }}
    where event_rank = 1

),

after_{{ hop }} as (

    select
        delivered_agency_code,
        delivered_service_code,
        coalesce(successor_code, current_agency_code) as current_agency_code,
        coalesce(event_date, moved_on) as moved_on,
        valid_from,
        case when is_transfer then least(valid_to, event_date) else valid_to end
            as valid_to
    from chosen_{{ hop }}
    union all
    select
        delivered_agency_code,
        delivered_service_code,
        current_agency_code,
        moved_on,
        event_date as valid_from,
        valid_to
    from chosen_{{ hop }}
    where
        is_transfer
        and event_date < valid_to

)
{%- endfor %}
,

events as (

    select distinct
        event_code,
        event_date,
        event_type = 'transfer' as is_transfer
    from {{ ref('agency_events') }}

),

service_events as (

    select
        service_events.*,
        events.event_date,
        events.is_transfer
    from {{ ref('service_events') }} as service_events
    inner join events
        on service_events.event_code = events.event_code

),

constant as (

    select
        event_code,
        predecessor_code as delivered_agency_code,
        predecessor_service_code as delivered_service_code,
        date '0001-01-01' as valid_from,
        case when is_transfer then event_date else date '9999-12-31' end as valid_to,
        successor_code,
        successor_service_code
    from service_events
    union
    select
        event_code,
        successor_code as delivered_agency_code,
        successor_service_code as delivered_service_code,
        case when is_transfer then event_date else date '0001-01-01' end as valid_from,
        date '9999-12-31' as valid_to,
        successor_code,
        successor_service_code
    from service_events

)

select
    'as_reported' as perimeter,
    'geen' as event_code,
    delivered_agency_code,
    delivered_service_code,
    valid_from,
    valid_to,
    delivered_agency_code as agency_code,
    delivered_service_code as service_code
from delivered
union all
select
    'current' as perimeter,
    'geen' as event_code,
    delivered_agency_code,
    delivered_service_code,
    valid_from,
    valid_to,
    current_agency_code as agency_code,
    delivered_service_code as service_code
from after_{{ hops }}
union all
select
    'constant' as perimeter,
    constant.event_code,
    constant.delivered_agency_code,
    constant.delivered_service_code,
    constant.valid_from,
    constant.valid_to,
    constant.successor_code as agency_code,
    constant.successor_service_code as service_code
from constant
inner join delivered
    on
        constant.delivered_agency_code = delivered.delivered_agency_code
        and constant.delivered_service_code = delivered.delivered_service_code
