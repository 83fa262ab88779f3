-- What respondents share: one row per delivery, day, agency, service, instrument and
-- channel. Facts of a respondent carry its number and none of these texts.
-- A table: the numbers must be the same for all who read it.
{{ config(materialized='table') }}

with responses as (

    select distinct
        agency_code,
        reporting_agency_code,
        service_code,
        instrument_code,
        channel_code,
        answered_on,
        is_standard_layout,
        is_simulated,
        delivery_id
    from {{ ref('int_survey_responses') }}

),

ordinals as (

    select * from {{ ref('int_delivery_ordinals') }}

)

select
    cast(
        row_number() over (
            order by
                ordinals.delivery_ordinal,
                responses.answered_on,
                responses.agency_code,
                responses.service_code,
                responses.instrument_code,
                responses.channel_code
        ) as integer
    ) as response_group_id,
    ordinals.delivery_ordinal,
    responses.*
from responses
inner join ordinals
    on responses.delivery_id = ordinals.delivery_id
