"""The commands' signatures and help; the work is in `jobs`, imported when a command runs."""
