-- A published count names a channel, not an instrument: it belongs to the instrument of
-- that channel where the agency has exactly one.
select
    agency_code,
    channel_code,
    min(instrument_code) as instrument_code
from {{ ref('dim_instrument') }}
group by
    agency_code,
    channel_code
having count(*) = 1
