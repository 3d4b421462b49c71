"""What runs by itself: settings, wiring, schedule, roster sources, delivery, web."""
