// What runs in the page: how wide it is, which boxes overlap, which words are hard to read.
const out = {};
const shown = e => { const r = e.getBoundingClientRect();
  return r.width > 0 && r.height > 0 && e.checkVisibility({ visibilityProperty: true }); };
out.width = document.documentElement.scrollWidth; out.window = innerWidth;
out.height = document.documentElement.scrollHeight;
const boxes = [...document.querySelectorAll(
  '#claims td, .cards a, nav a, h1, h2, .banner, summary, .plots figure, dt, dd')].filter(shown);
out.boxes = boxes.length;
out.overlaps = [];
const rects = boxes.map(e => e.getBoundingClientRect());
for (let i = 0; i < boxes.length; i++) for (let j = i + 1; j < Math.min(boxes.length, i + 40); j++) {
  if (boxes[i].contains(boxes[j]) || boxes[j].contains(boxes[i])) continue;
  const a = rects[i], b = rects[j];
  if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 &&
      Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1)
    out.overlaps.push([boxes[i].textContent.trim().slice(0, 40), boxes[j].textContent.trim().slice(0, 40)]);
}
out.spilling = [...document.querySelectorAll('#claims td, .cards a, .banner, h1')].filter(shown)
  .filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.textContent.trim().slice(0, 40));
const rgb = text => { const m = text.match(/[\d.]+/g).map(Number); return m; };
const light = c => { const f = c.slice(0, 3).map(v => { v /= 255;
  return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
  return 0.2126 * f[0] + 0.7152 * f[1] + 0.0722 * f[2]; };
const ground = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor);
  if (c.length < 4 || c[3] > 0.5) return c; } return [255, 255, 255]; };
const faint = {}; let seen = 0;
const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walk.nextNode()) { const e = walk.currentNode.parentElement;
  if (!walk.currentNode.data.trim() || !shown(e) || ['STYLE', 'SCRIPT', 'TITLE', 'title'].includes(e.tagName)
      || e.closest('.drawing svg')) continue;
  seen++;
  const style = getComputedStyle(e), inDrawing = e.closest('svg');
  const a = light(rgb(inDrawing ? style.fill : style.color)), b = light(ground(e));
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (ratio < 4.5) faint[style.color + ' on ' + ground(e)] = [ratio, walk.currentNode.data.trim().slice(0, 30)]; }
out.faint = faint; out.words = seen;
out.dark = matchMedia('(prefers-color-scheme: dark)').matches;
parent.document.getElementById('found').textContent = JSON.stringify(out);
