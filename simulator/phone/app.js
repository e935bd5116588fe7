// The page: which phones it shows and who holds them.
//
// ?customer=<wa_id>&merchant=<wa_id> choose the two people; without them the first and second person
// the simulator knows. ?as=<wa_id> shows one phone only. On a narrow screen one phone shows at a time.

import { el } from "./dom.js";
import { World } from "./world.js";
import { Phone } from "./phone.js";
import { Drawer } from "./drawer.js";

const ROLES = ["customer", "merchant"];
const CLOCK_MS = 5000;
const params = new URLSearchParams(location.search);
const world = new World();
const main = document.querySelector("main");
const phones = [];

function remember(name, value) {
  const url = new URL(location.href);
  url.searchParams.set(name, value);
  history.replaceState(null, "", url);
}

function people() {
  const [first, second] = world.people;
  const customer = params.get("customer") ?? first?.wa_id;
  const merchant = params.get("merchant") ?? (second ?? first)?.wa_id;
  const as = params.get("as");
  if (as) return [[as === merchant ? "merchant" : "customer", as]];
  return [["customer", customer], ["merchant", merchant]].filter(([, waId]) => waId);
}

/** Two tabs that choose the phone on narrow screens, where CSS hides the other. */
function tabs() {
  const show = (role) => {
    main.dataset.show = role;
    for (const b of bar.children) b.setAttribute("aria-pressed", String(b.dataset.role === role));
    for (const phone of phones) { phone.thread.toEnd(); phone.tick(); }
  };
  const bar = el("div", { class: "tabs", role: "group", "aria-label": "Phone" }, ...ROLES.map((role) => el("button", {
    type: "button", dataset: { role, testid: `show-${role}` }, on: { click: () => show(role) },
  }, role === "customer" ? "Customer" : "Merchant")));
  show("customer");
  return bar;
}

async function start() {
  await world.refresh();
  const holders = people();
  if (!holders.length) throw new Error("The simulator has no people yet. Add one with POST /_sim/people.");
  main.replaceChildren();
  for (const [role, waId] of holders) {
    const phone = new Phone(role, waId, world, { onPerson: (id) => remember(params.get("as") ? "as" : role, id) });
    phones.push(phone);
    main.append(phone.node);
  }
  main.classList.toggle("single", holders.length === 1);

  const drawer = new Drawer(world, {
    holders: () => phones.map((p) => p.waId),
    onTicks: (on) => document.body.classList.toggle("show-ticks", on),
  });
  document.querySelector(".top").append(...(holders.length > 1 ? [tabs()] : []), drawer.toggleButton);
  document.body.append(drawer.node);

  const tick = () => { for (const phone of phones) phone.tick(); };
  setInterval(tick, CLOCK_MS);
  document.addEventListener("visibilitychange", tick);
  if (matchMedia("(min-width: 860px) and (pointer: fine)").matches) phones[0].composer.focus();
}

start().catch((error) => {
  main.replaceChildren(el("div", { class: "broken", role: "alert" }, el("h2", {}, "The phones cannot start"), el("p", {}, error.message),
    el("button", { type: "button", class: "primary", on: { click: () => location.reload() } }, "Try again")));
});
