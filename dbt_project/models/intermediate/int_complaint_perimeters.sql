-- One row per complaint and perimeter in which it stands, by the day it was received.
with complaints as (

    select * from {{ ref('int_complaints') }}

)

select
    perimeters.perimeter,
    perimeters.event_code,
    perimeters.agency_code,
    complaints.complaint_id,
    complaints.complaint_line,
    perimeters.service_code,
    complaints.received_on,
    complaints.answered_on,
    complaints.is_extended,
    complaints.admissibility_code,
    complaints.groundedness_code,
    complaints.resolution_code,
    complaints.source,
    complaints.is_simulated,
    complaints.delivery_id,
    complaints.source_place
from complaints
{{ in_perimeters('complaints', 'received_on') }}
