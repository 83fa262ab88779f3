select
    scale_code,
    label_nl,
    label_en,
    scale_family,
    raw_min,
    raw_max,
    is_reversed,
    satisfied_values,
    neutral_values,
    dissatisfied_values,
    dont_know_values,
    conversion_name,
    conversion_version,
    is_coarse,
    source
from {{ ref('scales') }}
