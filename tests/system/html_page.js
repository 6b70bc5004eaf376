// SPDX-License-Identifier: Apache-2.0
// Runs in the page that Chromium has laid out; gives back what a person sees of it, as tests/system/html_suite.py defines.
(() => {
  const near = (a, b) => a.every((v, i) => Math.abs(v - b[i]) <= 8);
  const colour = text => {
    const n = text.match(/[\d.]+/g).map(Number);
    return { rgb: n.slice(0, 3), alpha: n.length > 3 ? n[3] : 1 };
  };
  // What lies behind the element: [r, g, b], or null where a picture does or nobody can say.
  const ground = element => {
    for (let e = element; e; e = e.parentElement) {
      const style = getComputedStyle(e);
      if (style.backgroundImage !== "none") return null;
      const c = colour(style.backgroundColor);
      if (c.alpha > 0) return c.rgb;
      if (style.position === "absolute" || style.position === "fixed") return null;
    }
    return [255, 255, 255];
  };
  const boxHides = (element, rects) => {
    for (let e = element; e; e = e.parentElement) {
      const style = getComputedStyle(e);
      if (Number(style.opacity) < 0.02) return true;
      if (/inset\((5\d|[6-9]\d|100)%/.test(style.clipPath)) return true;
      const clip = style.clip.match(/^rect\((.*)\)$/);
      if (clip && style.position === "absolute") {
        const n = clip[1].split(/[ ,]+/).map(parseFloat);
        if (n[2] - n[0] <= 1 || n[1] - n[3] <= 1) return true;
      }
      if (style.overflow === "visible" || style.display === "inline") continue;
      const box = e.getBoundingClientRect();
      if (e !== document.body && e !== document.documentElement && (box.width <= 1 || box.height <= 1)) return true;
    }
    return rects.every(r => r.right <= 0 || r.bottom + scrollY <= 0 || r.left >= 2000 || r.width * r.height === 0);
  };
  const unpainted = node => {
    const element = node.parentElement, style = getComputedStyle(element);
    if (parseFloat(style.fontSize) < 1) return true;
    const ink = colour(style.color);
    if (ink.alpha < 0.02) return true;
    const behind = ground(element);
    if (behind && near(ink.rgb, behind)) return true;
    const range = document.createRange();
    range.selectNodeContents(node);
    const rects = [...range.getClientRects()];
    return rects.length > 0 && boxHides(element, rects);
  };
  const result = { differences: {}, alts: 0, unpainted: 0 };
  const named = name => { result.differences[name] = (result.differences[name] || 0) + 1; };
  const put = (element, text) => {
    const span = document.createElement("span");
    span.style.cssText = getComputedStyle(element).display === "none" || getComputedStyle(element).visibility !== "visible" ?
      "display:none" : "font-size:16px;color:black;background:white;white-space:pre-wrap";
    span.textContent = text;
    element.replaceWith(span);
  };
  for (const e of document.querySelectorAll("details:not([open])")) { e.open = true; named("details"); }
  for (const e of document.querySelectorAll("svg")) { e.remove(); named("svg"); }
  const hidden = [], walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode())
    if (node.data.trim() && unpainted(node)) hidden.push(node);
  const shown = e => { for (; e; e = e.parentElement) if (boxHides(e, [{ right: 1, bottom: 1, left: 0, width: 1, height: 1 }])) return false; return true; };
  const pictures = [...document.querySelectorAll("img[alt], input[type=image]")].map(e => [e, e.alt.trim() && shown(e)]);
  const fields = [...document.querySelectorAll("input, textarea, select")].map(e => [e, shown(e)]);
  for (const e of document.querySelectorAll("mi")) { e.style.textTransform = "none"; named("math"); }
  const laid = e => e.getClientRects().length > 0;
  result.tables = [...document.querySelectorAll("table.data")].map(table => [...table.rows].filter(row =>
    laid(row)).map(row => [...row.cells].filter(laid).map(cell => ({
      text: cell.innerText, columns: cell.colSpan, rows: cell.rowSpan }))));
  for (const node of hidden) { result.unpainted += node.data.replace(/\s/g, "").length; node.data = ""; }
  for (const [e, seen] of pictures) if (seen) { put(e, `[画像: ${e.alt.trim()}]`); result.alts++; } else e.remove();
  const words = { submit: "[送信 / submit]", reset: "[取消 / reset]" };
  for (const [e, seen] of fields) {
    if (!e.isConnected) continue;
    if (!seen) { e.remove(); continue; }
    const type = e.type;
    if (e.tagName === "SELECT") put(e, [...e.options].map(o => "\n" + o.text).join("") + "\n");
    else if (e.tagName === "TEXTAREA") put(e, "\n" + (e.value || e.placeholder) + "\n");
    else if (type === "hidden") e.remove();
    else if (type === "checkbox") put(e, e.checked ? "[x]" : "[ ]");
    else if (type === "radio") put(e, e.checked ? "(x)" : "( )");
    else if (type === "password" || type === "file") put(e, "[____]");
    else put(e, e.value ? `[${e.value}]` : words[type] || (e.placeholder ? `[${e.placeholder}]` : "[____]"));
    named("form");
  }
  result.text = (document.body || document.documentElement).innerText;
  result.ruby = document.querySelectorAll("rt").length;
  result.quotes = document.querySelectorAll("q").length;
  return result;
})()
