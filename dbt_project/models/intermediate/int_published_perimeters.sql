-- In which perimeters a published figure of an agency stands: as reported always;
-- current only where the agency still exists; never summed, so never constant.
with agencies as (

    select agency_code from {{ ref('agencies') }}

),

ended as (

    select distinct predecessor_code as agency_code
    from {{ ref('agency_events') }}
    where event_type <> 'transfer'

),

perimeters as (

    select
        'as_reported' as perimeter,
        agency_code
    from agencies
    union all
    select
        'current' as perimeter,
        agencies.agency_code
    from agencies
    left join ended
        on agencies.agency_code = ended.agency_code
    where ended.agency_code is null

),

last_breaks as (

    select
        agency_code,
        max(event_date) as last_break_date
    from {{ ref('int_agency_breaks') }}
    group by agency_code

)

select
    perimeters.perimeter,
    'geen' as event_code,
    perimeters.agency_code,
    -- Before this date the source does not say which perimeter it counts.
    last_breaks.last_break_date
from perimeters
left join last_breaks
    on perimeters.agency_code = last_breaks.agency_code
