"""The node's side of a round: learn, sign, answer."""
