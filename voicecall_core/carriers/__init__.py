"""The carriers that can place a call; each has a package of its own behind the same Protocol."""
