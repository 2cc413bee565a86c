"""What can happen in a simulated call, as data."""
