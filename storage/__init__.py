"""Files in and out: importers, exporters, markets. The only room below the faces that touches a disk."""
