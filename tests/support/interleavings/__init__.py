"""What the test of interleavings pairs: operations, where they begin, and how their results are compared."""
