"""What the style sheet of the page has beyond the common one: one column on a phone, two on a screen."""

from emotion.pages.style import TABLE_STYLE

STYLE = (
    TABLE_STYLE
    + """
:root { --weights: #cfe4ff; --pool: #ffd8b0; --norm: #c9efce; --dropout: #e3e7eb; --other: #fff; }
@media (prefers-color-scheme: dark) { :root { --weights: #1f4b80; --pool: #7a4510; --norm: #1e5a32; --dropout: #343c46;
  --other: #21262d; } }
header, footer, main, nav { padding: 0 16px; max-width: 760px; }
h2 small { font-weight: normal; color: var(--muted); }
.facts, figcaption, .key { color: var(--muted); font-size: 0.9rem; }
code { font-size: 0.9em; overflow-wrap: anywhere; }
figure { margin: 10px 0 0; }
figure + figure { margin-top: 14px; }
.row { display: flex; flex-wrap: wrap; gap: 14px; }
.row figure { margin: 10px 0 0; flex: 0 1 240px; min-width: 0; }
.faces { flex-wrap: nowrap; }
img { display: block; max-width: 100%; height: auto; image-rendering: pixelated; background: var(--page); }
td.bar { width: 35%; min-width: 100px; }
td.bar span { display: block; height: 14px; min-width: 1px; background: var(--link); border-radius: 3px; }
tr.answer th, tr.answer td { font-weight: bold; }
nav svg { display: block; width: 100%; max-width: 360px; height: auto; font-size: 11px; }
nav rect { stroke: var(--line); fill: var(--other); }
nav a:hover rect, nav a:focus rect { stroke: var(--link); stroke-width: 2; }
nav text { fill: var(--ink); text-anchor: middle; white-space: pre; }
nav path { stroke: var(--muted); fill: none; }
rect.weights { fill: var(--weights); } rect.pool { fill: var(--pool); } rect.norm { fill: var(--norm); }
rect.dropout { fill: var(--dropout); }
.up { float: right; font-size: 0.85rem; }
@media (min-width: 1100px) {
  .columns { display: grid; grid-template-columns: 392px minmax(0, 760px); }
  nav { position: sticky; top: 0; max-height: 100vh; overflow-y: auto; }
}
"""
)
