"""What is learnt of members: how odd what they do is, which taste they have, how likely they are to leave."""
