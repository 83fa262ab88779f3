with keys as (

    select * from {{ ref('int_comparability_keys') }}

),

-- A key stands beside itself as well: whoever looks a pair up always finds it.
pairs as (

    select
        keys.comparability_key as key_a,
        counterparts.comparability_key as key_b,
        {{ comparability_reasons('keys', 'counterparts') }} as found_reasons
    from keys
    inner join keys as counterparts
        on keys.comparability_key <= counterparts.comparability_key

),

verdicts as (

    {{ comparability_verdicts('pairs') }}

)

select
    pairs.key_a,
    pairs.key_b,
    verdicts.verdict,
    verdicts.reasons,
    verdicts.reasons_nl
from pairs
inner join verdicts
    on pairs.found_reasons = verdicts.found_reasons
