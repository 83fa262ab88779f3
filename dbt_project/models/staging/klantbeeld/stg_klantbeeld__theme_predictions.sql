select
    delivery_id,
    row_number,
    is_simulated,
    theme_code,
    is_out_of_fold,
    is_mentioned,
    model_hash
from {{ source('klantbeeld', 'theme_predictions') }}
