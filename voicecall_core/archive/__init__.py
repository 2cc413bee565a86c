"""The folder of call files: what is in it, which call is meant, what a call comes to, what may be thrown away."""
