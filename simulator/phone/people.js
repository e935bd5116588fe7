// Choosing who holds a phone, and adding a person.

import { el } from "./dom.js";
import { openMenu, openSheet, field } from "./sheet.js";
import { prettyPhone } from "./format.js";

/** The people as a menu under `anchor`; choose(waId). `screen` is where the form for a new one opens. */
export function openPeople(host, screen, anchor, world, current, choose) {
  openMenu(host, anchor, [
    ...world.people.map((p) => ({
      label: p.name || prettyPhone(p.wa_id), note: [p.username ? `@${p.username}` : "", prettyPhone(p.wa_id)].filter(Boolean).join(" · "),
      icon: "person", checked: p.wa_id === current, testid: "person-option", run: () => choose(p.wa_id),
    })),
    { label: "Add a person", icon: "add", testid: "person-add", run: () => addPerson(screen, world, choose) },
  ], "Who holds this phone");
}

const USERNAME = "(?!.*\\.\\.)(?![.])[a-z0-9._]{2,34}[a-z0-9_]";

function addPerson(screen, world, choose) {
  openSheet(screen, {
    title: "Add a person", testid: "person-sheet",
    build: (close) => {
      const phone = el("input", { type: "tel", required: true, pattern: "[+\\d ]{8,20}", autocomplete: "off", autofocus: true, placeholder: "+263 77 000 0009" });
      const name = el("input", { type: "text", required: true, maxlength: "80", dir: "auto", autocomplete: "off" });
      const username = el("input", { type: "text", pattern: USERNAME, autocomplete: "off", autocapitalize: "none" });
      const hide = el("input", { type: "checkbox" });
      const reachable = el("input", { type: "checkbox", checked: true });
      const problem = el("p", { class: "problem", role: "alert" });
      const form = el("form", { class: "form", on: { submit: async (event) => {
        event.preventDefault();
        const waId = phone.value.replace(/\D/g, "");
        try {
          await world.savePerson({
            wa_id: waId, name: name.value.trim(), on_whatsapp: reachable.checked,
            ...(username.value && { username: username.value }), ...(hide.checked && { hide_phone: true }),
          });
          close();
          choose(waId);
        } catch (error) {
          problem.textContent = [error.message, error.details].filter(Boolean).join(" ");
        }
      } } },
        field("Phone number", phone, "With the country code."), field("Name", name),
        field("Username (optional)", username), check(hide, "Hide the phone number from the shop"),
        check(reachable, "Is on WhatsApp"), problem);
      return { content: form, actions: el("button", { type: "button", class: "primary", dataset: { testid: "person-save" }, on: { click: () => form.requestSubmit() } }, "Add") };
    },
  });
}

/** A checkbox with its words. */
export function check(input, words) {
  return el("label", { class: "check" }, input, el("span", {}, words));
}
