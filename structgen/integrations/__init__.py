"""structgen inside other libraries: their calls come in, masks and values in their types go out."""
