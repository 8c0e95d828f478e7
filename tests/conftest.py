"""What every test module shares."""
