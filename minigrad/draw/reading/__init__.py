"""What a picture says: names, captions, the steps that are shown."""
