with properties as (

    select * from {{ ref('instrument_properties') }}

),

instruments as (

    select * from {{ ref('instruments') }}

),

property_types as (

    select * from {{ ref('instrument_property_types') }}

)

select
    instruments.agency_code,
    instruments.instrument_code,
    instruments.label_nl as instrument_label_nl,
    property_types.property_code,
    property_types.label_nl as property_label_nl,
    property_types.sort_order,
    coalesce(properties.value_code, 'niet-vermeld') as value_code,
    coalesce(properties.value_nl, 'niet vermeld') as value_nl,
    properties.quote,
    coalesce(properties.source, instruments.source) as source
from instruments
cross join property_types
left join properties
    on
        instruments.instrument_code = properties.instrument_code
        and property_types.property_code = properties.property_code
