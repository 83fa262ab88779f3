-- How many respondents were asked what should improve, and how many ticked each point.
-- One row per perimeter, agency, channel, month and point; without a point: those asked.
{{ config(materialized='table') }}

select
    perimeters.perimeter,
    perimeters.event_code,
    perimeters.agency_code,
    points.channel_code,
    cast(date_trunc('month', points.answered_on) as date) as month_start,
    points.is_simulated,
    points.theme_code,
    cast(sum(points.response_count) as bigint) as response_count
from {{ ref('int_ticked_points') }} as points
{{ in_perimeters('points', 'answered_on') }}
group by
    perimeters.perimeter,
    perimeters.event_code,
    perimeters.agency_code,
    points.channel_code,
    cast(date_trunc('month', points.answered_on) as date),
    points.is_simulated,
    points.theme_code
