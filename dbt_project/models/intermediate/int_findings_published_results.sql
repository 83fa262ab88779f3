-- Rules D1, D2, D9 and D11 on the rows of published results, as printed.
with results as (

    select * from {{ ref('fct_published_result') }}
    where is_latest_vintage

),

bounds as (

    select
        *,
        {{ printed_decimals('score_5_printed') }} as score_decimals,
        satisfied_share + neutral_share + dissatisfied_share as share_sum
    from results

),

-- With 4-5 satisfied, 3 neutral, 1-2 dissatisfied: every satisfied answer a 4 and every
-- dissatisfied one a 1 gives the lowest score, a 5 and a 2 the highest.
possible as (

    select
        *,
        (4 * satisfied_share + 3 * neutral_share + dissatisfied_share)
        / nullif(share_sum, 0) as lowest_score,
        (5 * satisfied_share + 3 * neutral_share + 2 * dissatisfied_share)
        / nullif(share_sum, 0) as highest_score,
        max(score_decimals) over (
            partition by agency_code, instrument_code, period_code
        ) as usual_score_decimals,
        0.5 * power(10, -score_decimals) + 0.0005 as score_rounding
    from bounds

),

findings as (

    select
        'D1' as rule,
        possible.*,
        {{ format_number_nl('share_sum_pct', 2) }} as figure,
        '' as expected
    from possible
    where possible.flags like '%sum_deviation%'
    union all
    select
        'D2' as rule,
        possible.*,
        score_5_printed as figure,
        concat(
            {{ format_number_nl('lowest_score', 2) }},
            ' tot ',
            {{ format_number_nl('highest_score', 2) }}
        ) as expected
    from possible
    where
        mean_score_5 < lowest_score - score_rounding
        or mean_score_5 > highest_score + score_rounding
    union all
    select
        'D9' as rule,
        possible.*,
        coalesce(nps_printed, satisfied_pct_printed, score_5_printed, '') as figure,
        '' as expected
    from possible
    where answer_count is null
    union all
    select
        'D11' as rule,
        possible.*,
        score_5_printed as figure,
        concat(cast(usual_score_decimals as string), ' decimalen') as expected
    from possible
    where
        score_decimals < usual_score_decimals
        and score_5_printed is not null

)

select
    rule,
    agency_code,
    reporting_agency_code,
    'fct_published_result' as mart,
    concat_ws(
        ' | ', agency_code, service_code, instrument_code, channel_code,
        aspect_code, period_code, delivery_id
    ) as row_key,
    period_code,
    channel_code,
    aspect_code,
    figure,
    expected,
    '' as quote,
    source
from findings
