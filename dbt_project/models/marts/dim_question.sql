select
    question_code,
    agency_code,
    aspect_code,
    scale_code,
    label_nl,
    source
from {{ ref('questions') }}
