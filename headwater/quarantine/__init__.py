"""What the gate has set aside: read, counted, told in full, and sent to it again."""
