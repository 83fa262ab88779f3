{% set sources = [
    'int_findings_published_results',
    'int_findings_attainability',
    'int_findings_evolution',
    'int_findings_complaints',
    'int_findings_counts',
    'int_findings_deliveries',
] %}

{% set columns = [
    'rule', 'agency_code', 'reporting_agency_code', 'mart', 'row_key',
    'period_code', 'channel_code', 'aspect_code', 'figure', 'expected', 'quote',
    'source',
] %}

with findings as (

    {{ union_feeds(sources, columns) }}

),

rules as (

    select * from {{ ref('rules') }}

)

select
    concat_ws(' | ', findings.rule, findings.row_key) as finding_code,
    findings.rule,
    rules.severity,
    findings.agency_code,
    findings.reporting_agency_code,
    findings.mart,
    findings.row_key,
    findings.period_code,
    findings.channel_code,
    findings.aspect_code,
    findings.figure,
    rules.label_nl as rule_label_nl,
    {{ render_template('rules.message_nl', {
        'figure': 'findings.figure',
        'expected': 'findings.expected',
        'quote': 'findings.quote',
    }) }} as message_nl,
    findings.source
from findings
inner join rules
    on findings.rule = rules.rule
