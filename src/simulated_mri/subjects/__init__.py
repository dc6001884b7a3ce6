"""Who or what lies in the scanner."""
