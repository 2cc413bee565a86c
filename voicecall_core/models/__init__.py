"""The speech models that can hold a call; each has a package of its own behind the same Protocol."""
