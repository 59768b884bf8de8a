"""From enriched rows to labels, models and windows, batch by batch: the part that runs in the driver."""
