// Building DOM without markup strings. Names, texts and captions come from people we do not know,
// so nothing in this page ever assigns innerHTML: strings become text nodes.

const SVG = "http://www.w3.org/2000/svg";

/**
 * Make an element. Props: `class`, `dataset` (object), `on` (event name to listener), `hidden`-like
 * booleans, and attributes by their HTML name (`aria-label`, `for`, ...). null and false are left out.
 */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") for (const [event, fn] of Object.entries(value)) node.addEventListener(event, fn);
    else if (name === "dataset") for (const [key, v] of Object.entries(value)) { if (v != null) node.dataset[key] = v; }
    else if (name === "value" || name === "checked") node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((c) => c !== null && c !== undefined && c !== false));
  return node;
}

/** Draw an SVG node from [tag, attributes, ...children] arrays. */
export function svg(tag, attrs = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attrs)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

const ICONS = {
  send: ["M3.4 20.4 21 12 3.4 3.6l-.1 6.6L15 12 3.3 13.8z"],
  attach: ["M12 5v14M5 12h14"],
  menu: ["M12 5.5h.01M12 12h.01M12 18.5h.01"],
  close: ["M6 6l12 12M18 6 6 18"],
  down: ["M6 9l6 6 6-6"],
  check: ["M5 12.5l4.5 4.5L19 7.5"],
  list: ["M8 6.5h12M8 12h12M8 17.5h12M4 6.5h.01M4 12h.01M4 17.5h.01"],
  link: ["M14 5h5v5M19 5l-8 8M11 6H6v12h12v-5"],
  reply: ["M9 6l-5 5 5 5M4 11h9a6 6 0 0 1 6 6v1"],
  copy: ["M9 9h10v11H9zM5 15V4h10"],
  phone: ["M6 3.5h3l1.5 4.5-2 1.5a12 12 0 0 0 6 6l1.5-2 4.5 1.5v3A2.5 2.5 0 0 1 18 20.5A15 15 0 0 1 3.5 6 2.5 2.5 0 0 1 6 3.5z"],
  pin: ["M12 21s-7-6.2-7-11.5a7 7 0 0 1 14 0C19 14.8 12 21 12 21z", "M12 12a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z"],
  image: ["M4 5h16v14H4z", "M4 16l5-5 4 4 3-3 4 4", "M15.5 9h.01"],
  file: ["M6 3h8l5 5v13H6z", "M14 3v5h5"],
  poll: ["M5 20V10M12 20V4M19 20v-7"],
  person: ["M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8z", "M4.5 20.5c.8-4 3.7-6 7.5-6s6.7 2 7.5 6"],
  add: ["M12 5v14M5 12h14"],
  sliders: ["M4 7h9M17 7h3M4 17h3M11 17h9", "M15 9.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM9 19.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z"],
  alert: ["M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z", "M12 7.5v5.5M12 16.3h.01"],
  shop: ["M4 10v10h16V10", "M3 9l2-5h14l2 5a3 3 0 0 1-6 0 3 3 0 0 1-6 0 3 3 0 0 1-6 0z", "M10 20v-5h4v5"],
};

/** A 24x24 line icon by name; decoration only, hidden from assistive technology. */
export function icon(name, cls = "") {
  return svg("svg", { viewBox: "0 0 24 24", class: `icon icon-${name} ${cls}`, "aria-hidden": "true", focusable: "false" },
    ...ICONS[name].map((d) => svg("path", { d })));
}

const TICKS = {
  sent: ["M4 6.5l3 3L12.5 3"],
  delivered: ["M1 6.5l3 3L9.5 3", "M7.5 9.3l.2.2L13.7 3"],
};
TICKS.read = TICKS.played = TICKS.delivered; // told apart by colour
const TICK_WORDS = { accepted: "On its way", sent: "Sent", delivered: "Delivered", read: "Read", played: "Played", failed: "Failed" };

/** The state of a message: one grey tick sent, two delivered, two blue read, a red mark failed. */
export function ticks(status, why = "") {
  const label = (TICK_WORDS[status] ?? status) + (why ? `: ${why}` : "");
  const holder = el("span", { class: "ticks", role: "img", "aria-label": label, title: label, dataset: { testid: "ticks", status } });
  if (status === "failed") holder.append(el("span", { class: "ticks-failed" }, "!"));
  else {
    const shape = TICKS[status] ?? TICKS.sent;
    holder.append(svg("svg", { viewBox: "0 0 16 12", "aria-hidden": "true" }, ...shape.map((d) => svg("path", { d }))));
  }
  return holder;
}

/** A round badge with a person's or shop's initials, in a colour that follows from the name. */
export function avatar(name, cls = "") {
  const words = [...(name || "?").replace(/[^\p{L}\p{N} ]/gu, "").trim().split(/\s+/)].filter(Boolean);
  const initials = words.length ? words.slice(0, 2).map((w) => [...w][0]).join("").toUpperCase() : "?";
  let sum = 0;
  for (const c of name || "") sum = (sum * 31 + c.codePointAt(0)) >>> 0;
  return el("span", { class: `avatar tint-${sum % 6} ${cls}`, "aria-hidden": "true" }, initials);
}
