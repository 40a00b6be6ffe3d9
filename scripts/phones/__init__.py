"""Phones of Examples/Phone as processes, and the network that they see."""
