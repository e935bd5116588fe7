// What both phones share: the shop's numbers, the people, the simulated time.

import { sim } from "./api.js";
import { toDate } from "./format.js";

export class World extends EventTarget {
  numbers = [];
  people = [];
  #now = new Date();
  #at = performance.now();

  /** Fetch numbers, people and the clock; tells listeners with a "change" event. */
  async refresh() {
    const info = await sim.info();
    this.numbers = info.numbers ?? [];
    this.people = info.people ?? [];
    if (info.now) this.setNow(info.now);
    this.dispatchEvent(new Event("change"));
  }

  setNow(value) {
    const date = toDate(value);
    if (Number.isNaN(date.getTime())) return;
    this.#now = date;
    this.#at = performance.now();
    this.dispatchEvent(new Event("tick"));
  }

  /** A message from the future says that someone else moved the clock. */
  notBefore(value) {
    if (toDate(value).getTime() > this.now().getTime() + 60000) this.setNow(value);
  }

  /** The simulated time, which runs at the pace of the real one. */
  now = () => new Date(this.#now.getTime() + (performance.now() - this.#at));

  person(waId) {
    return this.people.find((p) => p.wa_id === waId) ?? { wa_id: waId, name: waId };
  }

  /** Add a person, or change one: fields as the people endpoint takes them. */
  async savePerson(fields) {
    await sim.savePerson(fields);
    await this.refresh();
  }
}
