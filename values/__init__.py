"""The shared leaf: exact points, dates, canonical JSON, problems, table schemas. Knows no policy."""
