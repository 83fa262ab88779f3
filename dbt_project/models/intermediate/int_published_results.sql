-- A feed in a layout of its own is one more line here.
{% set feeds = [
    'stg_standard__published_results',
    'stg_vutg__fons_results',
] %}

{% set columns = [
    'agency_code', 'reporting_agency_code', 'service_code', 'instrument_code',
    'channel_code', 'aspect_code', 'period_code', 'satisfied_pct', 'neutral_pct',
    'dissatisfied_pct', 'score_5', 'nps', 'answer_count', 'satisfied_pct_printed',
    'neutral_pct_printed', 'dissatisfied_pct_printed', 'score_5_printed',
    'nps_printed', 'answer_count_printed', 'source', 'published_on', 'version',
    'is_simulated', 'delivery_id', 'source_place',
] %}

{{ union_feeds(feeds, columns) }}
