"""Diagrams of networks: a graph of labelled nodes and edges, its layout, and the graphs that a derivation has."""
