"""The whole decision, composed: the main path of a round, its stages, synthetic cities."""
