"""What every part stands on: errors, settings, console, files, processes."""
