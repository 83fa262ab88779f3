-- Comments and predicted themes by month. One row per perimeter, agency, channel, month
-- and theme; without a theme: the respondents who wrote something.
{{ config(materialized='table') }}

with mentions as (

    select
        agency_code,
        service_code,
        channel_code,
        answered_on,
        is_simulated,
        cast(null as string) as theme_code
    from {{ ref('int_survey_comments') }}
    union all
    select
        agency_code,
        service_code,
        channel_code,
        answered_on,
        is_simulated,
        theme_code
    from {{ ref('int_predicted_themes') }}

)

select
    perimeters.perimeter,
    perimeters.event_code,
    perimeters.agency_code,
    mentions.channel_code,
    cast(date_trunc('month', mentions.answered_on) as date) as month_start,
    mentions.is_simulated,
    mentions.theme_code,
    count(*) as response_count
from mentions
{{ in_perimeters('mentions', 'answered_on') }}
group by
    perimeters.perimeter,
    perimeters.event_code,
    perimeters.agency_code,
    mentions.channel_code,
    cast(date_trunc('month', mentions.answered_on) as date),
    mentions.is_simulated,
    mentions.theme_code
