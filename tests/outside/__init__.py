"""Programs that nobody here wrote, installed from their registries and pointed unmodified at the simulator."""
