"""The contracts, seen from Python: a file a contract, one method per function, typed both ways."""
