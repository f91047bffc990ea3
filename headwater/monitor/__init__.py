"""The monitor: reads what the audit counts, judges it minute by minute, and tells what is wrong."""
