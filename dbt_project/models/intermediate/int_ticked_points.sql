-- What respondents ticked, per delivery and day. One row per agency, service, channel and
-- point; without a point: those who were asked.
{{ config(**by_delivery('delivery_id')) }}

with responses as (

    select * from {{ ref('int_survey_responses') }}
    -- An empty cell was not answered; "n.v.t." was, and ticks nothing.
    where
        improvement_point_codes is not null
        and {{ of_changed_deliveries('delivery_id') }}

),

points as (

    select
        delivery_id,
        agency_code,
        service_code,
        channel_code,
        answered_on,
        is_simulated,
        cast(null as string) as theme_code
    from responses
    union all
    select
        responses.delivery_id,
        responses.agency_code,
        responses.service_code,
        responses.channel_code,
        responses.answered_on,
        responses.is_simulated,
        points.theme_code
    from responses
    {{ unnested('responses.improvement_point_codes', 'points', 'theme_code') }}
    where lower(points.theme_code) not in ('n.v.t.', 'weet niet')

)

select
    delivery_id,
    agency_code,
    service_code,
    channel_code,
    answered_on,
    is_simulated,
    theme_code,
    count(*) as response_count
from points
group by
    delivery_id,
    agency_code,
    service_code,
    channel_code,
    answered_on,
    is_simulated,
    theme_code
