"""What the public and the parties receive: the record, its bundles, notices, explanations, sentences."""
