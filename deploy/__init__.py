"""How Pulse is installed, configured and kept running: above all packages. It imports none of them."""
