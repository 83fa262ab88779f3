-- Sorted, so that keys compress to almost nothing.
select
    delivery_ordinal,
    row_number,
    question_id,
    answer_value
from {{ ref('int_survey_answers') }}
order by
    question_id,
    delivery_ordinal,
    row_number
