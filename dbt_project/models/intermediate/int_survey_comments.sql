-- One row per respondent who wrote something.
-- A table: texts are few among the answers, and the lake is read once for them.
{{ config(**by_delivery('delivery_id')) }}

select
    delivery_id,
    row_number,
    agency_code,
    service_code,
    channel_code,
    answered_on,
    is_simulated,
    comment
from {{ ref('int_survey_responses') }}
where
    trim(comment) <> ''
    and {{ of_changed_deliveries('delivery_id') }}
