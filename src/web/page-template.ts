import { escapeMarkup, fontStack } from "../report/markup.js";
import { paletteStyle } from "../report/palette.js";
import { dataElements } from "./page-content.js";

/** The parts of a page. */
export interface PageParts {
  /** Of the window, and the heading. */
  readonly title: string;
  /** A sentence under the heading. */
  readonly lead: string;
  /** Whether pictures can be drawn. */
  readonly draws: boolean;
  /** JSON. */
  readonly content: string;
  /** Base64 of gzip. */
  readonly weights: string;
  readonly kernels: string;
  /** JavaScript, base64 of gzip. */
  readonly script: string;
}

/** A page in one file that loads nothing else; its policy forbids it to. */
export function pageMarkup(parts: PageParts): string {
  const { title, lead, draws } = parts;
  const help =
    "Drawing. Arrow keys move the pen, the space bar puts it down and lifts it, Delete clears.";
  const role = draws
    ? `tabindex="0" role="application" aria-label="${help}"`
    : 'role="img" aria-label="The picture"';
  const task = draws ? "Draw here, or drop a picture" : "Drop a picture here";
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline' 'wasm-unsafe-eval'; style-src 'unsafe-inline'; img-src data: blob:">
<title>${escapeMarkup(title)}</title>
<style>
${paletteStyle()}
${style}</style>
</head>
<body>
<main>
<header>
<h1>${escapeMarkup(title)}</h1>
<p>${escapeMarkup(lead)}</p>
</header>
<div class="work">
<section aria-label="Picture">
<canvas id="pad" width="336" height="336" ${role}></canvas>
<p class="task">${escapeMarkup(task)}, or paste one.</p>
<div class="buttons"><button id="choose" type="button">Choose a picture…</button><button id="clear" type="button">Clear</button><input id="file" type="file" accept="image/*" hidden></div>
<p id="problem" role="alert"></p>
</section>
<section id="result" class="waiting" aria-label="Prediction">
<p class="answer" aria-live="polite"><strong id="answer">–</strong> <span id="sure"></span></p>
<ol id="bars"></ol>
<div class="views">
<figure><canvas id="seen" width="28" height="28"></canvas><figcaption>what the network gets</figcaption></figure>
<figure id="after" hidden><canvas id="warped" width="28" height="28"></canvas><figcaption>after its transformer</figcaption></figure>
</div>
<p id="note"></p>
</section>
</div>
<footer><p>All of it happens in this page: nothing is sent anywhere. Made with Fovea.</p></footer>
</main>
<script type="application/json" id="${dataElements.content}">${parts.content.replaceAll("<", "\\u003c")}</script>
<script type="text/plain" id="${dataElements.weights}">${parts.weights}</script>
<script type="text/plain" id="${dataElements.kernels}">${parts.kernels}</script>
<script type="text/plain" id="${dataElements.script}">${parts.script}</script>
<script type="module">${starter}</script>
</body>
</html>
`;
}

/** Unpacks the page's script and runs it; says so where a browser is too old. */
const starter = `const packed=Uint8Array.from(atob(document.getElementById("${dataElements.script}").textContent),c=>c.charCodeAt(0));
try{
const text=await new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
document.body.append(Object.assign(document.createElement("script"),{type:"module",textContent:text}));
}catch{document.getElementById("problem").textContent="This page needs a newer browser.";}`;

const style = `*{box-sizing:border-box}
html{background:var(--page);color:var(--ink);-webkit-text-size-adjust:100%}
body{margin:0;font:16px/1.5 ${fontStack}}
main{max-width:860px;margin:0 auto;padding:44px 24px 40px}
h1{font-size:28px;line-height:1.2;letter-spacing:-.01em;margin:0 0 8px;overflow-wrap:anywhere}
header p{margin:0 0 32px;color:var(--muted);max-width:64ch}
.work{display:grid;grid-template-columns:336px minmax(0,1fr);gap:44px;align-items:start}
#pad{display:block;width:100%;max-width:336px;aspect-ratio:1;border-radius:14px;background:var(--panel);touch-action:none;box-shadow:0 0 0 1px var(--rule)}
.draws #pad{cursor:crosshair}
:is(#pad,button):focus-visible{outline:3px solid var(--link);outline-offset:3px}
.over #pad{box-shadow:0 0 0 4px var(--link)}
.task{color:var(--muted);font-size:14px;margin:12px 0}
.buttons{display:flex;gap:10px;flex-wrap:wrap}
button{font:inherit;font-size:15px;padding:9px 16px;min-height:44px;border-radius:10px;border:1px solid var(--edge);background:var(--panel);color:var(--ink);cursor:pointer}
button:hover{border-color:var(--link)}
#problem{color:var(--wrong);min-height:1.5em;margin:10px 0 0}
.answer{display:flex;align-items:baseline;gap:14px;flex-wrap:wrap;margin:0 0 18px;line-height:1.1}
#answer{font-size:54px;font-weight:700;letter-spacing:-.02em;overflow-wrap:anywhere}
#sure{font-size:20px;color:var(--muted);font-variant-numeric:tabular-nums}
.waiting #answer{color:var(--edge)}
.waiting .views{visibility:hidden}
#bars{list-style:none;margin:0 0 26px;padding:0;font-size:15px;display:grid;grid-template-columns:max-content 1fr 4.4em;column-gap:12px}
#bars li{display:grid;grid-column:1/-1;grid-template-columns:subgrid;align-items:center;padding:2.5px 0}
#bars .name{min-width:1.6em;max-width:10em;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
#bars .track{height:12px;border-radius:6px;background:var(--panel);overflow:hidden}
#bars i{display:block;height:100%;border-radius:6px;background:var(--edge);transition:width .12s ease-out}
#bars .value{text-align:right;color:var(--muted);font-variant-numeric:tabular-nums}
#bars .best{font-weight:650}
#bars .best i{background:var(--link)}
#bars .best .value{color:var(--ink)}
.views{display:flex;gap:22px;flex-wrap:wrap}
figure{margin:0}
figure canvas{display:block;width:112px;height:auto;border-radius:8px;image-rendering:pixelated;background:var(--panel)}
figcaption{font-size:13px;color:var(--muted);margin-top:6px}
#note{font-size:14px;color:var(--muted);min-height:1.5em}
footer{margin-top:36px;border-top:1px solid var(--rule);font-size:13px;color:var(--muted)}
@media (prefers-reduced-motion:reduce){#bars i{transition:none}}
@media (max-width:760px){
main{padding:24px 16px}
h1{font-size:23px}
header p{margin-bottom:20px}
.work{grid-template-columns:minmax(0,1fr);gap:22px}
#pad{max-width:none}
#answer{font-size:44px}
}
`;
