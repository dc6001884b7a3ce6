"""The remote operator's desk: it asks and explains, and decides nothing."""
