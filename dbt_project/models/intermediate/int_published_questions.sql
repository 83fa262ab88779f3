-- Which question the published figures of an agency on an aspect answer, as far as its
-- source prints one; of two nobody knows which.
select
    agency_code,
    aspect_code,
    min(question_code) as question_code,
    min(scale_code) as scale_code
from {{ ref('questions') }}
where
    question_id is null
    and instrument_code is null
    and agency_code is not null
group by
    agency_code,
    aspect_code
having count(*) = 1
