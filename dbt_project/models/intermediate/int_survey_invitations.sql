-- One row per agency, service, instrument, channel and period: how many were contacted,
-- invited and reached, and how many answered. A layout of its own is one more line here.
{% set feeds = [
    'stg_vutg__invitations',
    'stg_standard__survey_invitations',
] %}

{% set columns = [
    'agency_code', 'reporting_agency_code', 'service_code', 'instrument_code',
    'channel_code', 'period_code',
] + response_counts() + [
    'source', 'is_simulated', 'delivery_id', 'source_place',
] %}

{{ union_feeds(feeds, columns) }}
