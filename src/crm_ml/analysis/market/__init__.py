"""Our place in the market: share, distribution, penetration."""
