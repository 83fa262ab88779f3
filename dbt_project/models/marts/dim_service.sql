select
    service_code,
    agency_code,
    label_nl,
    label_en,
    source
from {{ ref('services') }}
