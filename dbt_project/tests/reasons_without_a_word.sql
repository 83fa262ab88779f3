-- Two models are asked: Dagster hears of which one this is a check.
{{ config(meta={'dagster': {'ref': {'name': 'int_breaks'}}}) }}

-- A code that is no reason of the table would be lost, and with it its verdict.
select breaks.break_type
from {{ ref('int_breaks') }} as breaks
left join {{ ref('comparability_reasons') }} as reasons
    on concat('break_', breaks.break_type) = reasons.reason_code
where reasons.reason_code is null
