"""HTTP and WebSockets over byte streams, on sockets or in memory."""
