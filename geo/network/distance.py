"""Distance on the ground between two points, without a projection library."""

from math import asin, cos, radians, sin, sqrt

EARTH_RADIUS_M = 6_371_000.0


def distance_m(lat_1: float, lon_1: float, lat_2: float, lon_2: float) -> float:
    """Great-circle distance in metres between two points in degrees (haversine formula).

    >>> round(distance_m(48.8443, 2.3744, 48.8484, 2.3959))  # Gare de Lyon to Nation
    1638
    """
    phi_1, phi_2 = radians(lat_1), radians(lat_2)
    half_lat, half_lon = (phi_2 - phi_1) / 2, radians(lon_2 - lon_1) / 2
    h = sin(half_lat) ** 2 + cos(phi_1) * cos(phi_2) * sin(half_lon) ** 2
    return 2 * EARTH_RADIUS_M * asin(sqrt(h))
