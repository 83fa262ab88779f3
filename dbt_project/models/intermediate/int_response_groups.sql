-- What respondents share: one row per delivery, day, agency, service, instrument and
-- channel, numbered within the delivery. Facts of a respondent carry the numbers of
-- delivery and group and none of these texts.
{{ config(**by_delivery()) }}

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
    where {{ of_changed_deliveries('delivery_id') }}

),

ordinals as (

    select * from {{ ref('int_delivery_ordinals') }}

)

select
    cast(
        row_number() over (
            partition by ordinals.delivery_ordinal
            order by
                responses.answered_on,
                responses.agency_code,
                responses.service_code,
                responses.instrument_code,
                responses.channel_code
        ) as integer
    ) as response_group_number,
    ordinals.delivery_ordinal,
    responses.*
from responses
inner join ordinals
    on responses.delivery_id = ordinals.delivery_id
