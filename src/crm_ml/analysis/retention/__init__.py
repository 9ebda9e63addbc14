"""Who stayed, who dried up, who left, and what that is worth."""
