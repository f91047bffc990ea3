"""How good what was predicted is: measured before it is learnt from, in bounded memory, by slice."""
