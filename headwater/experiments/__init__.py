"""Experiments on one simulated stream: how good models are, how soon, and what delays cost."""
