"""All faces: the command line. A face parses, calls one use case, renders."""
