{# The columns that a template gives a sentence of an answer: what it answers, its
   place and status, and its text.
   templates: the relation that holds the template's row. #}
{% macro answer_sentence(slots, templates="templates") -%}
    {{ templates }}.fact_code,
    {{ templates }}.question_aspect_code,
    {{ templates }}.sort_order,
    {{ templates }}.status,
    {{ render_template(templates ~ ".template_nl", slots) }} as sentence_nl
{%- endmacro %}
