-- Sorted, so that keys compress to almost nothing.
{{ config(**by_delivery()) }}

select
    delivery_ordinal,
    row_number,
    question_id,
    answer_value
from {{ ref('int_survey_answers') }}
where {{ of_changed_deliveries('delivery_ordinal') }}
order by
    question_id,
    delivery_ordinal,
    row_number
