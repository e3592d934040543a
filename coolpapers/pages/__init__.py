"""The pages: each view parses the address, calls a read, and renders."""
