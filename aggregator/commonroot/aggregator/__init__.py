"""The aggregator: collects, checks, adds up, proposes."""
