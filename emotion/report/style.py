"""What the style sheet of a report has beyond the common one: rows of a table on a screen, cards on a phone."""

STYLE = """
:root { --track: #e4e8ec; --edge: #0003; scroll-behavior: auto; }
@media (prefers-color-scheme: dark) { :root { --track: #2a313a; --edge: #fff2; } }
header, main { max-width: 1120px; margin: 0 auto; padding: 0 16px; }
h1 { margin: 20px 0 4px; }
.note, small, dt { color: var(--muted); }
.note, .chip, .controls, section li { font-size: 0.9rem; }

dl { display: flex; flex-wrap: wrap; gap: 8px; margin: 16px 0; }
dl div { display: flex; flex-direction: column-reverse; flex: 1 0 88px; padding: 8px 12px; border-radius: 8px;
  border: 1px solid var(--line); background: var(--card); }
dd { margin: 0; font-size: 1.6rem; line-height: 1.2; font-weight: 600; font-variant-numeric: tabular-nums; }
dt { font-size: 0.85rem; white-space: nowrap; }
dl .none dd { color: var(--muted); font-weight: normal; }

.shares { display: flex; height: 12px; border-radius: 6px; overflow: hidden; gap: 1px; margin: 0 0 10px; }
.shares span { flex: 1 0 2px; background: var(--colour); box-shadow: inset 0 0 0 1px var(--edge); }
form { margin: 0 0 16px; }
fieldset { border: 0; margin: 0; padding: 0; min-width: 0; }
.chips, .controls { display: flex; flex-wrap: wrap; align-items: center; gap: 8px; margin: 0 0 10px; }
.controls { gap: 8px 16px; }
.controls label:first-child { display: flex; flex-wrap: wrap; align-items: center; gap: 0 8px; }
output { min-width: 2.6em; font-variant-numeric: tabular-nums; }
input { accent-color: var(--link); margin: 0; }
input[type=range] { width: 170px; }
.chip, form button { display: inline-flex; align-items: center; gap: 6px; padding: 4px 12px; cursor: pointer;
  border: 1px solid var(--line); border-radius: 99px; background: var(--card); color: var(--ink); font: inherit;
  font-size: 0.9rem; line-height: 1.4; }
.chip b { color: var(--muted); font-weight: normal; }
.chips input { position: absolute; opacity: 0; }
.chip:hover, button:hover { border-color: var(--muted); }
.chip:has(:checked) { border-color: var(--link); box-shadow: inset 0 0 0 1px var(--link); }
.chip:has(:focus-visible), :focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
fieldset:disabled .controls { display: none; }
fieldset:disabled .chip { cursor: default; }
.chip i, .emotion i { display: inline-block; width: 0.75em; height: 0.75em; border-radius: 50%;
  background: var(--colour); box-shadow: inset 0 0 0 1px var(--edge); }

table, thead, tbody { display: block; }
table { margin: 0 0 24px; }
tr { display: grid; grid-template-columns: var(--images) 116px 106px minmax(360px, 1fr) minmax(100px, 190px);
  gap: 0 16px; align-items: center; padding: 10px 4px; border-bottom: 1px solid var(--line); --images: 88px; }
.explained tr { --images: 180px; }
tbody tr { content-visibility: auto; contain-intrinsic-size: auto 109px; }
tbody tr:hover { background: var(--card); }
tr[hidden] { display: none; }
th, td { padding: 0; text-align: left; min-width: 0; }
thead tr { padding: 2px 4px; border-bottom-width: 2px; }
th { color: var(--muted); font-size: 0.85rem; font-weight: normal; }
th button { padding: 6px 0; border: 0; background: none; color: inherit; font: inherit; cursor: pointer;
  white-space: nowrap; }
th button::after { content: "\\2195"; display: inline-block; width: 1.2em; text-align: center; opacity: 0.5; }
th[aria-sort] button { color: var(--ink); font-weight: 600; }
th[aria-sort=ascending] button::after { content: "\\2191"; opacity: 1; }
th[aria-sort=descending] button::after { content: "\\2193"; opacity: 1; }
.face { display: flex; gap: 4px; }
.face img { display: block; width: 88px; height: 88px; object-fit: contain; border-radius: 6px;
  background: var(--card); }
.emotion { font-weight: 600; }
.uncertain { display: inline-block; padding: 0 7px; border: 1px dashed var(--muted); border-radius: 99px;
  color: var(--muted); font-size: 0.78rem; font-weight: normal; }
.confidence { font-size: 1.1rem; font-variant-numeric: tabular-nums; }
.bars ul { list-style: none; margin: 0; padding: 0; columns: 170px 2; column-gap: 20px; }
.bars li { display: grid; grid-template-columns: 5.4em 1fr 2.7em; gap: 6px; align-items: center; font-size: 0.8rem;
  line-height: 1.45; color: var(--muted); break-inside: avoid; }
.bars i { display: block; height: 9px; border-radius: 3px; overflow: hidden; background: var(--track); }
.bars i::before { content: ""; display: block; width: var(--length); min-width: 1px; height: 100%;
  border-radius: 3px; background: var(--colour); box-shadow: inset 0 0 0 1px var(--edge); }
.bars b { font-weight: inherit; text-align: right; font-variant-numeric: tabular-nums; }
.bars .answer { color: var(--ink); font-weight: 600; }
.picture, section li { overflow-wrap: anywhere; }
.picture { font-size: 0.9rem; line-height: 1.35; }
.picture small { display: block; }
section ul { margin: 0; padding-left: 20px; }

@media (max-width: 1000px) {
  .chips { gap: 6px; } .chip, form button { padding: 4px 10px; gap: 5px; font-size: 0.85rem; }
  tbody { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 400px), 1fr)); gap: 12px; }
  tbody tr { grid-template: "face emotion" auto "face confidence" auto "face picture" 1fr "bars bars" auto
    / var(--images) minmax(0, 1fr); gap: 0 14px; align-items: start; padding: 12px;
    border: 1px solid var(--line); border-radius: 8px; background: var(--card);
    contain-intrinsic-size: auto 290px; }
  .face { grid-area: face; } .emotion { grid-area: emotion; } .confidence { grid-area: confidence; }
  .picture { grid-area: picture; } .bars { grid-area: bars; margin-top: 10px; }
  .explained tr { --images: 132px; } .explained img { width: 64px; height: 64px; }
  thead tr { display: flex; border: 0; }
  th:not([data-key]) { display: none; }
}
"""
