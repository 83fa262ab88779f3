{# A Dutch sentence from a template kept as data: every {slot} gives way to its
   text. A slot without a text reads "niet vermeld", so that no sentence has a hole.
   slots: pairs of a slot's name and a SQL expression of text. #}
{% macro render_template(template, slots) -%}
    {%- set filled = namespace(sql=template) -%}
    {%- for slot, expression in slots.items() -%}
        {%- set filled.sql -%}
            replace(
                {{ filled.sql }},
                '{{ "{" ~ slot ~ "}" }}',
                coalesce({{ expression }}, 'niet vermeld')
            )
        {%- endset -%}
    {%- endfor -%}
    {{ filled.sql }}
{%- endmacro %}
