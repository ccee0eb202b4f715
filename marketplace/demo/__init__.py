"""What `make demo` shows: a small gallery with its people, and the main job carried out once over HTTP."""
