"""The webhook path, measured: two servers that take signed status callbacks, and the load on them."""
