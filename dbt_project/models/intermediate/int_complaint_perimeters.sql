-- One row per complaint and perimeter in which it stands, by the day it was received.
with complaints as (

    select * from {{ ref('fct_complaint') }}

)

select
    perimeters.perimeter,
    perimeters.event_code,
    perimeters.agency_code,
    perimeters.service_code,
    complaints.reporting_agency_code,
    complaints.delivery_ordinal,
    complaints.row_number,
    complaints.complaint_line,
    complaints.received_on,
    complaints.acknowledgement_days,
    complaints.answer_days,
    complaints.is_extended,
    complaints.is_received,
    complaints.admissibility_code,
    complaints.groundedness_code,
    complaints.resolution_code,
    complaints.source,
    complaints.is_simulated
from complaints
{{ in_perimeters('complaints', 'received_on') }}
