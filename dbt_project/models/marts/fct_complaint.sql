{{ config(**by_delivery()) }}

with complaints as (

    select * from {{ ref('int_complaints') }}
    where {{ of_changed_deliveries('delivery_id') }}

),

ordinals as (

    select * from {{ ref('int_delivery_ordinals') }}

)

select
    ordinals.delivery_ordinal,
    cast(complaints.row_number as integer) as row_number,
    complaints.agency_code,
    complaints.reporting_agency_code,
    complaints.service_code,
    complaints.complaint_line,
    complaints.received_on,
    complaints.confirmed_on as acknowledged_on,
    complaints.answered_on,
    -- As delivered: a day before the receipt is a finding, and counts in no term.
    cast({{ days_between('complaints.received_on', 'complaints.confirmed_on') }} as integer)
        as acknowledgement_days,
    cast({{ days_between('complaints.received_on', 'complaints.answered_on') }} as integer)
        as answer_days,
    coalesce(complaints.is_extended, false) as is_extended,
    coalesce(complaints.admissibility_code, '') <> 'geen_klacht' as is_received,
    complaints.admissibility_code,
    complaints.groundedness_code,
    complaints.resolution_code,
    complaints.is_simulated,
    complaints.source
from complaints
inner join ordinals
    on complaints.delivery_id = ordinals.delivery_id
