// One phone on the page: who holds it, the shop it writes to, its thread, its composer.

import { el, icon, avatar } from "./dom.js";
import { sim, listen } from "./api.js";
import { Thread } from "./thread.js";
import { Composer } from "./composer.js";
import { openMenu, closeOverlays } from "./sheet.js";
import { openList, openLocation } from "./forms.js";
import { openPeople } from "./people.js";
import { isMine } from "./bubble.js";
import { prettyPhone, timeOf, plainText } from "./format.js";
import { summary } from "./content.js";

const READ_DELAY_MS = 250;   // a batch of messages becomes one call
const CATCH_UP_MS = 700;     // how long a sent message may take to come back over the event stream
const TOAST_MS = 9000;
const TYPING_MS = 25000;     // Meta drops a typing mark after 25 s
const EMOJIS = ["👍", "❤️", "😂", "😮", "😢", "🙏"];

export class Phone {
  /** role is "customer" or "merchant": the page's name for this phone, and its test id. */
  constructor(role, waId, world, { onPerson }) {
    this.role = role;
    this.waId = waId;
    this.world = world;
    this.onPerson = onPerson;
    this.numberId = world.numbers[0]?.id ?? "";

    this.thread = new Thread({
      nameOf: () => this.shopName(),
      tap: (message, option) => this.#try(() => sim.tap(this.waId, message.id, option.id)),
      openList: (message) => openList(this.screen, message, (row) => this.thread.tap(message, row)),
      shareLocation: (message) => openLocation(this.screen, (place) => this.send("location", place, { message_id: message.id })),
      shareContact: (message) => this.thread.tap(message, { id: "share_contact" }),
      menu: (message, anchor) => this.#messageMenu(message, anchor),
    }, world.now);

    this.clock = el("span", { class: "clock" });
    this.title = el("h2", { class: "shop-name", dir: "auto" });
    this.subtitle = el("p", { class: "shop-state", role: "status" });
    this.badge = el("span", { class: "head-avatar" });
    this.menuButton = el("button", { type: "button", class: "icon-button", "aria-label": "Shop menu", "aria-haspopup": "menu", dataset: { testid: "shop-menu" }, on: { click: () => this.#shopMenu() } }, icon("menu"));
    this.toasts = el("div", { class: "toasts", role: "alert" });
    this.screen = el("div", { class: "screen" });
    this.composer = new Composer(this.screen, { send: (...args) => this.send(...args), nameOf: (m) => (isMine(m) ? "You" : this.shopName()) });
    this.screen.append(
      el("header", { class: "head" },
        el("div", { class: "statusbar", "aria-hidden": "true" }, this.clock, el("span", { class: "signal" }, el("i"), el("i"), el("i"), el("i"), el("b"))),
        el("div", { class: "head-line" }, this.badge, el("div", { class: "head-text" }, this.title, this.subtitle), this.menuButton)),
      this.thread.node, this.toasts, this.composer.node);

    this.personButton = el("button", { type: "button", class: "person", "aria-haspopup": "menu", dataset: { testid: "person-picker" }, on: { click: () => this.#pickPerson() } });
    this.node = el("section", { class: "phone", dataset: { testid: `phone-${role}`, waId } },
      el("div", { class: "person-bar" }, el("span", { class: "role" }, role === "merchant" ? "Merchant" : "Customer"), this.personButton),
      el("div", { class: "frame" }, this.screen));

    world.addEventListener("change", () => this.#drawNames());
    world.addEventListener("tick", () => { this.tick(); this.thread.nameDays(); });
    this.#drawNames();
    this.tick();
    this.#connect();
  }

  shop() { return this.world.numbers.find((n) => n.id === this.numberId); }
  shopName() { return this.shop()?.verified_name ?? "Shop"; }
  visible() { return document.visibilityState === "visible" && this.node.offsetParent !== null; }

  /** Hand the phone to another person. */
  hold(waId) {
    if (waId === this.waId) return;
    this.waId = waId;
    this.node.dataset.waId = waId;
    closeOverlays(this.screen);
    this.composer.answer(null);
    this.#drawNames();
    this.#connect();
  }

  /** Send a message of the person; true once the simulator took it, else the phone says why not. */
  send(type, node, context) {
    return this.#try(() => sim.send(this.waId, { phone_number_id: this.numberId, type, [type]: node, ...(context && { context }) }));
  }

  /** Called when the phone comes into view or the simulated time moves. */
  tick() {
    this.clock.textContent = timeOf(this.world.now());
    this.#markRead();
  }

  async #try(call) {
    this.thread.toEnd();
    try {
      const { id } = await call();
      // The event stream brings the message; if it is down, ask for it.
      if (id && !this.thread.find(id)) setTimeout(() => { if (!this.thread.find(id)) this.#catchUp(); }, CATCH_UP_MS);
      return true;
    } catch (error) {
      this.#toast([error.message, error.details].filter(Boolean).join(" "));
      return false;
    }
  }

  #connect() {
    this.stop?.();
    this.thread.clear();
    this.#setTyping(false);
    this.stop = listen(this.waId, this.numberId, {
      open: () => this.#opened(),
      down: () => { this.down = true; this.#state(); },
      message: (m) => this.#arrived(m),
      status: (s) => { this.thread.status(s); if (s.status === "delivered") this.#markRead(); },
      typing: (t) => { if (this.#ours(t)) this.#setTyping(t.on); },
    });
    this.#catchUp();
  }

  #opened() {
    if (this.down) this.world.refresh().catch(() => {}); // it may be another simulator by now
    this.down = false;
    this.#state();
    this.#catchUp();
  }

  #arrived(message) {
    if (!this.#ours(message)) return;
    this.world.notBefore(message.timestamp);
    this.arrivals = (this.arrivals ?? 0) + 1;
    this.thread.add(message);
    if (isMine(message)) return;
    this.#setTyping(false);
    this.#markRead();
  }

  /** Events are of a person; a person may write to several numbers, and one is on the screen. */
  #ours = (event) => !event.phone_number_id || event.phone_number_id === this.numberId;

  /** Load the thread. An answer that is older than what is shown by now must not take its place. */
  async #catchUp() {
    const asked = (this.asked = Symbol("asked"));
    const arrivals = this.arrivals;
    try {
      const { messages, typing } = await sim.thread(this.waId, this.numberId);
      if (asked !== this.asked) return; // a later question is under way
      if (arrivals !== this.arrivals) return this.#catchUp(); // a message came in between
      this.thread.replace(messages ?? []);
      this.#setTyping(Boolean(typing));
      this.#markRead();
    } catch (error) {
      if (!this.down) this.#toast(error.message);
    }
  }

  #markRead() {
    if (this.reading || !this.visible() || !this.thread.hasUnread()) return;
    this.reading = setTimeout(() => {
      this.reading = 0;
      if (this.visible()) sim.read(this.waId, this.numberId).catch(() => {}); // tried again with the next message
    }, READ_DELAY_MS);
  }

  #setTyping(on) {
    clearTimeout(this.typingTimer);
    this.typing = on;
    this.thread.setTyping(on);
    this.#state();
    if (on) this.typingTimer = setTimeout(() => this.#setTyping(false), TYPING_MS);
  }

  #state() {
    this.subtitle.textContent = this.down ? "connecting…" : this.typing ? "typing…" : prettyPhone(this.shop()?.display_phone_number);
    this.subtitle.classList.toggle("busy", Boolean(this.typing));
  }

  #drawNames() {
    const person = this.world.person(this.waId);
    if (!this.numberId) this.numberId = this.world.numbers[0]?.id ?? "";
    this.title.replaceChildren(this.shopName(), el("span", { class: "verified", role: "img", "aria-label": "Verified business" }, icon("check")));
    this.badge.replaceChildren(avatar(this.shopName()));
    this.personButton.replaceChildren(avatar(person.name, "small"),
      el("span", { class: "person-name", dir: "auto" }, person.name || prettyPhone(person.wa_id)),
      el("span", { class: "person-id" }, person.username ? `@${person.username}` : prettyPhone(person.wa_id)), icon("down"));
    this.personButton.setAttribute("aria-label", `${this.role} phone held by ${person.name || person.wa_id}. Change`);
    this.node.setAttribute("aria-label", `Phone of ${person.name || person.wa_id}`);
    this.#state();
  }

  #pickPerson() {
    openPeople(this.node, this.screen, this.personButton, this.world, this.waId, (waId) => { this.hold(waId); this.onPerson(waId); });
  }

  #shopMenu() {
    openMenu(this.screen, this.menuButton, this.world.numbers.map((n) => ({
      label: n.verified_name, note: prettyPhone(n.display_phone_number), icon: "shop", checked: n.id === this.numberId, testid: "number-option",
      run: () => { if (n.id === this.numberId) return; this.numberId = n.id; this.#drawNames(); this.#connect(); },
    })), "Business number");
  }

  #messageMenu(message, anchor) {
    const react = (emoji) => {
      const mine = this.thread.reactions.get(message.id)?.get("me");
      this.send("reaction", { message_id: message.id, emoji: mine === emoji ? "" : emoji });
    };
    openMenu(this.screen, anchor, [
      { row: EMOJIS.map((emoji) => ({ label: emoji, name: `React with ${emoji}`, testid: "react", run: () => react(emoji) })) },
      { label: "Reply", icon: "reply", testid: "menu-reply", run: () => this.composer.answer(message) },
      { label: "Copy text", icon: "copy", run: () => navigator.clipboard?.writeText(plainText(summary(message))) },
      { label: "Copy message id", icon: "copy", note: message.id.length > 28 ? `${message.id.slice(0, 28)}…` : message.id, run: () => navigator.clipboard?.writeText(message.id) },
    ], "Message options");
  }

  #toast(words) {
    const toast = el("div", { class: "toast", dataset: { testid: "toast" } }, icon("alert"), el("span", { dir: "auto" }, words),
      el("button", { type: "button", class: "icon-button", "aria-label": "Dismiss", on: { click: () => toast.remove() } }, icon("close")));
    this.toasts.replaceChildren(toast);
    setTimeout(() => toast.remove(), TOAST_MS);
  }
}
