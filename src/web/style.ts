/** The one style sheet, as a string, so that a build needs to copy nothing. */
export const style = `
:root {
  color-scheme: light dark;
  --paper: #f7f5f0; --card: #ffffff; --ink: #1c2330; --soft: #586072; --line: #e2ddd2; --field: #8b8f99;
  --accent: #1f5a5c; --accent-ink: #ffffff; --accent-soft: #e3efee;
  --warn: #7a4b00; --warn-soft: #fcf1d9; --bad: #9c2027; --bad-soft: #fbe9e8; --good: #1d6238; --good-soft: #e4f2e8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171d; --card: #1c2028; --ink: #e9e7e2; --soft: #a7adba; --line: #313743; --field: #717886;
    --accent: #86c9c4; --accent-ink: #0e2224; --accent-soft: #203437;
    --warn: #f0c674; --warn-soft: #352c18; --bad: #f3a29d; --bad-soft: #3b2122; --good: #93d5a9; --good-soft: #1b3224;
  }
}
*, *::before, *::after { box-sizing: border-box; }
[hidden] { display: none !important; }
html { font: 16px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif; }
body { margin: 0; background: var(--paper); color: var(--ink); }
h1, h2, h3 { line-height: 1.25; margin: 0; font-weight: 600; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; letter-spacing: -0.01em; }
h2 { font-size: 1.15rem; }
h3 { font-size: 1rem; }
p { margin: 0.4rem 0; }
a { color: var(--accent); text-underline-offset: 0.15em; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
code, pre { font: 0.85rem/1.5 ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace; overflow-wrap: anywhere; }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: 1rem; top: 1rem; background: var(--card); padding: 0.5rem 1rem; z-index: 2; }
.top { background: var(--card); border-bottom: 1px solid var(--line); }
.top > div { max-width: 84rem; margin: 0 auto; padding: 0.7rem 1.5rem; display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem 1.4rem; }
.brand { display: flex; align-items: center; gap: 0.55rem; font-weight: 650; font-size: 1.1rem; color: var(--ink); text-decoration: none; }
.brand svg { width: 1.9rem; height: 1.9rem; color: var(--accent); }
.top nav { display: flex; gap: 1.1rem; }
.top nav a { text-decoration: none; color: var(--soft); padding: 0.25rem 0; border-bottom: 2px solid transparent; }
.top nav a:hover { color: var(--ink); }
.top nav a[aria-current] { color: var(--ink); border-color: var(--accent); }
.top .find { flex: 1 1 9rem; max-width: 22rem; margin-left: auto; }
.top .who { display: flex; align-items: center; gap: 0.7rem; color: var(--soft); }
.top .who form { margin: 0; }
main { max-width: 84rem; margin: 0 auto; padding: 1.8rem 1.5rem 4rem; display: grid; gap: 1.6rem; grid-template-columns: minmax(0, 1fr); }
.narrow { max-width: 34rem; width: 100%; }
.head { display: flex; flex-wrap: wrap; align-items: baseline; justify-content: space-between; gap: 0.4rem 1.5rem; }
.soft { color: var(--soft); }
.small { font-size: 0.875rem; }
.num { font-variant-numeric: tabular-nums; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1.2rem 1.3rem; min-width: 0; }
.stack { display: grid; gap: 0.9rem; grid-template-columns: minmax(0, 1fr); align-content: start; }
.empty { text-align: center; padding: 2.6rem 1rem; color: var(--soft); }
.empty svg { width: 3rem; height: 3rem; color: var(--line); }
.chip { display: inline-block; border-radius: 99px; padding: 0.05rem 0.65rem; font-size: 0.82rem; background: var(--accent-soft); color: var(--accent); white-space: nowrap; }
.chip.warn { background: var(--warn-soft); color: var(--warn); }
.chip.bad { background: var(--bad-soft); color: var(--bad); }
.chip.good { background: var(--good-soft); color: var(--good); }
.notice { border-radius: 10px; padding: 0.75rem 1rem; background: var(--accent-soft); border-left: 4px solid var(--accent); overflow-wrap: anywhere; }
.notice.warn { background: var(--warn-soft); border-color: var(--warn); }
.notice.bad { background: var(--bad-soft); border-color: var(--bad); }
.notice.good { background: var(--good-soft); border-color: var(--good); }
.notice p { margin: 0; }
.notice p + p { margin-top: 0.3rem; }
.items { list-style: none; margin: 0; padding: 0; display: grid; gap: 0.6rem; grid-template-columns: minmax(0, 1fr); }
.item { position: relative; display: grid; grid-template-columns: minmax(0, 1fr) 9.5rem 8.5rem 8.5rem; gap: 0.3rem 1.2rem; align-items: center; padding: 0.9rem 1.3rem; }
.item:hover { border-color: var(--accent); }
.item h3 a { color: var(--ink); text-decoration: none; }
.item h3 a::after { content: ''; position: absolute; inset: 0; border-radius: 12px; }
.item p { margin: 0; overflow-wrap: anywhere; }
.item .total { text-align: right; font-size: 1.05rem; font-weight: 600; }
.item .due { text-align: right; }
.item.wide { grid-template-columns: minmax(0, 1fr) 9.5rem; }
meter { width: 100%; height: 0.65rem; display: block; }
.filters { display: flex; flex-wrap: wrap; gap: 0.4rem; }
.filters a { text-decoration: none; padding: 0.2rem 0.8rem; border-radius: 99px; border: 1px solid var(--line); color: var(--soft); background: var(--card); }
.filters a[aria-current] { background: var(--accent); border-color: var(--accent); color: var(--accent-ink); }
label, legend { font-size: 0.875rem; color: var(--soft); }
input, textarea { font: inherit; color: var(--ink); background: var(--card); border: 1px solid var(--field); border-radius: 7px; padding: 0.4rem 0.6rem; width: 100%; min-width: 0; }
input[readonly], textarea[readonly] { background: transparent; border-color: var(--line); }
input.amount, td.amount { text-align: right; font-variant-numeric: tabular-nums; }
.doubt input, input.doubt { border-color: var(--warn); background: var(--warn-soft); }
.wrong input, input.wrong, textarea.wrong { border-color: var(--bad); border-width: 2px; }
.changed { box-shadow: inset 3px 0 0 var(--accent); }
.hint { display: block; font-size: 0.82rem; margin-top: 0.2rem; color: var(--warn); overflow-wrap: anywhere; }
.hint.bad { color: var(--bad); }
button, .button { font: inherit; font-weight: 550; cursor: pointer; border-radius: 8px; border: 1px solid var(--accent); background: var(--accent); color: var(--accent-ink); padding: 0.5rem 1.1rem; text-decoration: none; display: inline-block; }
button:hover, .button:hover { filter: brightness(1.08); }
button.plain { background: transparent; color: var(--accent); }
button.bad { background: transparent; color: var(--bad); border-color: var(--bad); }
button.tiny { padding: 0.1rem 0.5rem; font-size: 0.82rem; font-weight: 400; border-color: var(--line); color: var(--soft); background: transparent; }
.decide .bar { position: sticky; bottom: 0; background: var(--card); padding: 0.7rem 0; margin-bottom: -0.4rem; border-top: 1px solid var(--line); z-index: 1; }
.decide input { scroll-margin-bottom: 6rem; }
.hint::first-letter, .notice p::first-letter { text-transform: uppercase; }
.row { display: flex; flex-wrap: wrap; gap: 0.7rem; align-items: center; }
.beside { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 1.4rem; align-items: start; }
.viewer { position: sticky; top: 1rem; padding: 0; overflow: hidden; display: grid; grid-template-rows: auto 1fr; height: calc(100vh - 2rem); min-height: 24rem; }
.viewer .bar { display: flex; flex-wrap: wrap; gap: 0.3rem 0.6rem; align-items: center; padding: 0.55rem 0.9rem; border-bottom: 1px solid var(--line); }
.viewer .bar .spring { flex: 1; }
.viewer iframe { width: 100%; height: 100%; border: 0; background: var(--card); color-scheme: light dark; }
fieldset { border: 0; padding: 0; margin: 0; min-width: 0; }
legend { padding: 0; font-weight: 600; color: var(--ink); font-size: 0.95rem; margin-bottom: 0.5rem; }
.fields { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: 0.75rem 0.9rem; }
.fields.names { grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); }
.field label { display: block; margin-bottom: 0.15rem; }
.lines { list-style: none; margin: 0; padding: 0; display: grid; gap: 0.7rem; }
.line { display: grid; grid-template-columns: 4.5rem 4.5rem repeat(2, minmax(5rem, 1fr)) 4.5rem auto; gap: 0.35rem 0.5rem; align-items: end; padding-top: 0.7rem; border-top: 1px solid var(--line); }
.line .what { grid-column: 1 / -1; }
.line label { font-size: 0.78rem; display: block; }
.line input { padding: 0.25rem 0.45rem; font-size: 0.92rem; }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; font-weight: 500; color: var(--soft); font-size: 0.875rem; }
th, td { padding: 0.55rem 0.8rem 0.55rem 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
tr:last-child td { border-bottom: 0; }
dl.facts { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 0.3rem 1.2rem; margin: 0; }
dl.facts dt { color: var(--soft); font-size: 0.9rem; }
dl.facts dd { margin: 0; overflow-wrap: anywhere; }
.tree, .tree ol { list-style: none; margin: 0; padding: 0; }
.tree ol { margin-left: 0.55rem; padding-left: 1.1rem; border-left: 1px solid var(--line); }
.tree li { padding: 0.15rem 0; }
.tree .dot { display: inline-block; width: 1.2rem; text-align: center; font-weight: 700; color: var(--soft); }
.tree .done > .dot { color: var(--good); }
.tree .failed > .dot, .tree .timedOut > .dot { color: var(--bad); }
.tree .running > .dot { color: var(--accent); }
.users { list-style: none; margin: 0; padding: 0; display: grid; gap: 0.6rem; }
.users button { width: 100%; text-align: left; background: var(--card); color: var(--ink); border-color: var(--line); padding: 0.8rem 1.1rem; }
.users button:hover { border-color: var(--accent); filter: none; }
.users small { display: block; color: var(--soft); font-weight: 400; }
footer { max-width: 84rem; margin: 0 auto; padding: 0 1.5rem 2rem; color: var(--soft); font-size: 0.82rem; }
@media (max-width: 62rem) {
  .beside { grid-template-columns: minmax(0, 1fr); }
  .viewer { position: static; height: 70vh; }
}
@media (max-width: 44rem) {
  main { padding: 1.2rem 0.9rem 3rem; gap: 1.2rem; }
  .top > div { padding: 0.6rem 0.9rem; }
  .top .find { max-width: none; order: 1; margin: 0; }
  .top .who { order: 2; font-size: 0.9rem; gap: 0.5rem; }
  h1 { font-size: 1.35rem; }
  .card:not(.viewer) { padding: 1rem; }
  .item, .item.wide { grid-template-columns: minmax(0, 1fr) auto; }
  .item > :first-child { grid-column: 1 / -1; }
  .item .total { text-align: left; }
  .line { grid-template-columns: repeat(3, minmax(0, 1fr)); }
  .wide-only { display: none; }
  .decide button { width: 100%; }
}
@media (prefers-reduced-motion: no-preference) { button, .item, input { transition: border-color 120ms, filter 120ms; } }
`;

/** What the sandboxed page of a document's text looks like; it may load nothing, so it carries its own few rules. */
export const textStyle = `
:root { color-scheme: light dark; }
body { margin: 0; padding: 1.2rem; font: 15px/1.55 system-ui, sans-serif; color: light-dark(#1c2330, #e9e7e2); background: light-dark(#fff, #1c2028); }
h2 { font-size: 0.85rem; font-weight: 600; color: light-dark(#586072, #a7adba); margin: 1.4rem 0 0.4rem; }
h2:first-child { margin-top: 0; }
pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; font: 13px/1.55 ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace; }
`;
