"""The HTTP face: `jifen serve`. A handler parses, calls one use case, renders."""
