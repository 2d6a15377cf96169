"""The text of a claim → trees: the words that people use, plain text and LaTeX, one parser for both."""
