"""The pages of bulk runs: what was chosen in the list, what will happen to it, how far it is, and what was refused."""
