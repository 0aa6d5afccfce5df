"""Histories become facts: spells and ledgers measured in months. Pure."""
