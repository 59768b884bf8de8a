"""What every part of the screen is made of: texts, colours, badges, plain tables."""
