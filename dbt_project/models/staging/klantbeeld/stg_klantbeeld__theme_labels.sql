select
    label_set_id,
    delivery_id,
    row_number,
    is_simulated,
    comment,
    theme_code,
    polarity_code
from {{ source('klantbeeld', 'theme_labels') }}
