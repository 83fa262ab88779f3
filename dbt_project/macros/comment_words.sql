{# Every match of a pattern replaced; the engines differ in whether that needs saying. #}
{% macro replaced_everywhere(text, pattern, replacement) -%}
    {%- if target is defined and target.type == "spark" -%}
        regexp_replace({{ text }}, {{ pattern }}, {{ replacement }})
    {%- else -%}
        regexp_replace({{ text }}, {{ pattern }}, {{ replacement }}, 'g')
    {%- endif -%}
{%- endmacro %}

{# A comment as a list of clauses: lower case without accents, each word between spaces of
   its own. A clause ends at a mark and at a conjunction, so that "niet" in one says nothing
   of the next; "of" does not end one ("niet snel of duidelijk" denies both). #}
{% macro comment_clauses(comment) -%}
    {%- set marks = "[](){}.,:!?…|/" -%}
    {%- set accents = "áàâäãéèêëíìîïóòôöõúùûüçñ" -%}
    {%- set letters = "aaaaaeeeeiiiiooooouuuucn" -%}
    {%- set ends = [
        "maar", "en", "want", "omdat", "terwijl", "waardoor", "zodat", "hoewel", "doch",
        "echter", "toen", "nadat", "waarna", "behalve", "niet  alleen", "niet  enkel",
    ] -%}
    {%- set folded -%}
        translate(
            lower({{ comment }}),
            concat('{{ marks ~ accents }}', chr(10)),
            '{{ ";" * (marks | length) ~ letters }};'
        )
    {%- endset -%}
    {%- set words -%}
        concat(' ', {{ replaced_everywhere(folded, "'[^a-z0-9;]+'", "'  '") }}, ' ')
    {%- endset -%}
    split({{ replaced_everywhere(words, "' (" ~ ends | join("|") ~ ") '", "' ; '") }}, ';')
{%- endmacro %}

{# A term of the lexicon as a pattern for `like` in a clause of `comment_clauses`. #}
{% macro term_pattern(term) -%}
    concat('% ', replace(replace({{ term }}, ' ', '  '), '*', '%'), ' %')
{%- endmacro %}

{# What the contract of the predictions asks of labels before they count. #}
{% macro training_rule(name) -%}
    {%- if execute -%}
        {%- for node in graph.sources.values()
            if node.source_name == 'klantbeeld' and node.name == 'theme_predictions' -%}
            {{ node.config.meta.training[name] }}
        {%- endfor -%}
    {%- else -%}
        0
    {%- endif -%}
{%- endmacro %}
