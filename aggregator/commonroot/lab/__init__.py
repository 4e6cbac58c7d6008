"""Simulation, attacks, the demo and the benches: what shows that the rest works."""
