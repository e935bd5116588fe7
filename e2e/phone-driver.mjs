// Drives the simulator's phone page the way a person does: reads bubbles, taps buttons, opens lists.
// It knows the page's test ids and nothing about the bot's option ids: options are found by what
// they say.

import { chromium } from "playwright-core";

const BROWSER = process.env.MUSIKA_CHROMIUM ?? "/usr/bin/chromium";
const ARGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--no-first-run"];
const POLL_MS = 100;
export const STEP_MS = Number(process.env.MUSIKA_STEP_MS ?? 15000); // longest wait for one answer of the bot

/** Open the phones. Problems of the page (script errors, refused resources) gather in `problems`. */
export async function openPhones(url, { width = 1280, height = 800, dark = false } = {}) {
  const browser = await chromium.launch({ executablePath: BROWSER, args: ARGS });
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: dark ? "dark" : "light", locale: "en-GB", timezoneId: "Africa/Harare" });
  const page = await context.newPage();
  const problems = [];
  page.on("pageerror", (error) => problems.push(`script: ${error.message}`));
  page.on("console", (message) => { if (message.type() === "error") problems.push(`console: ${message.text()}`); });
  await page.goto(url);
  return { browser, page, problems, phone: (role) => new Phone(page, role) };
}

export class Phone {
  /** role: "customer" or "merchant". */
  constructor(page, role) {
    this.page = page;
    this.role = role;
    this.root = page.getByTestId(`phone-${role}`);
    this.input = this.root.getByTestId("composer-input");
    this.bubbles = this.root.getByTestId("bubble");
    this.sheet = this.root.getByTestId("list-sheet");
  }

  /** Wait until the phone is drawn and takes input. */
  async ready() {
    await this.input.waitFor({ timeout: STEP_MS });
  }

  /** Type a text and press Enter; returns when the bubble stands in the thread. */
  async type(text) {
    const before = await this.#count("out");
    await this.input.fill(text);
    await this.input.press("Enter");
    await this.#grown(before, `typing ${JSON.stringify(text)}`);
  }

  /**
   * Choose the first offered option that a pattern matches, patterns in order of preference. Looks
   * at what the shop said since this person's last message, newest first: buttons, then list rows.
   * With `about`, only messages that say so count; with `anywhere`, earlier messages as well.
   * Returns the option's words, or null where `optional` and nothing was offered in time.
   */
  async choose(...args) {
    const options = args.at(-1) instanceof RegExp ? {} : args.pop();
    const { optional = false, timeout = STEP_MS, anywhere = false, about = null } = options;
    const end = Date.now() + timeout;
    do {
      for (const bubble of await this.#offers(anywhere)) {
        if (about && !about.test(await bubble.innerText())) continue;
        const words = (await this.#tapButton(bubble, args)) ?? (await this.#pickRow(bubble, args));
        if (words) return words;
      }
      await this.page.waitForTimeout(POLL_MS);
    } while (Date.now() < end);
    if (optional) return null;
    throw new Error(`${this.role}: nothing offered like ${args.join(" or ")}. The thread ends:\n${await this.transcript()}`);
  }

  /** Wait for the shop to say something that matches, after this person's last message. */
  async hears(pattern, { timeout = STEP_MS, anywhere = false } = {}) {
    const end = Date.now() + timeout;
    do {
      for (const bubble of await this.#incoming(anywhere)) {
        const text = await bubble.innerText();
        if (pattern.test(text)) return text;
      }
      await this.page.waitForTimeout(POLL_MS);
    } while (Date.now() < end);
    throw new Error(`${this.role}: never heard ${pattern}. The thread ends:\n${await this.transcript()}`);
  }

  /** The last bubbles as text, for failures. */
  async transcript(last = 8) {
    const all = await this.bubbles.all();
    const lines = await Promise.all(all.slice(-last).map(async (b) => `  ${(await b.getAttribute("data-direction")) === "out" ? "me  " : "shop"} | ${(await b.innerText()).replace(/^.*:\s*\n/, "").replace(/\s*\n\s*/g, " / ")}`));
    return lines.join("\n") || "  (empty)";
  }

  /** The state of the person's last message, once it is one of `statuses`. */
  async lastStatus(...statuses) {
    const own = this.root.locator('[data-testid="bubble"][data-direction="out"]').last();
    await this.page.waitForFunction(([node, wanted]) => wanted.includes(node.dataset.status), [await own.elementHandle(), statuses], { timeout: STEP_MS });
    return own.getAttribute("data-status");
  }

  #count(direction) {
    return this.root.locator(`[data-testid="bubble"][data-direction="${direction}"]`).count();
  }

  async #grown(before, what) {
    const end = Date.now() + STEP_MS;
    while ((await this.#count("out")) <= before) {
      if (Date.now() > end) throw new Error(`${this.role}: ${what} left no bubble. The thread ends:\n${await this.transcript()}`);
      await this.page.waitForTimeout(POLL_MS);
    }
  }

  /**
   * The shop's bubbles since this person's last message, newest first; all of them if anywhere. What
   * failed is left out: the page shows it, but no phone would have got it.
   */
  async #incoming(anywhere) {
    const all = await this.bubbles.all();
    const seen = await Promise.all(all.map((b) => b.evaluate((n) => ({ direction: n.dataset.direction, status: n.dataset.status }))));
    const from = anywhere ? 0 : seen.findLastIndex((s) => s.direction === "out") + 1;
    return all.filter((_, i) => i >= from && seen[i].direction === "in" && seen[i].status !== "failed").reverse();
  }

  async #offers(anywhere) {
    const found = [];
    for (const bubble of await this.#incoming(anywhere)) if (await bubble.locator(".action").count()) found.push(bubble);
    return found;
  }

  async #tapButton(bubble, patterns) {
    const buttons = await bubble.getByTestId("reply-button").all();
    const words = await Promise.all(buttons.map((b) => b.innerText()));
    const at = firstMatch(words, patterns);
    if (at < 0) return null;
    const before = await this.#count("out");
    await buttons[at].click();
    await this.#grown(before, `tapping ${words[at]}`);
    return words[at];
  }

  async #pickRow(bubble, patterns) {
    const open = bubble.getByTestId("list-open");
    if (!(await open.count())) return null;
    await open.click();
    const rows = await this.sheet.getByTestId("sheet-row").all();
    const words = await Promise.all(rows.map((r) => r.innerText()));
    const at = firstMatch(words, patterns);
    if (at < 0) {
      await this.page.keyboard.press("Escape");
      await this.sheet.waitFor({ state: "detached" });
      return null;
    }
    const before = await this.#count("out");
    await rows[at].click();
    await this.sheet.getByTestId("sheet-send").click();
    await this.#grown(before, `picking ${words[at]}`);
    return words[at];
  }
}

function firstMatch(words, patterns) {
  for (const pattern of patterns) {
    const at = words.findIndex((w) => pattern.test(w));
    if (at >= 0) return at;
  }
  return -1;
}
