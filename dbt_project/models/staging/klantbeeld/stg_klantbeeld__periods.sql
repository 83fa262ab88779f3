with years as (

    select listed.first_year as year_number
    from (
        values
        {%- for year in range(2000, 2041) %}
        ({{ year }}){{ ',' if not loop.last }}
        {%- endfor %}
    ) as listed (first_year)

),

parts as (

    select listed.*
    from (
        values
        ('year', '', 1, 12, ''),
        ('half_year', '-H1', 1, 6, 'eerste halfjaar '),
        ('half_year', '-H2', 7, 12, 'tweede halfjaar '),
        ('quarter', '-Q1', 1, 3, 'eerste kwartaal '),
        ('quarter', '-Q2', 4, 6, 'tweede kwartaal '),
        ('quarter', '-Q3', 7, 9, 'derde kwartaal '),
        ('quarter', '-Q4', 10, 12, 'vierde kwartaal '),
        {%- for name in [
            'januari', 'februari', 'maart', 'april', 'mei', 'juni', 'juli',
            'augustus', 'september', 'oktober', 'november', 'december',
        ] %}
        (
            'month', '-{{ '%02d' % loop.index }}',
            {{ loop.index }}, {{ loop.index }}, '{{ name }} '
        ){{ ',' if not loop.last }}
        {%- endfor %}
    ) as listed (period_grain, suffix, first_month, last_month, label_nl)

)

select
    concat(cast(years.year_number as string), parts.suffix) as period_code,
    parts.period_grain,
    make_date(years.year_number, parts.first_month, 1) as period_start,
    last_day(make_date(years.year_number, parts.last_month, 1)) as period_end,
    concat(parts.label_nl, cast(years.year_number as string)) as label_nl,
    cast(years.year_number as string) as year_code
from years
cross join parts
