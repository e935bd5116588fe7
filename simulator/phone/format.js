// WhatsApp's text marks and the page's dates, as DOM nodes and strings.

import { el } from "./dom.js";

const MARKS = { "*": "strong", _: "em", "~": "s" };
const WORD = /[\p{L}\p{N}]/u;
const URL_RE = /https?:\/\/[^\s<>"]+/g;

/**
 * The nodes of a message text: `*bold*`, `_italic_`, `~strike~`, ```` ```mono``` ````, `` `code` ``,
 * "> quote" and "- item" lines, links. Line breaks are kept by CSS (white-space: pre-wrap).
 */
export function formatText(text) {
  const out = document.createDocumentFragment();
  // A fence may span lines, so it is cut out before lines are looked at.
  for (const [i, part] of String(text ?? "").split(/```([\s\S]+?)```/).entries()) {
    if (i % 2) out.append(el("code", { class: "mono" }, part));
    else if (part) appendLines(out, part);
  }
  return out;
}

function appendLines(out, text) {
  text.split("\n").forEach((line, i, all) => {
    const quote = /^> (.*)$/.exec(line);
    const item = /^[-*] (.*)$/.exec(line);
    if (quote) out.append(el("span", { class: "line-quote" }, ...inline(quote[1])));
    else if (item) out.append(el("span", { class: "line-item" }, ...inline(item[1])));
    else {
      out.append(...inline(line));
      if (i < all.length - 1) out.append("\n");
    }
  });
}

/** Nodes of one line. A mark counts only at a word's edge, as in 2*3*4 nothing is bold. */
function inline(line) {
  const nodes = [];
  let plain = "";
  const flush = () => { if (plain) nodes.push(...links(plain)); plain = ""; };
  for (let i = 0; i < line.length; i++) {
    const c = line[i];
    const end = c === "`" || MARKS[c] ? closing(line, i) : -1;
    if (end < 0) { plain += c; continue; }
    flush();
    const inner = line.slice(i + 1, end);
    nodes.push(c === "`" ? el("code", { class: "mono" }, inner) : el(MARKS[c], {}, ...inline(inner)));
    i = end;
  }
  flush();
  return nodes;
}

function closing(line, start) {
  const mark = line[start];
  const before = line[start - 1] ?? " ";
  const first = line[start + 1] ?? " ";
  if (WORD.test(before) || before === "/" || first === mark || /\s/.test(first)) return -1;
  for (let i = start + 2; i < line.length; i++) {
    if (line[i] !== mark || /\s/.test(line[i - 1])) continue;
    if (!WORD.test(line[i + 1] ?? " ")) return i;
  }
  return -1;
}

function links(text) {
  const nodes = [];
  let last = 0;
  for (const match of text.matchAll(URL_RE)) {
    const url = match[0].replace(/[.,;:!?)\]*_~]+$/, "");
    if (match.index > last) nodes.push(text.slice(last, match.index));
    nodes.push(safeLink(url, url));
    last = match.index + url.length;
  }
  if (last < text.length) nodes.push(text.slice(last));
  return nodes;
}

/** A link that opens elsewhere; only http, https, tel and mailto are links, anything else is its label. */
export function safeLink(url, label, props = {}) {
  if (!/^(https?:\/\/|tel:|mailto:)/i.test(url ?? "")) return el("span", props, label);
  return el("a", { href: url, target: "_blank", rel: "noopener noreferrer nofollow", ...props }, label);
}

/** The text without its marks, on one line: for quotes and the thread's accessible names. */
export function plainText(text) {
  const holder = el("span");
  holder.append(formatText(text));
  return holder.textContent.replace(/\s+/g, " ").trim();
}

const dayKey = (date) => `${date.getFullYear()}-${date.getMonth()}-${date.getDate()}`;
const clockFormat = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hour12: false });
const weekdayFormat = new Intl.DateTimeFormat(undefined, { weekday: "long" });
const dateFormat = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long", year: "numeric" });
const fullFormat = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hour12: false });

/** Unix seconds (number or string), milliseconds or an RFC 3339 string as a Date. */
export function toDate(value) {
  if (typeof value === "string" && !/^\d+$/.test(value)) return new Date(value);
  const n = Number(value);
  return new Date(n > 1e11 ? n : n * 1000);
}

export const timeOf = (date) => clockFormat.format(date);
export const fullTime = (date) => fullFormat.format(date);
export const sameDay = (a, b) => dayKey(a) === dayKey(b);

/** What stands between two days of a thread: Today, Yesterday, a weekday, a date. */
export function dayLabel(date, now) {
  const midnight = (d) => new Date(d.getFullYear(), d.getMonth(), d.getDate()).getTime();
  const days = Math.round((midnight(now) - midnight(date)) / 86400000);
  if (days <= 0) return "Today";
  if (days === 1) return "Yesterday";
  return days < 7 ? weekdayFormat.format(date) : dateFormat.format(date);
}

/** +263770000001 as +263 77 000 0001 where the pattern is known, else grouped by three. */
export function prettyPhone(digits) {
  const d = String(digits ?? "").replace(/\D/g, "");
  const zw = /^263(\d{2})(\d{3})(\d{4})$/.exec(d);
  if (zw) return `+263 ${zw[1]} ${zw[2]} ${zw[3]}`;
  return d ? `+${d.replace(/(\d{3})(?=\d{3})/g, "$1 ")}` : "";
}

export function fileSize(bytes) {
  if (!bytes) return "";
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1048576 ? `${Math.round(bytes / 1024)} kB` : `${(bytes / 1048576).toFixed(1)} MB`;
}
