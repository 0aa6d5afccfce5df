"""One module a command: it parses, calls one use case, renders."""
