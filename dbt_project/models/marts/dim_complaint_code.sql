select
    code_list,
    code,
    label_nl,
    label_en,
    sort_order,
    source
from {{ ref('code_lists') }}
