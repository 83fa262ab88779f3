-- One row per complaint and perimeter: as reported under the agency that it is about, in
-- the current perimeter under the agency that is answerable for it today.
{% set hops = 3 %}

with complaints as (

    select * from {{ ref('int_complaints') }}

),

-- Where an agency's work went to. A split names a successor per service; without that
-- nobody knows whose the complaint is today, and it stays where it was.
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
        agency_code as current_agency_code,
        cast(null as date) as moved_on
    from complaints

)

-- A successor may itself have been succeeded: as many steps as agencies may take.
{%- for hop in range(1, hops + 1) %}
,

candidates_{{ hop }} as (

    select
        after_{{ hop - 1 }}.*,
        successions.successor_code,
        successions.event_date,
        row_number() over (
            partition by
                after_{{ hop - 1 }}.delivery_id,
                after_{{ hop - 1 }}.source_place
            order by
                successions.event_date,
                case when successions.service_code = 'alle' then 1 else 0 end
        ) as event_rank
    from after_{{ hop - 1 }}
    left join successions
        on
            after_{{ hop - 1 }}.current_agency_code = successions.predecessor_code
            and successions.service_code in ('alle', after_{{ hop - 1 }}.service_code)
            -- What comes in late under a name that is gone has moved as well; a
            -- service that was handed over takes along only what came before.
            and (
                not successions.is_transfer
                or after_{{ hop - 1 }}.received_on < successions.event_date
            )
            and (
                after_{{ hop - 1 }}.moved_on is null
                or after_{{ hop - 1 }}.moved_on <= successions.event_date
            )

),

after_{{ hop }} as (

    select
        {%- for column in [
            'agency_code', 'reporting_agency_code', 'complaint_id', 'complaint_line',
            'service_code', 'received_on', 'answered_on', 'is_extended',
            'admissibility_code', 'groundedness_code', 'resolution_code', 'source',
            'is_simulated', 'delivery_id', 'source_place',
        ] %}
        {{ column }},
        {%- endfor %}
        coalesce(successor_code, current_agency_code) as current_agency_code,
        coalesce(event_date, moved_on) as moved_on
    from candidates_{{ hop }}
    where event_rank = 1

)
{%- endfor %}
,

placed as (

    select
        'as_reported' as perimeter,
        agency_code as perimeter_agency_code,
        *
    from after_{{ hops }}
    union all
    select
        'current' as perimeter,
        current_agency_code as perimeter_agency_code,
        *
    from after_{{ hops }}

)

select
    perimeter,
    'geen' as event_code,
    perimeter_agency_code as agency_code,
    complaint_id,
    complaint_line,
    service_code,
    received_on,
    answered_on,
    is_extended,
    admissibility_code,
    groundedness_code,
    resolution_code,
    source,
    is_simulated,
    delivery_id,
    source_place
from placed
