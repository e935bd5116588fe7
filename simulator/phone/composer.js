// The line at the foot of a phone: text, attachments, the message being answered.

import { el, icon } from "./dom.js";
import { openMenu } from "./sheet.js";
import { openFile, openLocation, openPoll } from "./forms.js";
import { summary } from "./content.js";

const MAX_TEXT = 4096; // Meta's limit for text.body
const MAX_ROWS_PX = 120;

export class Composer {
  /** send(type, node, context) resolves once the message is taken, rejects with the reason. */
  constructor(screen, { send, nameOf }) {
    this.screen = screen;
    this.send = send;
    this.nameOf = nameOf;
    this.answering = null;

    this.input = el("textarea", {
      rows: "1", maxlength: String(MAX_TEXT), dir: "auto", placeholder: "Message", "aria-label": "Message", enterkeyhint: "send",
      autocomplete: "off", dataset: { testid: "composer-input" },
      on: { input: () => this.#resize(), keydown: (event) => this.#key(event) },
    });
    this.attach = el("button", {
      type: "button", class: "icon-button", "aria-label": "Attach", "aria-haspopup": "menu", dataset: { testid: "attach" },
      on: { click: () => this.#attachMenu() },
    }, icon("attach"));
    this.button = el("button", { type: "submit", class: "send", "aria-label": "Send", disabled: true, dataset: { testid: "send" } }, icon("send"));
    this.reply = el("div", { class: "answering", hidden: true });
    this.files = el("input", { type: "file", hidden: true, "aria-hidden": "true", tabindex: "-1", dataset: { testid: "file-input" }, on: { change: () => this.#picked() } });
    this.node = el("form", { class: "composer", "aria-label": "Write a message", on: { submit: (event) => { event.preventDefault(); this.#submit(); } } },
      this.reply, el("div", { class: "composer-line" }, this.attach, this.input, this.button), this.files);
  }

  /** Answer a message: its quote stands over the line until sent or closed. */
  answer(message) {
    this.answering = message;
    this.reply.hidden = !message;
    if (!message) return this.reply.replaceChildren();
    this.reply.replaceChildren(
      el("span", { class: "quote" }, el("span", { class: "quote-who", dir: "auto" }, this.nameOf(message)), el("span", { class: "quote-text", dir: "auto" }, summary(message))),
      el("button", { type: "button", class: "icon-button", "aria-label": "Do not answer this message", on: { click: () => this.answer(null) } }, icon("close")));
    this.input.focus();
  }

  focus() { this.input.focus({ preventScroll: true }); }

  #key(event) {
    if (event.key === "Escape" && this.answering) return this.answer(null);
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.#submit();
  }

  #resize() {
    this.button.disabled = !this.input.value.trim();
    this.input.style.setProperty("height", "auto");
    this.input.style.setProperty("height", `${Math.min(this.input.scrollHeight, MAX_ROWS_PX)}px`);
  }

  #setText(text) {
    this.input.value = text;
    this.#resize();
  }

  async #submit() {
    const body = this.input.value.trim();
    if (!body) return;
    const answering = this.answering;
    this.#setText("");
    this.answer(null);
    const sent = await this.#deliver("text", { body }, answering);
    // The words come back if they were refused, unless the person has begun new ones.
    if (!sent && !this.input.value) { this.#setText(body); this.answer(answering); }
  }

  /** Whether it was taken; the phone has already said why not. */
  async #deliver(type, node, answering = null) {
    return this.send(type, node, answering ? { message_id: answering.id } : undefined);
  }

  #attachMenu() {
    openMenu(this.screen, this.attach, [
      { label: "Picture", icon: "image", testid: "attach-image", run: () => this.#chooseFile("image/jpeg,image/png") },
      { label: "Document or audio", icon: "file", testid: "attach-file", run: () => this.#chooseFile("") },
      { label: "Location", icon: "pin", testid: "attach-location", run: () => openLocation(this.screen, (place) => this.#deliver("location", place)) },
      { label: "Poll", icon: "poll", testid: "attach-poll", note: "arrives as unsupported", run: () => openPoll(this.screen, (poll) => this.#deliver("poll", poll)) },
    ], "Attach");
  }

  #chooseFile(accept) {
    this.files.accept = accept;
    this.files.value = "";
    this.files.click();
  }

  #picked() {
    const [file] = this.files.files;
    if (file) openFile(this.screen, file, (type, node) => this.#deliver(type, node));
  }
}
