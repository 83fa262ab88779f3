-- How many respondents were asked what should improve, and how many ticked each point.
-- One row per perimeter, agency, channel, day and point; without a point: those asked.
{{ config(materialized='table') }}

with responses as (

    select * from {{ ref('int_survey_responses') }}
    -- An empty cell was not answered; "n.v.t." was, and ticks nothing.
    where improvement_point_codes is not null

),

points as (

    select
        agency_code,
        service_code,
        channel_code,
        answered_on,
        is_simulated,
        cast(null as string) as theme_code
    from responses
    union all
    select
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
    perimeters.perimeter,
    perimeters.event_code,
    perimeters.agency_code,
    points.channel_code,
    cast(date_trunc('month', points.answered_on) as date) as month_start,
    points.is_simulated,
    points.theme_code,
    count(*) as response_count
from points
{{ in_perimeters('points', 'answered_on') }}
group by
    perimeters.perimeter,
    perimeters.event_code,
    perimeters.agency_code,
    points.channel_code,
    cast(date_trunc('month', points.answered_on) as date),
    points.is_simulated,
    points.theme_code
