with delivered_invitations as (

    select * from {{ delivered('vutg', 'invitations') }} as delivered

)

select
    reporting_agency_code as agency_code,
    reporting_agency_code,
    'niet-vermeld' as service_code,
    case channel_code
        when 'mail' then 'fons-mail'
        when 'telefoon' then 'fons-telefoon'
        else 'niet-vermeld'
    end as instrument_code,
    channel_code,
    period_code,
    contact_count,
    cast(null as bigint) as eligible_count,
    invited_count,
    reached_count,
    started_count,
    completed_count,
    -- What has to be known to read the counts goes with them.
    concat_ws(': ', 'Uitnodigingen van VUTG', note) as source,
    is_simulated,
    delivery_id,
    source_place
from delivered_invitations
