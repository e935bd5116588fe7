// What a message shows, by type: the nodes inside its bubble and the actions under it. The tables
// below are the one place that knows Meta's types; a type they lack is shown as unsupported.

import { el, icon } from "./dom.js";
import { formatText, plainText } from "./format.js";
import { imageCard, videoCard, audioCard, documentCard, locationCard, contactCards, caption } from "./media.js";

const text = (body) => (body ? el("span", { class: "text", dir: "auto" }, formatText(body)) : null);
const footer = (body) => (body ? el("span", { class: "footer", dir: "auto" }, String(body)) : null);
const title = (body) => (body ? el("strong", { class: "header", dir: "auto" }, String(body)) : null);
const note = (iconName, words) => el("span", { class: "note" }, icon(iconName), el("span", { dir: "auto" }, words));

/** @typedef {{nodes: Node[], actions?: object[]}} Content actions are {kind, id?, label, url?, icon?} */

const TYPES = {
  text: (m) => ({ nodes: [text(m.text?.body)] }),
  image: (m) => ({ nodes: [imageCard(m.image), caption(m.image)] }),
  sticker: (m) => ({ nodes: [imageCard(m.sticker, { alt: "Sticker", sticker: true })] }),
  video: (m) => ({ nodes: [videoCard(m.video), caption(m.video)] }),
  audio: (m) => ({ nodes: [audioCard(m.audio)] }),
  document: (m) => ({ nodes: [documentCard(m.document), caption(m.document)] }),
  location: (m) => ({ nodes: [locationCard(m.location)] }),
  contacts: (m) => ({ nodes: contactCards(m.contacts) }),
  button: (m) => ({ nodes: [text(m.button?.text)] }),
  order: (m) => ({ nodes: orderNodes(m.order) }),
  template: (m) => template(m.template ?? {}),
  interactive: (m) => (INTERACTIVE[m.interactive?.type] ?? unsupported)(m.interactive, m),
  poll: (m) => ({ nodes: [note("poll", `Poll: ${m.poll?.question ?? ""}`), ...(m.poll?.options ?? []).map((o) => el("span", { class: "poll-option", dir: "auto" }, String(o?.name ?? o)))] }),
  edit: (m) => ({ nodes: [text(m.edit?.message?.text?.body ?? "Edited a message"), footer("edited")] }),
  revoke: () => ({ nodes: [note("close", "Deleted a message")] }),
  system: (m) => ({ nodes: [text(m.system?.body)] }),
  unsupported: (m) => ({ nodes: [note("alert", m.unsupported?.type ? `A ${m.unsupported.type}. The shop cannot see this kind of message.` : "The shop cannot see this kind of message.")] }),
};

const INTERACTIVE = {
  button: (i) => ({
    nodes: framed(i),
    actions: (i.action?.buttons ?? []).map((b) => ({ kind: "reply", id: b.reply?.id, label: b.reply?.title ?? "" })),
  }),
  list: (i) => ({ nodes: framed(i), actions: [{ kind: "list", label: i.action?.button || "Choose", icon: "list" }] }),
  cta_url: (i) => ({ nodes: framed(i), actions: [{ kind: "url", label: i.action?.parameters?.display_text || "Open", url: i.action?.parameters?.url, icon: "link" }] }),
  location_request_message: (i) => ({ nodes: framed(i), actions: [{ kind: "location", label: "Send location", icon: "pin" }] }),
  request_contact_info: (i) => ({ nodes: framed(i), actions: [{ kind: "contact", label: "Share contact info", icon: "person" }] }),
  flow: (i) => ({ nodes: [...framed(i), note("file", `Form: ${i.action?.parameters?.flow_cta ?? "open"} (forms do not open here)`)] }),
  product: (i) => ({ nodes: [...framed(i), note("shop", `Product ${i.action?.product_retailer_id ?? ""}`)] }),
  product_list: (i) => ({ nodes: [...framed(i), note("shop", `${(i.action?.sections ?? []).flatMap((s) => s.product_items ?? []).length} products`)] }),
  catalog_message: (i) => ({ nodes: [...framed(i), note("shop", "Catalogue")] }),
  button_reply: (i) => ({ nodes: [text(i.button_reply?.title)] }),
  list_reply: (i) => ({ nodes: [title(i.list_reply?.title), i.list_reply?.description ? el("span", { class: "text muted", dir: "auto" }, i.list_reply.description) : null] }),
  nfm_reply: (i) => ({ nodes: [text(i.nfm_reply?.body ?? "Sent")] }),
};

function framed(i) {
  const head = i.header;
  const media = { image: imageCard, video: videoCard, document: documentCard }[head?.type];
  return [media ? media(head[head.type]) : title(head?.text), text(i.body?.text), footer(i.footer?.text)];
}

function unsupported(_, m) {
  const kind = m?.type === "interactive" ? m.interactive?.type : m?.type;
  return { nodes: [note("alert", `This phone cannot show a message of type ${kind ?? "unknown"}.`)] };
}

/** The simulator gives a template as the person reads it: the approved text with its parameters. */
function template(t) {
  const r = t.rendered ?? t;
  const head = r.header;
  const format = String(head?.type ?? head?.format ?? "").toLowerCase();
  const media = { image: imageCard, video: videoCard, document: documentCard, location: locationCard }[format];
  const headNode = media ? media(head[format] ?? head) : title(typeof head === "string" ? head : head?.text);
  const body = typeof r.body === "string" ? r.body : r.body?.text;
  const foot = typeof r.footer === "string" ? r.footer : r.footer?.text;
  return {
    nodes: [headNode, text(body || `Template ${t.name ?? ""}`), footer(foot), ...(r.cards ?? []).flatMap((card) => template(card).nodes)],
    actions: [...(r.buttons ?? []).map(templateButton), ...(r.cards ?? []).flatMap((card) => template(card).actions)],
  };
}

function templateButton(b, index) {
  const kind = String(b.type ?? b.sub_type ?? "quick_reply").toLowerCase();
  if (kind === "url") return { kind: "url", label: b.text ?? "Open", url: b.url, icon: "link" };
  if (kind === "phone_number") return { kind: "url", label: b.text ?? "Call", url: `tel:${b.phone_number ?? ""}`, icon: "phone" };
  if (kind === "copy_code" || kind === "otp") return { kind: "copy", label: b.text ?? "Copy code", copy: b.code ?? b.example ?? "", icon: "copy" };
  if (kind === "request_contact_info") return { kind: "contact", id: b.id, label: b.text || "Share contact info", icon: "person" };
  return { kind: "reply", id: b.id ?? b.payload ?? b.text ?? String(index), label: b.text ?? "", icon: "reply" };
}

function orderNodes(order) {
  const items = order?.product_items ?? [];
  return [title(`Order with ${items.length} ${items.length === 1 ? "line" : "lines"}`),
    ...items.map((p) => el("span", { class: "order-line" }, `${p.quantity} × ${p.product_retailer_id}`, el("span", {}, `${p.currency} ${Number(p.item_price).toFixed(2)}`))),
    text(order?.text)];
}

/** @returns {Content} */
export function contentOf(message) {
  const content = (TYPES[message.type] ?? unsupported)(message, message);
  return { nodes: content.nodes.filter(Boolean), actions: content.actions ?? [] };
}

/** The sections of a list message, each {title, rows: [{id, title, description}]}. */
export const listSections = (message) => message.interactive?.action?.sections ?? [];

const NAMES = { image: "Picture", video: "Video", audio: "Audio", document: "Document", sticker: "Sticker", location: "Location", contacts: "Contact", order: "Order", poll: "Poll" };

/** One line that stands for a message: in quotes and spoken names. */
export function summary(m) {
  const i = m.interactive;
  const said = m.text?.body ?? i?.body?.text ?? i?.button_reply?.title ?? i?.list_reply?.title ?? m.button?.text ??
    m[m.type]?.caption ?? m.template?.rendered?.body ?? m.template?.body ?? m.location?.name ?? m.document?.filename;
  const kind = NAMES[m.type];
  const words = typeof said === "string" ? plainText(said) : "";
  return [kind, words].filter(Boolean).join(": ") || "Message";
}

/** The option a person's message picked, or undefined: what a tapped button or row sent back. */
export const pickedOption = (m) => m.interactive?.button_reply?.id ?? m.interactive?.list_reply?.id ?? m.button?.payload;
