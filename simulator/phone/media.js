// Cards inside bubbles: pictures, files, sound, places, contacts. All drawn here; nothing is fetched
// from outside, a place is a drawing and never a map tile.

import { el, svg, icon, avatar } from "./dom.js";
import { sim } from "./api.js";
import { formatText, prettyPhone, fileSize, safeLink } from "./format.js";

/**
 * Where a media node's bytes are: the url the simulator gives it, the uploaded id, or its link. What
 * is elsewhere is left out (null), because the page's policy loads only what this server serves.
 */
export function mediaURL(node) {
  return own(node?.url) ?? (node?.id ? sim.mediaURL(node.id) : own(node?.link));
}

function own(address) {
  if (!address) return null;
  try {
    const url = new URL(address, location.href);
    return url.origin === location.origin || url.protocol === "data:" ? url.href : null;
  } catch {
    return null;
  }
}

export function imageCard(node, { alt = "Picture", sticker = false } = {}) {
  const url = mediaURL(node);
  if (!url) return missing("image", "Picture", node?.link);
  const img = el("img", { src: url, alt: node.caption || alt, class: sticker ? "sticker" : "photo", decoding: "async", width: "320", height: sticker ? "320" : "240" });
  img.addEventListener("error", () => frame.replaceWith(missing("image", "Picture", node.link)), { once: true });
  // The natural shape is known only after loading; until then the box keeps a 4:3 place.
  img.addEventListener("load", () => { img.removeAttribute("width"); img.removeAttribute("height"); }, { once: true });
  const frame = sticker ? img : safeOwnLink(url, img);
  return frame;
}

function safeOwnLink(url, child) {
  return el("a", { href: url, target: "_blank", rel: "noopener", class: "photo-link", "aria-label": "Open the picture" }, child);
}

function missing(kind, label, link) {
  const host = hostOf(link);
  return el("div", { class: "file-card missing" }, el("span", { class: "file-icon" }, icon(kind)),
    el("span", { class: "file-text" }, el("span", { class: "file-name" }, label),
      link && /^https?:/i.test(link) ? safeLink(link, host ? `on ${host}` : "open", { class: "file-note" }) : el("span", { class: "file-note" }, "not available")));
}

function hostOf(link) {
  try { return new URL(link).host; } catch { return ""; }
}

export function videoCard(node) {
  const url = mediaURL(node);
  return url ? el("video", { src: url, controls: true, preload: "metadata", class: "photo" }) : missing("file", "Video", node?.link);
}

export function audioCard(node) {
  const url = mediaURL(node);
  if (!url) return missing("file", node?.voice ? "Voice message" : "Audio", node?.link);
  return el("audio", { src: url, controls: true, preload: "none", class: "audio", "aria-label": node.voice ? "Voice message" : "Audio" });
}

export function documentCard(node) {
  const url = mediaURL(node);
  const name = node?.filename || hostOf(node?.link) || "Document";
  const kind = /\.([a-z0-9]{1,5})$/i.exec(name)?.[1]?.toUpperCase() || node?.mime_type?.split("/")[1]?.slice(0, 5).toUpperCase() || "FILE";
  const note = [kind, fileSize(node?.file_size)].filter(Boolean).join(" · ");
  const inner = [el("span", { class: "file-icon" }, icon("file")),
    el("span", { class: "file-text" }, el("span", { class: "file-name", dir: "auto" }, name), el("span", { class: "file-note" }, note))];
  if (url) return el("a", { class: "file-card", href: url, target: "_blank", rel: "noopener", download: name }, ...inner);
  return node?.link ? safeLink(node.link, el("span", { class: "file-card" }, ...inner), { class: "bare-link" }) : el("div", { class: "file-card missing" }, ...inner);
}

const round = (n) => Number(n).toFixed(5);

/** A place: streets drawn from the coordinates (same place, same drawing), a pin, name and numbers. */
export function locationCard(node) {
  const lat = Number(node?.latitude);
  const lng = Number(node?.longitude);
  const known = Number.isFinite(lat) && Number.isFinite(lng);
  return el("div", { class: "place", role: "group", "aria-label": `Location ${node?.name ?? ""}` },
    drawing(known ? lat : 0, known ? lng : 0),
    el("div", { class: "place-text" },
      node?.name ? el("strong", { dir: "auto" }, node.name) : el("strong", {}, "Location"),
      node?.address ? el("span", { dir: "auto" }, node.address) : null,
      el("span", { class: "place-coords" }, known ? `${round(lat)}, ${round(lng)}` : "no coordinates")));
}

function drawing(lat, lng) {
  const seed = Math.abs(Math.round((lat * 7919 + lng * 104729) * 1000));
  const at = (n, span) => Math.floor(seed / (n * 7 + 1)) % span;
  const tilt = at(1, 24) - 12;
  const roads = [];
  for (let i = -1; i < 6; i++) {
    roads.push(svg("line", { x1: i * 62 + at(2, 30), y1: -60, x2: i * 62 + at(2, 30), y2: 200, class: i === at(3, 4) ? "road wide" : "road" }));
    roads.push(svg("line", { x1: -60, y1: i * 38 + at(4, 20), x2: 340, y2: i * 38 + at(4, 20), class: i === at(5, 3) ? "road wide" : "road" }));
  }
  return svg("svg", { viewBox: "0 0 280 120", class: "place-map", preserveAspectRatio: "xMidYMid slice", "aria-hidden": "true" },
    svg("rect", { width: 280, height: 120, class: "land" }),
    svg("g", { transform: `rotate(${tilt} 140 60)` },
      svg("rect", { x: 20 + at(6, 150), y: at(7, 60), width: 60, height: 44, rx: 8, class: "park" }),
      ...roads),
    svg("ellipse", { cx: 140, cy: 68, rx: 9, ry: 3, class: "pin-shadow" }),
    svg("path", { d: "M140 68c-9-10-15-16-15-25a15 15 0 0 1 30 0c0 9-6 15-15 25z", class: "pin" }),
    svg("circle", { cx: 140, cy: 43, r: 5.5, class: "pin-eye" }));
}

export function contactCards(contacts) {
  return (Array.isArray(contacts) ? contacts : []).map((c) => {
    const name = c.name?.formatted_name || c.name?.first_name || "Contact";
    const lines = [
      ...(c.phones ?? []).map((p) => safeLink(`tel:+${String(p.phone ?? p.wa_id ?? "").replace(/\D/g, "")}`, prettyPhone(p.phone ?? p.wa_id))),
      ...(c.emails ?? []).map((e) => safeLink(`mailto:${e.email}`, e.email)),
    ];
    return el("div", { class: "contact" }, avatar(name),
      el("div", { class: "contact-text" },
        el("strong", { dir: "auto" }, name),
        c.org?.company ? el("span", { class: "muted", dir: "auto" }, [c.org.title, c.org.company].filter(Boolean).join(", ")) : null,
        ...lines));
  });
}

export const caption = (node) => (node?.caption ? el("span", { class: "text", dir: "auto" }, formatText(node.caption)) : null);
