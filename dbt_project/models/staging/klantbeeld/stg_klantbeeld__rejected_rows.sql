select
    delivery_id,
    reporting_agency_code,
    feed,
    line,
    {{ source_place('sheet', 'line') }} as source_place,
    reason
from {{ source('klantbeeld', 'rejected_rows') }}
