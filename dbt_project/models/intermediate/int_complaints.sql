-- One row per registered complaint. A register in a layout of its own is one more line here.
{% set feeds = [
    'stg_standard__complaints',
    'stg_azg__complaints',
    'stg_departement_wvg__complaints',
    'stg_departement_zorg__complaints',
    'stg_vlaamse_ombudsdienst__complaints',
    'stg_vutg__complaints',
] %}

{% set columns = [
    'agency_code', 'reporting_agency_code', 'complaint_id', 'complaint_line',
    'service_code', 'received_on', 'confirmed_on', 'answered_on', 'is_extended',
    'admissibility_code', 'groundedness_code', 'resolution_code',
    'inadmissibility_reasons', 'ombuds_norms', 'carriers', 'routes', 'categories',
    'source', 'version', 'is_simulated', 'delivery_id', 'row_number', 'source_place',
] %}

{{ union_feeds(feeds, columns) }}
