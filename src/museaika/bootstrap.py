"""Settings → Services: the one place where back ends are chosen and passed in."""
