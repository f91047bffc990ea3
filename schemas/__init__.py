"""What is said: event types in Avro, their frames on the wire, and the topics they travel on."""
