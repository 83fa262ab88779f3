-- A break is one of an instrument or of a register: of nothing it would break all that an
-- agency reports, of both nobody would know which.
select *
from {{ ref('breaks') }}
where (instrument_code is null) = (register_code is null)
