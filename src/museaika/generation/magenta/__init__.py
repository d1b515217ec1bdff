"""Melodies by networks that Magenta.js trained, read from the files it loads and computed with NumPy."""
