select
    aspect_code,
    agency_code,
    label_nl,
    label_en,
    servqual_dimension,
    servqual_source,
    sort_order
from {{ ref('aspects') }}
