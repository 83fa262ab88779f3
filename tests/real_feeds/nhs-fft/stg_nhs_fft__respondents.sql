-- One row per respondent: the score stands on each of their rows and counts once.
with delivered_comments as (

    select * from {{ delivered('nhs-fft', 'comments') }} as delivered

)

select
    agency_code,
    reporting_agency_code,
    respondent_id,
    -- Where the rows of one respondent give two days, their order is in doubt.
    case when count(distinct answered_on) = 1 then min(answered_on) end as answered_on,
    -- 1 is very good; on the scale of the house 5 is.
    case when overall_code <> '6' then 6 - cast(overall_code as integer) end as score_5,
    overall_code = '6' as is_dont_know,
    count(*) as comment_count,
    delivery_id,
    version,
    is_simulated
from delivered_comments
group by
    agency_code,
    reporting_agency_code,
    respondent_id,
    overall_code,
    delivery_id,
    version,
    is_simulated
