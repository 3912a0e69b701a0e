/** Colours of the page by role: light scheme, dark scheme. Blue, orange and green are told apart with every kind of colour blindness. */
export const palette = {
  page: ['#ffffff', '#14171c'],
  surface: ['#f5f7f9', '#1d2229'],
  text: ['#1b1f24', '#e6e9ee'],
  muted: ['#535c66', '#a3aeba'],
  line: ['#d5dae0', '#3a424d'],
  blue: ['#0b62ab', '#6cb2f5'],
  orange: ['#b04a00', '#f5a15c'],
  green: ['#0a755a', '#52cfa8'],
  /** Fills of the confusion matrix under text, for right and wrong answers at full strength. */
  right: ['#7ab0e3', '#2a639f'],
  wrong: ['#efa05c', '#94480a'],
  /** Marks of up to eight labels or sources; every second one is square too. */
  kind1: ['#0b62ab', '#6cb2f5'],
  kind2: ['#c95a00', '#f5a15c'],
  kind3: ['#0a755a', '#52cfa8'],
  kind4: ['#c2307a', '#f58ac0'],
  kind5: ['#7447c4', '#b79bf5'],
  kind6: ['#8a6d00', '#d9c04a'],
  kind7: ['#b92d2d', '#ff8f80'],
  kind8: ['#2b3036', '#e6e9ee'],
} as const satisfies Readonly<Record<string, readonly [light: string, dark: string]>>;

const variables = (scheme: 0 | 1): string =>
  Object.entries(palette)
    .map(([name, colours]) => `--${name}:${colours[scheme]};`)
    .join('');

/** The style sheet of every page: system fonts, light and dark, narrow screens, paper. */
export const styleSheet = `
:root{color-scheme:light dark;${variables(0)}--plot-background:var(--page)}
@media (prefers-color-scheme:dark){:root{${variables(1)}}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-padding-top:1rem}
body{margin:0;background:var(--page);color:var(--text);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;overflow-wrap:anywhere}
main,header,footer{max-width:1080px;margin:0 auto;padding:0 20px}
header{padding-top:40px}
footer{padding-top:32px;padding-bottom:48px;color:var(--muted);font-size:.875rem}
h1{font-size:1.9rem;line-height:1.2;font-weight:650;letter-spacing:-.015em;margin:0 0 .4rem}
h2{font-size:1.3rem;line-height:1.3;font-weight:650;letter-spacing:-.01em;margin:0 0 .3rem}
h3{font-size:1rem;font-weight:600;margin:1.6rem 0 .4rem}
p{margin:.4rem 0;max-width:72ch}
a{color:var(--blue)}
.lead{color:var(--muted)}
nav{margin:18px 0 0;font-size:.9rem;display:flex;flex-wrap:wrap;gap:4px 16px}
nav a{text-decoration:none;padding:2px 0}
nav a:hover,nav a:focus{text-decoration:underline}
section{margin:44px 0 0;padding-top:28px;border-top:1px solid var(--line)}
section.first{border:0;padding-top:0;margin-top:26px}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(270px,1fr));gap:12px;margin:0 0 18px;padding:0;list-style:none}
.cards li{background:var(--surface);border-radius:10px;padding:14px 16px;min-width:0}
.cards .name{font-size:.875rem;color:var(--muted)}
.cards .value{display:block;font-size:1.75rem;line-height:1.25;font-weight:600;font-variant-numeric:tabular-nums;letter-spacing:-.02em}
.cards .value small{font-size:1.05rem;font-weight:500;color:var(--muted)}
.cards .beside{display:block;font-size:.8125rem;line-height:1.45;color:var(--muted);font-variant-numeric:tabular-nums}
.track{display:block;position:relative;height:8px;margin:7px 0 8px;border-radius:4px;background:var(--line);overflow:hidden}
.track b{position:absolute;top:0;bottom:0;min-width:3px;background:var(--blue);border-radius:4px}
.track i{position:absolute;top:0;bottom:0;width:2px;background:var(--text)}
.says{font-size:1.05rem;margin:0;padding-left:1.2rem;max-width:76ch}
.says li{margin:.3rem 0}
.row{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,300px),1fr));gap:8px 24px;align-items:start}
figure{margin:12px 0 0;min-width:0}
figcaption{font-weight:600;font-size:.9rem;margin-bottom:2px}
.scroll{overflow-x:auto;max-width:100%}
.scroll:focus-visible{outline:2px solid var(--blue);outline-offset:2px}
svg.plot{display:block;width:100%;height:auto;fill:currentColor;font:12px system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;overflow:visible}
svg.plot text,svg.plot tspan{white-space:pre}
.scroll svg.plot{overflow:hidden}
.legend{font-size:.8125rem;color:var(--muted);display:flex;flex-wrap:wrap;gap:2px 16px;max-width:none}
.legend i{display:inline-block;vertical-align:middle;margin-right:6px;width:20px;border-top:2.5px solid}
.legend i.dashed{border-top-style:dashed}
.legend i.box,.legend i.square{width:12px;height:12px;border:0;border-radius:2px;background:currentColor}
.legend i.square{width:9px;height:9px;border-radius:0}
.legend i.triangle{width:0;border:6px solid transparent;border-top:0;border-bottom:10px solid}
.legend i.circle{width:9px;height:9px;border:0;border-radius:50%;background:currentColor}
.together{display:flex;flex-wrap:wrap;gap:8px 32px;align-items:start}
.together>figure{flex:1 1 min(100%,540px)}
.groups.short{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,440px),1fr));gap:0 32px}
table{border-collapse:collapse;font-size:.875rem;font-variant-numeric:tabular-nums;min-width:min(100%,26rem)}
caption{text-align:left;font-weight:600;padding:8px 0 4px}
th,td{text-align:right;padding:5px 20px 5px 0;border-bottom:1px solid var(--line);vertical-align:top}
th:first-child,td:first-child,th.words,td.words{text-align:left}
th:last-child,td:last-child{padding-right:0}
thead th{color:var(--muted);font-weight:500}
tbody th{font-weight:500}
td small{display:block;color:var(--muted);font-size:.8125rem}
td.none{color:var(--muted)}
table.facts{width:100%}
table.facts th{width:11rem;color:var(--muted)}
table.facts td{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.8125rem;text-align:left}
.scroll td,.scroll thead th{white-space:nowrap}
.scroll tbody th,.scroll .long{white-space:normal;overflow-wrap:anywhere;min-width:7rem;max-width:22rem}
.scroll thead th:not(.long){max-width:14rem;overflow:hidden;text-overflow:ellipsis}
.swatch{display:inline-block;width:1.6em;height:1.1em;border:1px solid var(--line);border-radius:3px;vertical-align:text-bottom;margin-right:.5em}
.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(88px,1fr));gap:8px;margin:6px 0 0;padding:0;list-style:none}
.grid.wide{grid-template-columns:repeat(auto-fill,minmax(140px,1fr));gap:14px}
.grid li{min-width:0;font-size:.8125rem;line-height:1.4}
.grid img{display:block;width:100%;aspect-ratio:1;object-fit:contain;background:#000;border-radius:6px;margin-bottom:4px}
.maps img{image-rendering:pixelated;border-radius:2px}
.maps .source img{outline:2px solid var(--blue);outline-offset:-1px}
.grid.maps{grid-template-columns:repeat(auto-fill,minmax(64px,1fr));gap:4px}
.vote{display:grid;grid-template-columns:minmax(0,1fr) minmax(60px,120px) 5.6rem;gap:2px 10px;align-items:center;padding:3px 0;font-size:.875rem;line-height:1.3}
.vote .pair{display:block;background:var(--surface);border-radius:2px}
.pair i{display:block;height:6px;min-width:1px;border-radius:1px;margin:1px 0}
.pair .predicted{background:var(--blue)}
.pair .observed{background:var(--orange)}
.vote .numbers{color:var(--muted);font-size:.8125rem;font-variant-numeric:tabular-nums;white-space:nowrap;text-align:right}
.vote .numbers b{color:var(--text);font-weight:600}
.tree{max-width:720px}
.tree h3{margin:1rem 0 .2rem}
.tree ul{list-style:none;margin:0;padding:0}
.tree li .asks{margin:0 0 .9rem 2px;padding-left:18px;border-left:2px solid var(--line)}
.tree .asks .asks .asks .asks .asks{margin-left:0;padding-left:0;border:0}
.tree .asks{break-inside:avoid-page}
.grid.texts{grid-template-columns:repeat(auto-fill,minmax(min(100%,230px),1fr));gap:18px 24px}
.texts img{max-width:140px}
.texts .text{margin:0 0 4px;padding-left:10px;border-left:2px solid var(--line)}
.grid.voted{grid-template-columns:repeat(auto-fill,minmax(min(100%,320px),1fr));gap:20px 28px}
.voted li{display:grid;grid-template-columns:96px minmax(0,1fr);gap:14px;align-items:start}
.voted .vote{grid-template-columns:minmax(0,1fr) 5.2rem;font-size:.8125rem}
.voted .what{grid-column:1/-1}
.voted .what.clip{-webkit-line-clamp:1}
.clip{display:-webkit-box;-webkit-line-clamp:2;-webkit-box-orient:vertical;overflow:hidden}
.id{display:block;color:var(--muted);font-size:.75rem}
.id.clip{display:-webkit-box}
.truth b{color:var(--green)}
.answer b{color:var(--orange)}
.board{display:flex;border:1px solid var(--line);border-radius:8px;background:var(--surface);overflow:hidden;margin-top:12px}
.board svg{display:block;flex:1 1 0;min-width:0;height:auto;touch-action:pan-y}
.board svg:focus-visible{outline:2px solid var(--blue);outline-offset:-3px}
.board path{fill:none;stroke:currentColor;stroke-width:5.5px;stroke-linecap:round;stroke-opacity:.72;vector-effect:non-scaling-stroke}
.board path.few{stroke-width:9px}
.board path.many{stroke-width:4px}
.board path.square{stroke-linecap:square}
.board path.other{color:var(--muted);stroke-opacity:.45}
.board .here{fill:none;stroke:var(--text);stroke-width:2px;vector-effect:non-scaling-stroke}
.board .seen{flex:0 0 172px;margin:0;padding:14px;border-left:1px solid var(--line);background:var(--page);font-size:.8125rem;line-height:1.35}
.seen figcaption{font-size:inherit;font-weight:400;color:var(--muted)}
.seen figcaption b{color:var(--text)}
.seen .clip{-webkit-line-clamp:4}
.seen div{overflow:hidden;border-radius:4px;margin:0 0 8px;background:#000}
.seen img{display:block;max-width:none;image-rendering:auto}
.seen b{display:block}
.tools{display:flex;flex-wrap:wrap;gap:6px;margin:8px 0 0;max-width:none}
.tools button{font:inherit;font-size:.8125rem;color:var(--text);background:var(--surface);border:1px solid var(--line);border-radius:6px;padding:4px 10px;cursor:pointer;min-height:30px}
.tools button:focus-visible{outline:2px solid var(--blue);outline-offset:2px}
.tools button[aria-pressed=false]{color:var(--muted);text-decoration:line-through}
.tools button[aria-pressed=false] i{opacity:.25}
.tools i{display:inline-block;width:10px;height:10px;margin-right:6px;border-radius:50%;background:currentColor}
.tools i.square{border-radius:1px}
.tools span{font-size:.8125rem;padding:4px 4px}
[hidden]{display:none!important}
.copies{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,310px),1fr));gap:18px 24px;margin:12px 0 0;padding:0;list-style:none}
.copies>li{border-top:1px solid var(--line);padding-top:8px;min-width:0;font-size:.8125rem}
.copies ul{display:flex;flex-wrap:wrap;gap:10px;margin:6px 0 0;padding:0;list-style:none}
.copies ul li{width:72px;line-height:1.3}
.copies img{display:block;width:72px;height:72px;object-fit:contain;background:#000;border-radius:4px;margin-bottom:3px}
.copies .differ{color:var(--orange);font-weight:600}
pre{background:var(--surface);border-radius:8px;padding:14px 16px;overflow-x:auto;font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:normal;margin:8px 0;tab-size:2}
pre.command{white-space:pre-wrap;overflow-wrap:anywhere}
details{margin-top:12px}
summary{cursor:pointer;color:var(--blue);font-size:.9rem}
@media (max-width:700px){.board{display:block}.board path{stroke-width:3.5px}.board path.many{stroke-width:2.5px}.board svg{width:100%}.board .seen{display:flex;gap:12px;height:172px;border-left:0;border-top:1px solid var(--line)}.seen div{flex:none}}
@media (max-width:520px){.vote{grid-template-columns:minmax(0,1fr) 64px 5.4rem}.tree li .asks{padding-left:10px}main,header,footer{padding-left:14px;padding-right:14px}header{padding-top:24px}h1{font-size:1.5rem}.cards{grid-template-columns:repeat(auto-fill,minmax(150px,1fr));gap:8px}.cards li{padding:10px 12px}.cards .value{font-size:1.4rem}table.facts th{width:7rem}}
@media print{:root{color-scheme:light;${variables(0)}}body{font-size:11pt}nav{display:none}main,header,footer{max-width:none;padding-left:0;padding-right:0}section{break-inside:auto}figure,.cards li,.grid li,tr{break-inside:avoid}h2,h3{break-after:avoid}pre{white-space:pre-wrap}.scroll{overflow:visible}.scroll td,.scroll thead th{white-space:normal;overflow-wrap:break-word}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
`.trim();
