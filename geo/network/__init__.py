"""Reference tables: lines, stations, zones, and how they are connected."""
