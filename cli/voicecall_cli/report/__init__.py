"""One recorded call, whole, in the forms in which people share it. Each form is a function of the same report."""
