// One message as it stands in a thread: bubble, quote, time, ticks, the buttons under it, reactions.
//
// data-direction is the PHONE's view: "out" is what the phone's person wrote (right side), "in" is
// what the business wrote (left side). The control API names the same two the other way round,
// because it speaks as the business.

import { el, icon, ticks } from "./dom.js";
import { contentOf, pickedOption, summary } from "./content.js";
import { safeLink, timeOf, toDate, fullTime } from "./format.js";

/** Whether the phone's person wrote it. */
export const isMine = (message) => message.direction === "in";

export const quotedId = (message) => message.context?.message_id ?? message.context?.id;

/** Why a message failed, from the shapes an error comes in. */
function reasonOf(error) {
  const e = Array.isArray(error) ? error[0] : error;
  if (!e) return "";
  if (typeof e === "string") return e;
  const words = e.error_data?.details || e.details || e.title || e.message || "";
  return [e.code ? `(${e.code})` : "", words].filter(Boolean).join(" ");
}

/**
 * Draw a message. `thread` answers: nameOf(message), find(id), jump(id), picked(messageId) (the set
 * of options already chosen), and takes tap(message, option), openList(message), shareLocation,
 * shareContact, menu(message, anchor).
 */
export function drawMessage(message, thread) {
  const mine = isMine(message);
  const { nodes, actions } = contentOf(message);
  const sent = toDate(message.timestamp);
  const bare = message.type === "sticker";

  const bubble = el("div", { class: `bubble${bare ? " bare" : ""}${hasMedia(nodes) ? " media" : ""}` },
    el("span", { class: "sr" }, `${mine ? "You" : thread.nameOf(message)}: `),
    drawQuote(message, thread),
    ...nodes,
    el("span", { class: "meta" },
      el("time", { datetime: sent.toISOString(), title: fullTime(sent) }, timeOf(sent)),
      el("span", { class: "tick-slot" })),
    el("button", {
      type: "button", class: "more", "aria-label": "Message options", "aria-haspopup": "menu",
      on: { click: (event) => thread.menu(message, event.currentTarget) },
    }, icon("down")));

  const lastText = [...bubble.querySelectorAll(":scope > .text, :scope > .footer, :scope > .note")].at(-1);
  const endsWithText = lastText && lastText.nextElementSibling?.classList.contains("meta");
  // Right-to-left text ends on the other side: there the time gets a line of its own.
  if (endsWithText && !RTL.test(lastText.textContent)) (lastText.matches(".note") ? lastText.lastElementChild : lastText).append(el("span", { class: "meta-space" }));
  else bubble.classList.add("meta-below");

  const row = el("div", {
    class: "msg",
    dataset: { testid: "bubble", messageId: message.id, direction: mine ? "out" : "in", type: message.type },
  }, bubble, actions.length ? drawActions(message, actions, thread) : null);
  drawStatus(row, message);
  return row;
}

/** A text whose first letter is of a right-to-left script, which is what dir="auto" looks at. */
const RTL = /^[^\p{L}]*[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/u;

const hasMedia = (nodes) => nodes.some((n) => n.matches?.(".photo, .photo-link, .place"));

function drawQuote(message, thread) {
  const id = quotedId(message);
  if (!id || message.type === "reaction") return null;
  const quoted = thread.find(id);
  const mine = quoted && isMine(quoted);
  return el("button", {
    type: "button", class: `quote ${mine ? "mine" : ""}`, "aria-label": "Go to the message this answers",
    on: { click: () => thread.jump(id) },
  },
    el("span", { class: "quote-who", dir: "auto" }, quoted ? (mine ? "You" : thread.nameOf(quoted)) : "Earlier message"),
    el("span", { class: "quote-text", dir: "auto" }, quoted ? summary(quoted) : "Not in this thread any more"));
}

function drawActions(message, actions, thread) {
  const picked = thread.picked(message.id);
  return el("div", { class: "actions", role: "group", "aria-label": "Answers" }, ...actions.map((action) => {
    const label = [action.icon ? icon(action.icon) : null, el("span", { dir: "auto" }, action.label)];
    if (action.kind === "url") {
      const link = safeLink(action.url, label[1], { class: "action", dataset: { testid: "cta-url" } });
      link.prepend(label[0]);
      return link;
    }
    return el("button", {
      type: "button", class: `action${picked.has(action.id) ? " picked" : ""}`,
      dataset: { testid: TESTIDS[action.kind], optionId: action.id },
      "aria-haspopup": action.kind === "reply" || action.kind === "copy" ? null : "dialog",
      on: { click: (event) => act(message, action, thread, event.currentTarget) },
    }, ...label);
  }));
}

const TESTIDS = { reply: "reply-button", list: "list-open", location: "location-request", contact: "contact-request", copy: "copy-code" };

function act(message, action, thread, anchor) {
  switch (action.kind) {
    case "reply": return thread.tap(message, { id: action.id, title: action.label });
    case "list": return thread.openList(message, anchor);
    case "location": return thread.shareLocation(message);
    case "contact": return thread.shareContact(message);
    case "copy": return navigator.clipboard?.writeText(action.copy);
  }
}

/** Put a message's state on its row: the tick, and for a failed one the reason under the bubble. */
export function drawStatus(row, message) {
  const status = message.status || "sent";
  const why = reasonOf(message.error ?? message.errors);
  row.dataset.status = status;
  row.classList.toggle("failed", status === "failed");
  row.querySelector(".tick-slot").replaceChildren(ticks(status, why));
  row.querySelector(".failure")?.remove();
  if (status === "failed") {
    // It never reached this phone and is shown for the developer's sake: nothing on it can be tapped.
    row.querySelector(".actions")?.remove();
    const line = el("p", { class: "failure", dataset: { testid: "failure" } }, icon("alert"), `Not delivered. ${why}`);
    row.querySelector(".bubble").after(line);
  }
}

/** The reactions on a message: a Map of who ("me" or "shop") to emoji. */
export function drawReactions(row, reactions) {
  row.querySelector(".reactions")?.remove();
  const emojis = [...(reactions?.values() ?? [])].filter(Boolean);
  row.classList.toggle("reacted", emojis.length > 0);
  if (!emojis.length) return;
  row.querySelector(".bubble").append(el("span", {
    class: "reactions", role: "img", dataset: { testid: "reactions" }, "aria-label": `Reactions: ${emojis.join(" ")}`,
  }, [...new Set(emojis)].join(""), emojis.length > 1 ? el("small", {}, String(emojis.length)) : null));
}

/** Mark an option as chosen under the message that offered it. */
export function drawPicked(row, message) {
  const option = pickedOption(message);
  for (const button of row?.querySelectorAll(".action") ?? []) {
    if (button.dataset.optionId === option) button.classList.add("picked");
  }
}
