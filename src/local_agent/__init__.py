"""The site's authority: it decides, relays, and writes down what happened."""
