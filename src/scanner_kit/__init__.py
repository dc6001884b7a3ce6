"""What an adapter author needs: the server side of the scanner wire protocol and a conformance suite."""
