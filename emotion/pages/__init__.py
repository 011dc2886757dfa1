"""What the self-contained HTML pages of this project have in common."""
