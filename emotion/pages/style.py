"""Style sheets: the one that all pages begin with, light or dark like the system, and one for tables of numbers."""

BASE_STYLE = """
:root { color-scheme: light dark; --page: #fff; --card: #f6f8fa; --ink: #1f2328; --muted: #59636e; --line: #d0d7de;
  --link: #0969da; }
@media (prefers-color-scheme: dark) { :root { --page: #0d1117; --card: #161b22; --ink: #e6edf3; --muted: #9198a1;
  --line: #3d444d; --link: #6cb0ff; } }
* { box-sizing: border-box; }
html { scroll-behavior: smooth; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; line-height: 1.25; }
h2 { font-size: 1.2rem; margin: 0 0 4px; }
a { color: var(--link); }
p { margin: 6px 0; }
section { border: 1px solid var(--line); border-radius: 8px; background: var(--card); padding: 14px; margin: 0 0 16px;
  scroll-margin-top: 8px; }
section:target { border-color: var(--link); box-shadow: 0 0 0 1px var(--link); }
"""

TABLE_STYLE = """
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: 3px 8px 3px 0; text-align: right; font-weight: normal; }
th:first-child { text-align: left; }
thead th { color: var(--muted); font-size: 0.9rem; vertical-align: bottom; }
"""
"""Tables of numbers behind a name, in a column of text; a table may be in a <div class="scroll">."""
