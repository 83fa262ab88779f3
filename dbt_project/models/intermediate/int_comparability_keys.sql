-- One row per comparability key that occurs, with its parts.
select
    comparability_key,
    aspect_code,
    object_judged_code,
    mode_code,
    scale_family,
    sampling_code,
    question_code,
    perimeter,
    event_code
from {{ ref('mart_satisfaction') }}
union
select
    comparability_key,
    'aanbeveling' as aspect_code,
    object_judged_code,
    mode_code,
    scale_family,
    sampling_code,
    question_code,
    perimeter,
    event_code
from {{ ref('mart_nps') }}
