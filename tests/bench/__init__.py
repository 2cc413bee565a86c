"""How fast things are, as whole-process figures over several runs. Printed, never asserted."""
