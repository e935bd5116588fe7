// The simulator's own panel: time, faults of the network, how a person appears to the shop.

import { el, icon } from "./dom.js";
import { sim } from "./api.js";
import { check } from "./people.js";
import { fullTime, prettyPhone } from "./format.js";

/** Faults the page has words for. The rest of the object is kept as it came when writing it back. */
const FAULTS = [
  ["rate_5xx", "Meta answers with an error", "share"],
  ["throttle_429", "Refused for sending too fast", "share"],
  ["lost_responses", "Accepted, but the answer is lost", "share"],
  ["late_responses", "Answers after the webhook", "share"],
  ["rate_slow", "Answers slowly", "share"],
  ["slow_ms", "How slowly", "ms"],
  ["fail_messages", "Accepted, but fails later", "share"],
  ["duplicate_webhooks", "Webhook delivered twice", "share"],
  ["reorder_statuses", "Statuses out of order", "share"],
  ["skip_delivered", "Read without delivered", "share"],
  ["sync_errors", "Closed window refused at once", "share"],
];

export class Drawer {
  /** holders() gives the wa_ids of the phones on the page, which the person form offers first. */
  constructor(world, { holders, onTicks }) {
    this.world = world;
    this.holders = holders;
    this.faults = {};
    this.time = el("output", { class: "drawer-time", dataset: { testid: "clock" } });
    this.faultRows = el("div", { class: "faults" });
    this.problem = el("p", { class: "problem", role: "alert" });
    this.person = el("div", { class: "form" });
    this.node = el("aside", { class: "drawer", id: "drawer", hidden: true, "aria-label": "Simulator", dataset: { testid: "drawer" }, on: { keydown: (event) => { if (event.key === "Escape") this.toggle(false); } } },
      el("header", { class: "sheet-head" },
        el("h2", {}, "Simulator"),
        el("button", { type: "button", class: "icon-button", "aria-label": "Close", on: { click: () => this.toggle(false) } }, icon("close"))),
      el("div", { class: "drawer-body" },
        this.problem,
        part("Clock", el("div", { class: "clock-row" }, this.time, this.#step("1h", "+1 h"), this.#step("25h", "+25 h")),
          el("p", { class: "hint" }, "25 hours close the shop's 24-hour window: then only templates get through.")),
        part("Faults", this.faultRows,
          el("button", { type: "button", class: "chip", dataset: { testid: "faults-off" }, on: { click: () => this.#allOff() } }, "All off")),
        part("A person, as the shop sees them", this.person),
        part("View", check(el("input", { type: "checkbox", dataset: { testid: "show-ticks" }, on: { change: (event) => onTicks(event.currentTarget.checked) } }), "Show the delivery state of the shop's messages"))));
    this.toggleButton = el("button", { type: "button", class: "drawer-button", "aria-expanded": "false", "aria-controls": "drawer", dataset: { testid: "drawer-open" }, on: { click: () => this.toggle(this.node.hidden) } },
      icon("sliders"), el("span", {}, "Simulator"));
    setInterval(() => { if (!this.node.hidden) this.#drawTime(); }, 1000);
  }

  async toggle(open) {
    this.node.hidden = !open;
    document.body.classList.toggle("drawer-open", open);
    this.toggleButton.setAttribute("aria-expanded", String(open));
    if (!open) return this.toggleButton.focus();
    this.#drawTime();
    this.#drawPerson();
    this.node.querySelector("button").focus();
    await this.#try(async () => {
      const [faults, clock] = await Promise.all([sim.faults(), sim.clock()]);
      this.faults = faults;
      if (clock.now) this.world.setNow(clock.now);
      this.#drawTime();
      this.#drawFaults();
    });
  }

  #drawTime() { this.time.textContent = fullTime(this.world.now()); }

  #step(duration, label) {
    return el("button", { type: "button", class: "chip", dataset: { testid: `clock-${duration}` }, on: { click: () => this.#try(async () => {
      const clock = await sim.advance(duration);
      if (clock.now) this.world.setNow(clock.now);
      else await this.world.refresh();
      this.#drawTime();
    }) } }, label);
  }

  async #try(work) {
    this.problem.textContent = "";
    try { await work(); } catch (error) { this.problem.textContent = [error.message, error.details].filter(Boolean).join(" "); }
  }

  #drawFaults() {
    this.faultRows.replaceChildren(...this.#known().map(([name, words, kind]) => {
      const value = this.faults[name];
      const out = el("output", {}, show(kind, value));
      const save = (v) => { out.textContent = show(kind, v); this.#saveFaults({ [name]: v }); };
      const flag = typeof value === "boolean";
      const input = flag
        ? el("input", { type: "checkbox", checked: value, on: { change: (event) => save(event.currentTarget.checked) } })
        : el("input", { type: "range", min: "0", max: kind === "ms" ? "10000" : "1", step: kind === "ms" ? "250" : "0.05", on: {
          input: (event) => { out.textContent = show(kind, Number(event.currentTarget.value)); },
          change: (event) => save(Number(event.currentTarget.value)),
        } });
      if (!flag) input.value = String(value ?? 0);
      input.dataset.testid = `fault-${name}`;
      return el("label", { class: "fault" }, el("span", {}, words), flag ? null : out, input);
    }));
  }

  /** The faults with words that this simulator has. */
  #known() { return FAULTS.filter(([name]) => name in this.faults); }

  #saveFaults(change) {
    return this.#try(async () => {
      this.faults = { ...(await sim.faults()), ...change };
      await sim.saveFaults(this.faults);
    });
  }

  async #allOff() {
    const off = Object.fromEntries(this.#known().filter(([name]) => name !== "slow_ms").map(([name]) => [name, typeof this.faults[name] === "boolean" ? false : 0]));
    await this.#saveFaults(off);
    this.#drawFaults();
  }

  #drawPerson(chosen = this.holders()[0]) {
    const person = this.world.person(chosen);
    const first = new Set(this.holders());
    const people = [...this.world.people].sort((a, b) => first.has(b.wa_id) - first.has(a.wa_id));
    const pick = el("select", { "aria-label": "Person", on: { change: (event) => this.#drawPerson(event.currentTarget.value) } },
      ...people.map((p) => el("option", { value: p.wa_id, selected: p.wa_id === chosen }, `\u2068${p.name}\u2069 ${prettyPhone(p.wa_id)}`)));
    const username = el("input", { type: "text", value: person.username ?? "", autocomplete: "off", autocapitalize: "none", "aria-label": "Username", placeholder: "username", dataset: { testid: "person-username" } });
    const hide = el("input", { type: "checkbox", checked: Boolean(person.hide_phone), dataset: { testid: "person-hide" } });
    const reachable = el("input", { type: "checkbox", checked: person.on_whatsapp !== false });
    const off = el("input", { type: "checkbox", checked: Boolean(person.offline), dataset: { testid: "person-offline" } });
    const saved = el("span", { class: "muted", role: "status" });
    this.person.replaceChildren(pick, username, check(hide, "Hide the phone number from the shop"), check(reachable, "Is on WhatsApp"), check(off, "The phone is switched off"),
      el("div", { class: "clock-row" }, el("button", { type: "button", class: "chip", dataset: { testid: "person-update" }, on: { click: () => this.#try(async () => {
        // Saving replaces the person, so what has no field here goes back as it came.
        await this.world.savePerson({ ...person, username: username.value.trim(), hide_phone: hide.checked, on_whatsapp: reachable.checked, offline: off.checked });
        saved.textContent = "Saved";
      }) } }, "Save"), saved));
  }
}

function part(title, ...content) {
  return el("section", { class: "part" }, el("h3", {}, title), ...content);
}

function show(kind, value) {
  if (kind === "ms") return `${((value ?? 0) / 1000).toFixed(2).replace(/0$/, "")} s`;
  return `${Math.round((Number(value) || 0) * 100)} %`;
}
