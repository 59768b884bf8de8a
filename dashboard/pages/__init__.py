"""The pages of the screen, a folder each; dashboard/registry finds them."""
