select
    measure_code,
    label_nl,
    label_en,
    unit,
    kind,
    complaint_line,
    quantity,
    code_list,
    code,
    source
from {{ ref('measures') }}
