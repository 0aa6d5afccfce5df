"""What an outsider runs on a published bundle. Shares no code with the engine."""
