// The sheets a person fills in: a list message's rows, a place, a picture, a file, a poll.

import { el, icon } from "./dom.js";
import { openSheet, field } from "./sheet.js";
import { listSections } from "./content.js";
import { locationCard } from "./media.js";
import { readBase64 } from "./api.js";
import { fileSize } from "./format.js";

/** Rows of a list message by section; pick(row) when Send is pressed. */
export function openList(screen, message, pick) {
  const list = message.interactive;
  const sections = listSections(message);
  openSheet(screen, {
    title: list.header?.text || list.action?.button || "Choose", testid: "list-sheet",
    build: (close) => {
      let chosen = null;
      const send = el("button", { type: "submit", class: "primary", disabled: true, dataset: { testid: "sheet-send" } }, "Send");
      const group = `list-${message.id}`;
      const rowOf = (row) => el("label", { class: "row-choice", dataset: { testid: "sheet-row", optionId: row.id } },
        el("span", { class: "row-text" },
          el("span", { class: "row-title", dir: "auto" }, row.title),
          row.description ? el("span", { class: "row-note", dir: "auto" }, row.description) : null),
        el("input", { type: "radio", name: group, value: row.id, autofocus: row === sections[0]?.rows?.[0], on: { change: () => { chosen = row; send.disabled = false; } } }));
      const form = el("form", { class: "rows", id: "list-form", on: { submit: (event) => {
        event.preventDefault();
        if (!chosen) return;
        close();
        pick({ id: chosen.id, title: chosen.title });
      } } }, ...sections.map((section) => el("fieldset", { class: "section" },
        section.title ? el("legend", { dir: "auto" }, section.title) : null,
        ...(section.rows ?? []).map(rowOf))));
      send.addEventListener("click", (event) => { event.preventDefault(); form.requestSubmit(); });
      // Two quick taps on a row are a choice and its Send, as on a phone.
      form.addEventListener("dblclick", () => { if (chosen) form.requestSubmit(); });
      return { content: form, actions: send };
    },
  });
}

const PLACES = [
  ["Avondale, Harare", -17.799, 31.036],
  ["City centre, Harare", -17.8292, 31.0522],
  ["Borrowdale, Harare", -17.7527, 31.0945],
  ["Mbare, Harare", -17.8578, 31.0382],
  ["Chitungwiza", -18.0127, 31.0756],
  ["Bulawayo", -20.1492, 28.5817],
];

/** A place by preset, by hand, or the browser's own; send({latitude, longitude, name?, address?}). */
export function openLocation(screen, send) {
  openSheet(screen, {
    title: "Send location", testid: "location-sheet",
    build: (close) => {
      const lat = el("input", { type: "text", inputmode: "decimal", required: true, name: "latitude", pattern: "-?\\d{1,2}(\\.\\d+)?", autocomplete: "off" });
      const lng = el("input", { type: "text", inputmode: "decimal", required: true, name: "longitude", pattern: "-?\\d{1,3}(\\.\\d+)?", autocomplete: "off" });
      const name = el("input", { type: "text", name: "name", maxlength: "200", dir: "auto", autocomplete: "off" });
      const address = el("input", { type: "text", name: "address", maxlength: "300", dir: "auto", autocomplete: "off" });
      const preview = el("div", { class: "place-preview" });
      const read = () => ({ latitude: Number(lat.value), longitude: Number(lng.value), ...(name.value && { name: name.value }), ...(address.value && { address: address.value }) });
      const show = () => preview.replaceChildren(locationCard(read()));
      const fill = (label, a, b) => { name.value = label; lat.value = String(a); lng.value = String(b); show(); };
      const chips = PLACES.map(([label, a, b]) => el("button", { type: "button", class: "chip", dataset: { testid: "place-preset" }, on: { click: () => fill(label, a, b) } }, label));
      if (navigator.geolocation && isSecureContext) {
        chips.push(el("button", { type: "button", class: "chip", on: { click: (event) => {
          const button = event.currentTarget;
          navigator.geolocation.getCurrentPosition((p) => fill("", p.coords.latitude.toFixed(5), p.coords.longitude.toFixed(5)),
            () => { button.textContent = "Location not available"; button.disabled = true; }, { timeout: 10000 });
        } } }, icon("pin"), "Use my location"));
      }
      const form = el("form", { class: "form", on: { input: show, submit: (event) => { event.preventDefault(); close(); send(read()); } } },
        preview, el("div", { class: "chips" }, ...chips),
        el("div", { class: "pair" }, field("Latitude", lat), field("Longitude", lng)),
        field("Name (optional)", name), field("Address (optional)", address));
      fill(...PLACES[0]);
      const button = el("button", { type: "button", class: "primary", dataset: { testid: "sheet-send" }, on: { click: () => form.requestSubmit() } }, "Send location");
      return { content: form, actions: button };
    },
  });
}

const MEDIA_KIND = (mime) => (/^image\/(jpeg|png)$/.test(mime) ? "image" : /^audio\//.test(mime) ? "audio" : /^video\//.test(mime) ? "video" : "document");
const WITH_CAPTION = new Set(["image", "video", "document"]);

/** A chosen file with its caption; send(type, node), the node with data_base64 and mime_type. */
export function openFile(screen, file, send) {
  const mime = file.type || "application/octet-stream";
  const kind = MEDIA_KIND(mime);
  const url = URL.createObjectURL(file);
  openSheet(screen, {
    title: kind === "image" ? "Send picture" : "Send file", testid: "file-sheet", onClose: () => URL.revokeObjectURL(url),
    build: (close) => {
      const caption = el("input", { type: "text", maxlength: "1024", dir: "auto", autocomplete: "off", autofocus: true, "aria-label": "Caption", placeholder: "Add a caption" });
      const go = el("button", { type: "button", class: "primary", dataset: { testid: "sheet-send" }, on: { click: () => form.requestSubmit() } }, "Send");
      const problem = el("p", { class: "problem", role: "alert" });
      const form = el("form", { class: "form", on: { submit: async (event) => {
        event.preventDefault();
        go.disabled = true;
        try {
          const node = { data_base64: await readBase64(file), mime_type: mime };
          if (kind === "document") node.filename = file.name;
          if (caption.value && WITH_CAPTION.has(kind)) node.caption = caption.value;
          close();
          send(kind, node);
        } catch (error) {
          problem.textContent = error.message;
          go.disabled = false;
        }
      } } },
        kind === "image" ? el("img", { class: "preview", src: url, alt: "The picture to send" })
          : el("div", { class: "file-card" }, el("span", { class: "file-icon" }, icon("file")),
            el("span", { class: "file-text" }, el("span", { class: "file-name", dir: "auto" }, file.name), el("span", { class: "file-note" }, fileSize(file.size)))),
        WITH_CAPTION.has(kind) ? caption : null, problem);
      return { content: form, actions: go };
    },
  });
}

const MIN_OPTIONS = 2;
const MAX_OPTIONS = 4;

/** A poll; send({question, options}). Businesses get polls as an unsupported message. */
export function openPoll(screen, send) {
  openSheet(screen, {
    title: "Send poll", testid: "poll-sheet",
    build: (close) => {
      const question = el("input", { type: "text", required: true, maxlength: "255", dir: "auto", autocomplete: "off", autofocus: true });
      const options = Array.from({ length: MAX_OPTIONS }, (_, i) => el("input", { type: "text", required: i < MIN_OPTIONS, maxlength: "100", dir: "auto", autocomplete: "off" }));
      const form = el("form", { class: "form", on: { submit: (event) => {
        event.preventDefault();
        close();
        send({ question: question.value, options: options.map((o) => o.value.trim()).filter(Boolean) });
      } } },
        el("p", { class: "hint" }, "The Cloud API does not carry polls: the shop is told only that something came which it cannot show."),
        field("Question", question), ...options.map((o, i) => field(`Option ${i + 1}${i < MIN_OPTIONS ? "" : " (optional)"}`, o)));
      return { content: form, actions: el("button", { type: "button", class: "primary", dataset: { testid: "sheet-send" }, on: { click: () => form.requestSubmit() } }, "Send poll") };
    },
  });
}
