select
    period_code,
    period_grain,
    period_start,
    period_end,
    label_nl,
    lag(period_code) over (
        partition by period_grain
        order by period_start
    ) as former_period_code,
    year_code
from {{ ref('stg_klantbeeld__periods') }}
