with instruments as (

    select * from {{ ref('instruments') }}

),

properties as (

    select
        {%- for property in instrument_properties() %}
        max(case when property_code = '{{ property }}' then value_nl end)
            as {{ property }},
        max(case when property_code = '{{ property }}' then value_code end)
            as {{ property }}_code,
        {%- endfor %}
        instrument_code
    from {{ ref('instrument_properties') }}
    group by instrument_code

)

select
    instruments.instrument_code,
    instruments.agency_code,
    instruments.service_code,
    instruments.channel_code,
    instruments.scale_code,
    instruments.label_nl,
    instruments.label_en,
    {%- for property in instrument_properties() %}
    coalesce(properties.{{ property }}, 'niet vermeld') as {{ property }},
    {%- endfor %}
    coalesce(properties.object_judged_code, 'niet-vermeld') as object_judged_code,
    coalesce(properties.mode_code, 'niet-vermeld') as mode_code,
    coalesce(properties.sampling_code, 'niet-vermeld') as sampling_code,
    instruments.source
from instruments
left join properties
    on instruments.instrument_code = properties.instrument_code
