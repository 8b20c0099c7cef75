"""How the page looks, in light and in dark."""

STYLE = """
:root {
  --paper: #ffffff; --ground: #f4f6fa; --ink: #1e293b; --soft: #55637a; --line: #dbe2ec;
  --accent: #2563eb; --good: #15803d; --bar: #93b4f5;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #172033; --ground: #0d1422; --ink: #e5eaf3; --soft: #a3b1c6; --line: #2c3950;
    --accent: #7fb0ff; --good: #5fd08a; --bar: #3b5b96;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--ground); color: var(--ink);
  font: 17px/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
main { max-width: 70rem; margin: 0 auto; padding: 3.5rem 1.5rem 4rem; }
header { max-width: 48rem; margin-bottom: 2.5rem; }
.kicker { margin: 0; color: var(--accent); font-weight: 650; letter-spacing: .02em; }
h1 { margin: .2rem 0 1rem; font-size: clamp(1.9rem, 4.5vw, 2.8rem); line-height: 1.15; letter-spacing: -.02em; }
h2 { margin: 0 0 1rem; font-size: 1.3rem; letter-spacing: -.01em; }
.lead { margin: 0; font-size: 1.1rem; color: var(--soft); }
.lead strong { color: var(--ink); }
section {
  margin-top: 1.5rem; padding: 1.6rem 1.8rem; background: var(--paper);
  border: 1px solid var(--line); border-radius: 14px;
}
section > p { max-width: 48rem; color: var(--soft); }
section > p:last-child { margin-bottom: 0; }
table { width: 100%; border-collapse: collapse; }
th { padding: .35rem 1rem .35rem 0; font-weight: 450; text-align: left; }
.number { padding-right: 1rem; font-weight: 650; font-variant-numeric: tabular-nums; text-align: right; }
.track { width: 45%; }
.track span { display: block; height: .85rem; border-radius: 4px; background: var(--bar); }
tr:nth-child(n+3) .track span { background: var(--good); }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
figure { margin: 0; min-width: 0; }
figcaption { color: var(--soft); }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 1.2rem; }
.pair figcaption { margin-bottom: .4rem; font-weight: 600; }
.good figcaption { color: var(--good); }
pre {
  margin: 0; padding: 1rem 1.1rem; border-radius: 9px; background: var(--ground); color: var(--ink);
  font: 14px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  white-space: pre-wrap; overflow-wrap: anywhere;
}
pre.code { overflow-x: auto; white-space: pre; overflow-wrap: normal; }
code { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: .9em; }
.picture figcaption { max-width: 48rem; margin-top: 1rem; }
.scroll { overflow-x: auto; border-radius: 9px; }
.scroll:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; }
.scroll svg { display: block; width: 100%; min-width: 40rem; height: auto; margin: 0 auto; }
.wide { width: min(100vw - 3rem, 108rem); margin-left: 50%; transform: translateX(-50%); }
.wide svg { min-width: 64rem; max-width: 104rem; }
@media (max-width: 46rem) {
  main { padding: 2rem 1rem; }
  .wide { width: auto; margin-left: 0; transform: none; }
  section { padding: 1.2rem; }
  .pair { grid-template-columns: 1fr; }
  .track { display: none; }
}
"""
