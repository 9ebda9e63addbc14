"""Steering information: the scorecard in the order of the cycle, the chain from satisfaction to profit."""
