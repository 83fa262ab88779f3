-- One row per perimeter, agency, service (and alle) and period: the contacts about it,
-- by which other counts are divided. Only periods of which every contact centre with
-- contacts in it delivered all months.
select
    perimeter,
    event_code,
    is_simulated,
    agency_code,
    service_code,
    period_grain,
    period_code,
    cast(sum(offered_count) as bigint) as contact_count
from {{ ref('mart_contact_centre') }}
where
    contact_line = 'alle'
    and topic_code = 'alle'
group by
    perimeter,
    event_code,
    is_simulated,
    agency_code,
    service_code,
    period_grain,
    period_code
having count(case when flags like '%period_incomplete%' then 1 end) = 0
