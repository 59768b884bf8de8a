"""What stands around every page: header, filters, freshness, banners, the export menu."""
