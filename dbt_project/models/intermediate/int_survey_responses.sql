-- One row per respondent, with the answers as given. A survey in a layout of its own is
-- one more line here.
{% set feeds = [
    'stg_1700__after_call_survey',
    'stg_departement_zorg__eloket_survey',
    'stg_departement_zorg__zorgkas_mail_survey',
    'stg_standard__survey_responses',
    'stg_vutg__mail_survey',
    'stg_vutg__phone_survey',
] %}

{% set columns = [
    'agency_code', 'reporting_agency_code', 'service_code', 'instrument_code',
    'channel_code', 'answered_on', 'comment', 'improvement_point_codes',
    'is_standard_layout', 'version', 'is_simulated', 'delivery_id', 'row_number',
    'source_place',
] %}

{{ union_feeds(feeds, columns + answer_columns()) }}
