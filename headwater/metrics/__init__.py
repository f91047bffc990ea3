"""All that is measured, with its meaning, and what tells Prometheus of the product itself."""
