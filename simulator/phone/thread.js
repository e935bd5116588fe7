// The messages between one person and one business number: kept in order, drawn once, changed in
// place when a status or a reaction comes.

import { el, icon } from "./dom.js";
import { drawMessage, drawPicked, drawReactions, drawStatus, isMine, quotedId } from "./bubble.js";
import { pickedOption } from "./content.js";
import { dayLabel, sameDay, toDate } from "./format.js";

const RANK = { failed: 9, played: 4, read: 3, delivered: 2, sent: 1 };
const WINDOW = 150; // messages drawn at first; older ones on request, so that a cheap phone copes
const NEAR_BOTTOM_PX = 80;

export class Thread {
  /**
   * host gets the scrolling log. `events` are what a bubble asks for: nameOf, tap, openList,
   * shareLocation, shareContact, menu; and seen(), called when messages of the shop came into view.
   */
  constructor(events, now) {
    this.events = events;
    this.now = now;
    this.log = el("div", { class: "log", role: "log", "aria-live": "polite", "aria-relevant": "additions", "aria-label": "Messages", tabindex: "0", dataset: { testid: "thread" } });
    this.typing = el("div", { class: "msg typing", hidden: true, dataset: { testid: "typing" } },
      el("div", { class: "bubble" }, el("span", { class: "sr" }, "The shop is typing"), el("i"), el("i"), el("i")));
    this.jumpButton = el("button", { type: "button", class: "to-end", hidden: true, "aria-label": "Go to the newest message", on: { click: () => this.toEnd() } }, icon("down"), el("span", { class: "badge" }));
    this.node = el("div", { class: "thread" }, this.log, this.jumpButton);
    this.log.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    // Pictures and voice players grow after they are drawn; stay at the end when we were there.
    new ResizeObserver(() => { if (this.pinned) this.toEnd(); }).observe(this.log);
    this.log.addEventListener("load", () => { if (this.pinned) this.toEnd(); }, true);
    this.clear();
  }

  clear() {
    this.messages = new Map();
    this.rows = new Map();
    this.reactions = new Map();
    this.shown = WINDOW;
    this.unseen = 0;
    this.pinned = true;
    this.#redraw();
  }

  find = (id) => this.messages.get(id);
  nameOf = (message) => this.events.nameOf(message);
  tap = (...args) => this.events.tap(...args);
  openList = (...args) => this.events.openList(...args);
  shareLocation = (...args) => this.events.shareLocation(...args);
  shareContact = (...args) => this.events.shareContact(...args);
  menu = (...args) => this.events.menu(...args);

  picked(messageId) {
    const set = new Set();
    for (const m of this.messages.values()) if (isMine(m) && quotedId(m) === messageId) set.add(pickedOption(m));
    return set;
  }

  /** Take a whole thread as the server has it; draws again only if it differs from what is shown. */
  replace(messages) {
    const old = [...this.messages.keys()];
    const known = old.length <= messages.length && old.every((id, i) => id === messages[i].id);
    if (known) {
      for (const m of messages) this.messages.has(m.id) ? this.status(m) : this.add(m);
      return;
    }
    this.messages = new Map(messages.map((m) => [m.id, m]));
    this.reactions = new Map();
    this.#redraw();
  }

  /** Add one message at the end; the same id again only brings its status up to date. */
  add(message) {
    if (this.messages.has(message.id)) return this.status(message);
    const previous = this.#lastShown();
    this.messages.set(message.id, message);
    if (message.type === "reaction") return this.#react(message);
    this.log.querySelector(".empty")?.remove();
    const stay = this.pinned || isMine(message);
    this.#append(message, previous);
    const quoted = this.rows.get(quotedId(message));
    if (isMine(message)) drawPicked(quoted, message);
    else this.setTyping(false);
    if (stay) this.toEnd();
    else if (!isMine(message)) this.#countUnseen(1);
  }

  /** A status moves forward only: a late `sent` after `read` changes nothing. */
  status({ id, status, error, errors }) {
    const message = this.messages.get(id);
    if (!message || !status) return;
    if ((RANK[status] ?? 0) < (RANK[message.status] ?? 0)) return;
    if (status === message.status && !error) return;
    message.status = status;
    message.error = error ?? errors ?? message.error;
    const row = this.rows.get(id);
    if (row) drawStatus(row, message);
    if (row && this.pinned) this.toEnd();
  }

  setTyping(on) {
    this.typing.hidden = !on;
    if (on && this.pinned) this.toEnd();
  }

  /** Whether a message of the shop has arrived and waits to be marked read. */
  hasUnread() {
    for (const m of this.messages.values()) if (!isMine(m) && m.status === "delivered") return true;
    return false;
  }

  jump(id) {
    if (!this.rows.has(id) && this.messages.has(id)) {
      this.shown = this.messages.size;
      this.#redraw();
    }
    const row = this.rows.get(id);
    if (!row) return;
    row.scrollIntoView({ block: "center" });
    row.classList.remove("flash");
    requestAnimationFrame(() => row.classList.add("flash"));
  }

  toEnd() {
    this.log.scrollTop = this.log.scrollHeight;
    this.pinned = true;
    this.#countUnseen(-this.unseen);
  }

  #scrolled() {
    this.pinned = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < NEAR_BOTTOM_PX;
    if (this.pinned && this.unseen) this.#countUnseen(-this.unseen);
    this.jumpButton.hidden = this.pinned;
  }

  #countUnseen(by) {
    this.unseen += by;
    this.jumpButton.lastChild.textContent = this.unseen || "";
    this.jumpButton.hidden = this.pinned;
  }

  #lastShown() {
    return [...this.messages.values()].findLast((m) => m.type !== "reaction");
  }

  #append(message, previous) {
    const date = toDate(message.timestamp);
    const newDay = !previous || !sameDay(date, toDate(previous.timestamp));
    if (newDay) {
      const label = el("span", {}, dayLabel(date, this.now()));
      this.days.push({ label, date });
      this.typing.before(el("div", { class: "day", role: "separator" }, label));
    }
    const row = drawMessage(message, this);
    if (newDay || previous.direction !== message.direction) row.classList.add("first");
    this.rows.set(message.id, row);
    drawReactions(row, this.reactions.get(message.id));
    this.typing.before(row);
  }

  #react(message) {
    const target = message.reaction?.message_id;
    const who = isMine(message) ? "me" : "shop";
    const on = this.reactions.get(target) ?? new Map();
    if (message.reaction?.emoji) on.set(who, message.reaction.emoji);
    else on.delete(who);
    this.reactions.set(target, on);
    const row = this.rows.get(target);
    if (row) drawReactions(row, on);
  }

  #redraw() {
    this.log.setAttribute("aria-busy", "true"); // old messages are not read out
    this.log.replaceChildren(this.typing);
    this.rows = new Map();
    this.days = [];
    const all = [...this.messages.values()];
    for (const m of all) if (m.type === "reaction") this.#react(m);
    const shown = all.filter((m) => m.type !== "reaction").slice(-this.shown);
    const hidden = all.length - shown.length - all.filter((m) => m.type === "reaction").length;
    if (hidden > 0) this.typing.before(this.#earlierButton(hidden));
    shown.forEach((m, i) => this.#append(m, shown[i - 1]));
    if (!all.length) this.typing.before(el("p", { class: "empty" }, "No messages yet. Say hi: the shop answers here."));
    this.toEnd();
    requestAnimationFrame(() => this.log.removeAttribute("aria-busy"));
  }

  /** Today becomes Yesterday when the simulated clock moves on. */
  nameDays() {
    for (const { label, date } of this.days) label.textContent = dayLabel(date, this.now());
  }

  #earlierButton(count) {
    return el("button", { type: "button", class: "earlier", on: { click: () => {
      const top = this.log.scrollHeight - this.log.scrollTop;
      this.shown += WINDOW;
      this.#redraw();
      this.log.scrollTop = this.log.scrollHeight - top;
    } } }, `${count} earlier ${count === 1 ? "message" : "messages"}`);
  }
}
