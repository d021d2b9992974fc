"""A person's work goes to another: for good (hand-over), or to a deputy for the days of an absence."""
