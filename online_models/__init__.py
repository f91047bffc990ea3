"""What is learnt from the stream."""
