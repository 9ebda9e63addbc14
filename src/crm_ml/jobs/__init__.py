"""One function a verb; the only floor that knows configs."""
