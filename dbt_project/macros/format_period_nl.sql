{# Dates and periods as Dutch text, independent of the engine's language. #}
{% macro month_name_nl(day) -%}
    case extract(month from {{ day }})
        {%- set names = [
            "januari", "februari", "maart", "april", "mei", "juni", "juli",
            "augustus", "september", "oktober", "november", "december",
        ] %}
        {%- for name in names %}
        when {{ loop.index }} then '{{ name }}'
        {%- endfor %}
    end
{%- endmacro %}


{# "maart 2024" #}
{% macro format_month_nl(day) -%}
    {{ month_name_nl(day) }}
    || ' ' || cast(extract(year from {{ day }}) as string)
{%- endmacro %}


{# "1 juni 2023" #}
{% macro format_date_nl(day) -%}
    cast(extract(day from {{ day }}) as string)
    || ' ' || {{ format_month_nl(day) }}
{%- endmacro %}


{# Whole months as text: "2022" for a calendar year, "mei 2023" for one month,
   else "januari 2023 tot en met juni 2023". Null where a bound is not known. #}
{% macro format_period_nl(first_day, last_day) -%}
    case
        when
            extract(year from {{ first_day }}) = extract(year from {{ last_day }})
            and extract(month from {{ first_day }}) = 1
            and extract(month from {{ last_day }}) = 12
            then cast(extract(year from {{ first_day }}) as string)
        when
            extract(year from {{ first_day }}) = extract(year from {{ last_day }})
            and extract(month from {{ first_day }}) = extract(month from {{ last_day }})
            then {{ format_month_nl(first_day) }}
        else
            {{ format_month_nl(first_day) }}
            || ' tot en met ' || {{ format_month_nl(last_day) }}
    end
{%- endmacro %}
