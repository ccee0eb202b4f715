"""Generation for staff to look at. Seeds, parameters and prompts are sealed, so they are not shown here.

making      pieces, jobs, input works
learning    checkpoints, training runs and jobs, datasets with their items, benchmarks
fleet       workers, and how many pieces each account may ask for
"""

from generation.admin import fleet, learning, making

__all__ = ["fleet", "learning", "making"]
