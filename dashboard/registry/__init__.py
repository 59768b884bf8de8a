"""What finds the pages with their tables and pictures, and what updates a page."""
