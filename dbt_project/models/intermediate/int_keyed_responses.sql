-- One row per respondent, all integers: the answers beside each other as they came, null
-- where not asked or not answered.
-- A table: the lake's texts are read once, and what follows reads a column at a time.
{{ config(**by_delivery()) }}

with responses as (

    select * from {{ ref('int_survey_responses') }}
    where {{ of_changed_deliveries('delivery_id') }}

),

response_groups as (

    select * from {{ ref('int_response_groups') }}

)

select
    response_groups.delivery_ordinal,
    response_groups.response_group_number,
    {%- for aspect in asked_aspects() %}
    case
        when responses.{{ aspect }}_answer is not null
            then coalesce(
                try_cast(responses.{{ aspect }}_answer as tinyint),
                cast({{ dont_know_value() }} as tinyint)
            )
    end as {{ aspect }}_value,
    {%- endfor %}
    cast(responses.row_number as integer) as row_number
from responses
inner join response_groups
    on
        responses.delivery_id = response_groups.delivery_id
        and responses.answered_on = response_groups.answered_on
        and responses.agency_code = response_groups.agency_code
        and responses.service_code = response_groups.service_code
        and responses.instrument_code = response_groups.instrument_code
        and responses.channel_code = response_groups.channel_code
