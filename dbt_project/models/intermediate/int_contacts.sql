-- One row per delivery, contact centre, line, topic, channel and day, and agency and
-- service that the contacts are about: counts and summed seconds. A layout of its own is
-- one more line.
{{ config(**by_delivery('delivery_id')) }}

{% set contact_feeds = [
    'stg_1700__calls',
    'stg_standard__contacts',
] %}
{% set count_feeds = [
    'stg_standard__contact_counts',
] %}

{% set told = [
    'delivery_id', 'agency_code', 'reporting_agency_code', 'service_code', 'contacted_on',
    'contact_line', 'topic_code', 'channel_code',
] %}
{% set measured = [
    'is_answered', 'wait_seconds', 'talk_seconds', 'wrap_up_seconds', 'is_resolved',
    'is_simulated',
] %}

with delivered_contacts as (

    {{ union_feeds(contact_feeds, told + measured) }}

),

contacts as (

    select * from delivered_contacts
    where {{ of_changed_deliveries('delivery_id') }}

),

delivered_counts as (

    {{ union_feeds(count_feeds, told + contact_quantities() + ['is_simulated']) }}

),

counts as (

    select * from delivered_counts
    where {{ of_changed_deliveries('delivery_id') }}

),

thresholds as (

    select * from {{ ref('contact_thresholds') }}

),

-- A contact counts as one. What it does not tell is unknown, and so is a count by a
-- threshold that is not known.
ones as (

    select
        {%- for column in told %}
        contacts.{{ column }},
        {%- endfor %}
        1 as offered_count,
        case when contacts.is_answered then 1 else 0 end as answered_count,
        case
            when not contacts.is_answered then 0
            when contacts.wait_seconds <= thresholds.answer_threshold_seconds then 1
            when contacts.wait_seconds > thresholds.answer_threshold_seconds then 0
        end as answered_within_threshold_count,
        case when contacts.is_answered then 0 else 1 end as abandoned_count,
        case
            when contacts.is_answered then 0
            when contacts.wait_seconds <= thresholds.short_abandon_seconds then 1
            when contacts.wait_seconds > thresholds.short_abandon_seconds then 0
        end as short_abandoned_count,
        case when contacts.is_answered then contacts.wait_seconds else 0 end
            as wait_seconds,
        case when contacts.is_answered then contacts.talk_seconds else 0 end
            as talk_seconds,
        case when contacts.is_answered then contacts.wrap_up_seconds else 0 end
            as wrap_up_seconds,
        case
            when not contacts.is_answered then 0
            when contacts.is_resolved then 1
            when not contacts.is_resolved then 0
        end as resolved_first_contact_count,
        contacts.is_simulated
    from contacts
    left join thresholds
        on
            contacts.reporting_agency_code = thresholds.reporting_agency_code
            and contacts.contact_line = thresholds.contact_line
            and contacts.is_simulated = thresholds.is_simulated

),

together as (

    select * from ones
    union all
    select * from counts

),

summed as (

    select
        {%- for column in told %}
        {{ column }},
        {%- endfor %}
        {%- for quantity in contact_quantities() %}
        {{ complete_sum(quantity) }} as {{ quantity }},
        {%- endfor %}
        is_simulated
    from together
    group by all

),

placed as (

    select
        summed.delivery_id,
        {{ contact_place('summed') }},
        summed.reporting_agency_code,
        summed.contacted_on,
        summed.channel_code,
        {%- for quantity in contact_quantities() %}
        summed.{{ quantity }},
        {%- endfor %}
        summed.is_simulated
    from summed
    {{ contact_place_joins('summed') }}

)

-- Said of the row or by its line, it is the same agency and service.
select
    delivery_id,
    agency_code,
    reporting_agency_code,
    service_code,
    contacted_on,
    contact_line,
    topic_code,
    channel_code,
    {%- for quantity in contact_quantities() %}
    {{ complete_sum(quantity) }} as {{ quantity }},
    {%- endfor %}
    is_simulated
from placed
group by all
