-- One row per action of an improvement plan. A plan in a layout of its own is one more
-- line here.
{% set feeds = [
    'stg_standard__improvement_actions',
    'stg_vutg__improvement_actions',
] %}

{% set columns = [
    'agency_code', 'reporting_agency_code', 'service_code', 'action_code',
    'action_text', 'aspect_code', 'channel_code', 'owner', 'started_on', 'finished_on',
    'action_status', 'validated_on', 'is_simulated', 'delivery_id', 'source_place',
] %}

{{ union_feeds(feeds, columns) }}
