"""Made-up and replayed traffic, with faults and the truth about them."""
