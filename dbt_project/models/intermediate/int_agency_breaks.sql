-- One row per agency that others were merged into, split from or renamed to, and date:
-- what it reports may count another perimeter before that date than after it.
with breaks as (

    select
        successor_code as agency_code,
        event_date,
        min(event_code) as event_code,
        min(event_type) as event_type,
        {{ text_list('predecessor_code', "', '", 'predecessor_code') }}
            as predecessor_codes
    from {{ ref('agency_events') }}
    group by
        successor_code,
        event_date

)

select
    *,
    concat(
        case event_type
            when 'merger' then 'fusie van '
            when 'split' then 'afsplitsing van '
            when 'rename' then 'nieuwe naam van '
            else 'overdracht van '
        end,
        predecessor_codes
    ) as label_nl
from breaks
