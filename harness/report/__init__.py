"""What people read: HTML, Markdown, JUnit, terminal."""
