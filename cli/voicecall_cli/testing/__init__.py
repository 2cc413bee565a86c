"""What the pytest plugin's fixtures give to a test: the phone line, and whole calls on the front door."""
