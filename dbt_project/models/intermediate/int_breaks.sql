-- Every break in a series, in each perimeter: those that a source states, and those in
-- the perimeter that follow from what happened to agencies. Empty instrument and register:
-- all that the agency reports. Empty basis: published and computed figures alike.
-- A table: every comparison asks for it.
{{ config(materialized='table') }}

with stated as (

    select * from {{ ref('breaks') }}

),

agency_breaks as (

    select * from {{ ref('int_agency_breaks') }}

),

perimeters as (

    select distinct
        perimeter,
        event_code,
        delivered_agency_code,
        agency_code,
        valid_from,
        valid_to
    from {{ ref('int_perimeters') }}

),

places as (

    select
        break_code,
        'as_reported' as perimeter,
        'geen' as event_code,
        agency_code
    from stated
    union
    select
        break_code,
        'current' as perimeter,
        'geen' as event_code,
        agency_code
    from stated
    union
    select
        stated.break_code,
        perimeters.perimeter,
        perimeters.event_code,
        perimeters.agency_code
    from stated
    inner join perimeters
        on
            stated.agency_code = perimeters.delivered_agency_code
            and stated.break_date >= perimeters.valid_from
            and stated.break_date < perimeters.valid_to

),

-- Computed history under the agencies of today, and services that exist on both sides of
-- an event, are made so as to go on over it.
perimeter_breaks as (

    select
        event_code as break_code,
        'as_reported' as perimeter,
        'geen' as event_code,
        agency_code,
        cast(null as string) as basis,
        event_date as break_date,
        label_nl
    from agency_breaks
    union all
    select
        event_code as break_code,
        'current' as perimeter,
        'geen' as event_code,
        agency_code,
        'published' as basis,
        event_date as break_date,
        label_nl
    from agency_breaks
    union all
    select distinct
        agency_breaks.event_code as break_code,
        perimeters.perimeter,
        perimeters.event_code,
        perimeters.agency_code,
        cast(null as string) as basis,
        agency_breaks.event_date as break_date,
        agency_breaks.label_nl
    from agency_breaks
    inner join perimeters
        on
            agency_breaks.agency_code = perimeters.agency_code
            and perimeters.perimeter = 'constant'
            and agency_breaks.event_code <> perimeters.event_code

)

select
    places.break_code,
    stated.break_type,
    places.perimeter,
    places.event_code,
    places.agency_code,
    stated.instrument_code,
    stated.register_code,
    cast(null as string) as basis,
    stated.is_simulated,
    stated.break_date,
    stated.label_nl
from places
inner join stated
    on places.break_code = stated.break_code
union all
select
    break_code,
    'perimeter' as break_type,
    perimeter,
    event_code,
    agency_code,
    cast(null as string) as instrument_code,
    cast(null as string) as register_code,
    basis,
    false as is_simulated,
    break_date,
    label_nl
from perimeter_breaks
