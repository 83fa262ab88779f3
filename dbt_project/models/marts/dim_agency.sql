with agencies as (

    select * from {{ ref('agencies') }}

),

started as (

    select
        successor_code as agency_code,
        min(event_date) as started_on
    from {{ ref('agency_events') }}
    where event_type <> 'transfer'
    group by successor_code

),

ended as (

    select
        predecessor_code as agency_code,
        max(event_date) as ended_on
    from {{ ref('agency_events') }}
    where event_type <> 'transfer'
    group by predecessor_code

)

select
    agencies.agency_code,
    agencies.name_nl,
    coalesce(agencies.short_name_nl, agencies.name_nl) as short_name_nl,
    agencies.name_en,
    coalesce(agencies.article_nl, 'none') as article_nl,
    agencies.brand,
    coalesce(agencies.agency_type, 'agency') as agency_type,
    agencies.ovo_code,
    agencies.contact_email,
    started.started_on,
    ended.ended_on,
    ended.ended_on is null as is_current
from agencies
left join started
    on agencies.agency_code = started.agency_code
left join ended
    on agencies.agency_code = ended.agency_code
