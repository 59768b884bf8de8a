"""Pure geography of the network: stations, lines, zones, places. Imports nothing of ours."""
