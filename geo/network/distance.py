"""Distance on the ground between two points, without a projection library."""

from math import asin, cos, radians, sin, sqrt

EARTH_RADIUS_M = 6_371_000.0


def distance_m(lat_1: float, lon_1: float, lat_2: float, lon_2: float) -> float:
    """Great-circle distance in metres between two points in degrees (haversine formula).

    Args:
        lat_1, lon_1: the first point, in degrees of WGS 84.
        lat_2, lon_2: the second point.

    Returns:
        Metres on a sphere; up to 0.5 % from the length on the ellipsoid.

    >>> round(distance_m(48.8443, 2.3744, 48.8484, 2.3959))  # Gare de Lyon to Nation
    1638
    """
    phi_1, phi_2 = radians(lat_1), radians(lat_2)
    half_lat, half_lon = (phi_2 - phi_1) / 2, radians(lon_2 - lon_1) / 2
    h = sin(half_lat) ** 2 + cos(phi_1) * cos(phi_2) * sin(half_lon) ** 2
    return 2 * EARTH_RADIUS_M * asin(sqrt(h))
