"""What a device keeps of a model, in the files and formats of the Swift SDK."""
