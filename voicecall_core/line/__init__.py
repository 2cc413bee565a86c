"""The phone line for anybody's program: the built-in carrier and model, and how a program is led to them."""
