// Bottom sheets and menus inside one phone. Each keeps to its phone: the other phone on the page
// stays usable, so these are not modal dialogs of the document.

import { el, icon } from "./dom.js";

const FOCUSABLE = "button:not([disabled]), a[href], input:not([disabled]), select, textarea, [tabindex='0']";

/**
 * Slide a sheet over `screen` (an element with position: relative whose children become inert).
 * build(close) returns the sheet's content, or {content, actions}; actions stay visible at the foot.
 * Escape, the backdrop and the cross close it, and focus goes back to where it was.
 */
export function openSheet(screen, { title, testid, build, onClose }) {
  closeOverlays(screen);
  const before = document.activeElement;
  const others = [...screen.children];
  for (const child of others) child.inert = true;

  const overlay = el("div", { class: "overlay" });
  const close = () => {
    if (!overlay.isConnected) return;
    overlay.remove();
    for (const child of others) child.inert = false;
    onClose?.();
    if (before?.isConnected) before.focus({ preventScroll: true });
  };
  overlay.closeOverlay = close;
  const built = build(close);
  const { content, actions } = built instanceof Node ? { content: built, actions: null } : built;
  const sheet = el("section", { class: "sheet", role: "dialog", "aria-modal": "true", "aria-label": title, dataset: { testid: testid ?? "sheet" } },
    el("header", { class: "sheet-head" },
      el("button", { type: "button", class: "icon-button", "aria-label": "Close", on: { click: close } }, icon("close")),
      el("h2", { dir: "auto" }, title)),
    el("div", { class: "sheet-body" }, content),
    actions ? el("footer", { class: "sheet-foot" }, actions) : null);
  overlay.append(el("div", { class: "backdrop", on: { click: close } }), sheet);
  overlay.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { event.stopPropagation(); close(); }
    if (event.key === "Tab") keepFocus(event, sheet);
  });
  screen.append(overlay);
  (sheet.querySelector("[autofocus]") ?? sheet.querySelector(FOCUSABLE)).focus({ preventScroll: true });
  return close;
}

/** Close what is open over a phone, if anything. */
export function closeOverlays(screen) {
  for (const overlay of screen.querySelectorAll(".overlay, .menu-layer")) overlay.closeOverlay?.();
}

function keepFocus(event, root) {
  const all = [...root.querySelectorAll(FOCUSABLE)].filter((n) => n.offsetParent !== null);
  const first = all[0];
  const last = all.at(-1);
  if (event.shiftKey && document.activeElement === first) { event.preventDefault(); last.focus(); }
  else if (!event.shiftKey && document.activeElement === last) { event.preventDefault(); first.focus(); }
}

/**
 * A small menu beside `anchor`. items: {label, icon?, run, checked?, note?, testid?}, or {row: [..]}
 * for a line of emoji buttons. Arrow keys move, Escape closes.
 */
export function openMenu(screen, anchor, items, label = "Menu") {
  closeOverlays(screen);
  const layer = el("div", { class: "menu-layer" });
  const close = (refocus = true) => {
    layer.remove();
    anchor.setAttribute("aria-expanded", "false");
    if (refocus && anchor.isConnected) anchor.focus({ preventScroll: true });
  };
  layer.closeOverlay = () => close(false);
  const entry = (item, cls, ...inner) => el("button", {
    type: "button", class: cls, role: item.checked === undefined ? "menuitem" : "menuitemradio", "aria-label": item.name,
    "aria-checked": item.checked === undefined ? null : String(item.checked), dataset: { testid: item.testid },
    on: { click: () => { close(); item.run(); } },
  }, ...inner);
  const menu = el("div", { class: "menu", role: "menu", "aria-label": label }, ...items.map((item) => {
    if (item.row) return el("div", { class: "menu-row", role: "group" }, ...item.row.map((r) => entry(r, "emoji", r.label)));
    return entry(item, "menu-item", item.icon ? icon(item.icon) : null,
      el("span", { class: "menu-text" }, el("span", { dir: "auto" }, item.label), item.note ? el("small", { dir: "auto" }, item.note) : null),
      item.checked ? icon("check") : null);
  }));
  layer.append(el("div", { class: "menu-backdrop", on: { click: () => close() } }), menu);
  layer.addEventListener("keydown", (event) => {
    const all = [...menu.querySelectorAll("button")];
    const at = all.indexOf(document.activeElement);
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (step) { event.preventDefault(); all[(at + step + all.length) % all.length].focus(); }
    if (event.key === "Escape" || event.key === "Tab") { event.preventDefault(); event.stopPropagation(); close(); }
  });
  screen.append(layer);
  anchor.setAttribute("aria-expanded", "true");
  place(menu, anchor, screen);
  menu.querySelector("button")?.focus({ preventScroll: true });
}

/** Beside the anchor, inside the screen: below it where there is room, else above. */
function place(menu, anchor, screen) {
  const a = anchor.getBoundingClientRect();
  const s = screen.getBoundingClientRect();
  const gap = 6;
  const below = a.bottom - s.top + gap;
  const fits = below + menu.offsetHeight + gap < s.height;
  const top = fits ? below : Math.max(gap, a.top - s.top - menu.offsetHeight - gap);
  const left = Math.min(Math.max(gap, a.right - s.left - menu.offsetWidth), s.width - menu.offsetWidth - gap);
  menu.style.setProperty("top", `${top}px`);
  menu.style.setProperty("left", `${Math.max(gap, left)}px`);
}

/** A labelled field of a form in a sheet. */
export function field(label, input, hint) {
  return el("label", { class: "field" }, el("span", { class: "field-label" }, label), input, hint ? el("small", { class: "muted" }, hint) : null);
}
