"""The one place that names the projection: Lambert-93 (EPSG:2154), here in kilometres.

Byte stability: PROJ computes with the machine's `sin`, `log` and `exp`, whose last digit may
differ between processors and C libraries. Kilometres are therefore rounded to the millimetre
(1e-6 km) and degrees to 1e-8 (about 1 mm): far below the precision of any input, far above
that noise, so the same points give the same bytes everywhere. EPSG:4326 and RGF93 are treated
as one (their difference is below the accuracy of the stop coordinates); no grid file is used.
"""

from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pyproj import Transformer

WGS84 = "EPSG:4326"
LAMBERT_93 = "EPSG:2154"
KM_DECIMALS = 6
DEG_DECIMALS = 8
# Latitudes and longitudes of Île-de-France and its rail fringe (Sens, Gisors, Château-Thierry).
LAT_RANGE_DEG = (47.0, 50.5)
LON_RANGE_DEG = (0.5, 5.0)


@cache
def _to_lambert_93() -> Transformer:
    return Transformer.from_crs(WGS84, LAMBERT_93, always_xy=True)


@cache
def _to_wgs84() -> Transformer:
    return Transformer.from_crs(LAMBERT_93, WGS84, always_xy=True)


def to_km(lat_deg: ArrayLike, lon_deg: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Kilometres east and north on Lambert-93 of points given in degrees.

    Args:
        lat_deg: latitudes in degrees of WGS 84, of shape (n,) or one number; NaN: no point.
        lon_deg: longitudes, of the same shape.

    Returns:
        x_km (east) and y_km (north), each of that shape; NaN where there is no point or none that can be projected.

    >>> x_km, y_km = to_km([48.8534], [2.3488])
    >>> int(x_km[0]), int(y_km[0])
    (652, 6861)
    """
    lat, lon = np.asarray(lat_deg, dtype=np.float64), np.asarray(lon_deg, dtype=np.float64)
    x_m, y_m = _to_lambert_93().transform(lon, lat)
    return _rounded(x_m, 1e3, KM_DECIMALS), _rounded(y_m, 1e3, KM_DECIMALS)


def to_degrees(x_km: ArrayLike, y_km: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Latitude and longitude in degrees of points in kilometres on Lambert-93: the inverse of `to_km`.

    Args:
        x_km: kilometres east, of shape (n,) or one number; NaN: no point.
        y_km: kilometres north, of the same shape.

    Returns:
        Latitudes and longitudes in degrees of WGS 84, each of that shape; NaN where there is no point.
    """
    x_m = np.asarray(x_km, dtype=np.float64) * 1e3
    y_m = np.asarray(y_km, dtype=np.float64) * 1e3
    lon, lat = _to_wgs84().transform(x_m, y_m)
    return _rounded(lat, 1.0, DEG_DECIMALS), _rounded(lon, 1.0, DEG_DECIMALS)


def _rounded(values: ArrayLike, divisor: float, decimals: int) -> NDArray[np.float64]:
    scaled = np.asarray(values, dtype=np.float64) / divisor
    # PROJ answers inf where it was given NaN or a point it cannot project: that is "no place".
    return np.asarray(np.round(np.where(np.isfinite(scaled), scaled, np.nan), decimals), dtype=np.float64)


def looks_swapped(lat_deg: float, lon_deg: float) -> bool:
    """Whether a point is out of the region as given, but in it with lat and lon exchanged.

    >>> looks_swapped(2.3488, 48.8534), looks_swapped(48.8534, 2.3488)
    (True, False)
    """
    return not _in_region(lat_deg, lon_deg) and _in_region(lon_deg, lat_deg)


def _in_region(lat_deg: float, lon_deg: float) -> bool:
    return LAT_RANGE_DEG[0] <= lat_deg <= LAT_RANGE_DEG[1] and LON_RANGE_DEG[0] <= lon_deg <= LON_RANGE_DEG[1]
