// What the phone page itself must do, whatever the bot says: attachments, reactions, hostile names,
// the keyboard, a narrow screen. Each test takes a person of its own on the running demo.

import assert from "node:assert/strict";
import test from "node:test";
import { openPhones, STEP_MS } from "./phone-driver.mjs";

const URL_ENV = "MUSIKA_PHONE_URL";
const url = process.env[URL_ENV];
const skip = url ? false : `${URL_ENV} is not set`;
const PIXEL = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==", "base64");
const HOSTILE = `<img src=x onerror="document.title='owned'"> علي`;

/** A new person known to the simulator, and their phone alone on the page. */
async function setup(t, { name = "Chipo", ...view } = {}) {
  const waId = `26378${String(Math.floor(Math.random() * 1e7)).padStart(7, "0")}`;
  const added = await fetch(new URL("/_sim/people", url), {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ wa_id: waId, name }),
  });
  assert.ok(added.ok, `adding a person: ${added.status} ${await added.text()}`);
  const address = new URL(url);
  address.searchParams.set("as", waId);
  const opened = await openPhones(address.href, view);
  t.after(() => opened.browser.close());
  const phone = opened.phone("customer");
  await phone.ready();
  const own = (type) => phone.root.locator(`[data-testid="bubble"][data-direction="out"][data-type="${type}"]`);
  const attach = async (kind) => {
    await phone.root.getByTestId("attach").click();
    await phone.root.getByTestId(`attach-${kind}`).click();
  };
  return { ...opened, phone, own, attach, waId };
}

test("text is shown as text, with its marks", { skip }, async (t) => {
  const { page, phone, problems } = await setup(t, { name: HOSTILE });
  await phone.type(`*bold* _it_ ~no~ 2*3*4 ${HOSTILE}`);
  const bubble = phone.bubbles.filter({ hasText: "2*3*4" }).last();
  assert.equal(await bubble.locator("strong").first().innerText(), "bold");
  assert.equal(await bubble.locator("img").count(), 0);
  assert.equal(await phone.root.locator("img[src='x']").count(), 0);
  assert.notEqual(await page.title(), "owned");
  assert.deepEqual(problems, []);
});

test("a preset location, a picture with caption, a poll", { skip }, async (t) => {
  const { page, phone, own, attach, problems } = await setup(t);
  await attach("location");
  await phone.root.getByTestId("place-preset").filter({ hasText: "Avondale" }).click();
  await phone.root.getByTestId("sheet-send").click();
  await own("location").waitFor({ timeout: STEP_MS });
  assert.match(await own("location").innerText(), /Avondale[\s\S]*-17\.799/);

  const chooser = page.waitForEvent("filechooser");
  await attach("image");
  await (await chooser).setFiles({ name: "plate.png", mimeType: "image/png", buffer: PIXEL });
  await phone.root.getByLabel("Caption").fill("my plate");
  await phone.root.getByTestId("sheet-send").click();
  const picture = own("image");
  await picture.waitFor({ timeout: STEP_MS });
  assert.match(await picture.innerText(), /my plate/);
  await page.waitForFunction((img) => img.complete && img.naturalWidth > 0, await picture.locator("img").elementHandle(), { timeout: STEP_MS });

  await attach("poll");
  await phone.root.getByLabel("Question").fill("Which day?");
  await phone.root.getByLabel("Option 1").fill("Monday");
  await phone.root.getByLabel("Option 2").fill("Friday");
  await phone.root.getByTestId("sheet-send").click();
  await own("unsupported").waitFor({ timeout: STEP_MS });
  assert.deepEqual(problems, []);
});

test("react to a message and answer it, by keyboard", { skip }, async (t) => {
  const { page, phone, problems } = await setup(t);
  await phone.type("hello there");
  const bubble = phone.bubbles.filter({ hasText: "hello there" }).first();
  await bubble.getByLabel("Message options").focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter"); // the first emoji has the focus
  await bubble.getByTestId("reactions").waitFor({ timeout: STEP_MS });

  await bubble.getByLabel("Message options").focus();
  await page.keyboard.press("Enter");
  await phone.root.getByTestId("menu-reply").focus();
  await page.keyboard.press("Enter");
  await page.keyboard.type("line one");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("line two");
  await page.keyboard.press("Enter");
  const answer = phone.bubbles.filter({ hasText: "line one\nline two" });
  await answer.waitFor({ timeout: STEP_MS });
  assert.match(await answer.locator(".quote").innerText(), /hello there/);
  assert.equal(await phone.input.inputValue(), "");
  assert.deepEqual(problems, []);
});

test("a message that did not arrive says why and cannot be answered", { skip }, async (t) => {
  const { phone, waId, problems } = await setup(t);
  const [app, info] = await Promise.all(["/_sim/app", "/_sim/info"].map(async (path) => (await fetch(new URL(path, url))).json()));
  // The person never wrote, so the window is closed: accepted, then failed with 131047.
  const sent = await fetch(new URL(`/v26.0/${info.numbers[0].id}/messages`, url), {
    method: "POST", headers: { "Content-Type": "application/json", Authorization: `Bearer ${app.access_token}` },
    body: JSON.stringify({ messaging_product: "whatsapp", to: `+${waId}`, type: "interactive", interactive: {
      type: "button", body: { text: "New order" }, action: { buttons: [{ type: "reply", reply: { id: "accept", title: "Accept" } }] } } }),
  });
  assert.equal(sent.status, 200, await sent.text());
  const bubble = phone.bubbles.filter({ hasText: "New order" });
  await bubble.getByTestId("failure").waitFor({ timeout: STEP_MS });
  assert.equal(await bubble.getAttribute("data-status"), "failed");
  assert.match(await bubble.getByTestId("failure").innerText(), /131047.*24 hours/s);
  assert.equal(await bubble.getByTestId("reply-button").count(), 0);
  await assert.rejects(phone.choose(/accept/i, { anywhere: true, timeout: 500 }), /nothing offered/);
  assert.deepEqual(problems, []);
});

test("a 360 pixel screen holds one phone and does not scroll sideways", { skip }, async (t) => {
  const { page, phone, problems } = await setup(t, { width: 360, height: 640 });
  await phone.type("a".repeat(300));
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
  const box = await phone.root.getByTestId("send").boundingBox();
  assert.ok(box.x + box.width <= 360 && box.y + box.height <= 640, "the send button is on the screen");
  assert.deepEqual(problems, []);
});

test("the drawer moves the clock and writes faults back whole", { skip }, async (t) => {
  const { page, problems } = await setup(t);
  const clock = async () => Date.parse((await (await fetch(new URL("/_sim/clock", url))).json()).now);
  const before = await (await fetch(new URL("/_sim/faults", url))).json();
  t.after(() => fetch(new URL("/_sim/faults", url), { method: "PUT", headers: { "Content-Type": "application/json" }, body: JSON.stringify(before) }));
  const then = await clock();
  await page.getByTestId("drawer-open").click();
  await page.getByTestId("clock-1h").click();
  const end = Date.now() + STEP_MS;
  while ((await clock()) - then < 3600e3 && Date.now() < end) await page.waitForTimeout(50);
  assert.ok((await clock()) - then >= 3600e3, "the clock moved an hour");

  const saved = page.waitForResponse((r) => r.url().endsWith("/_sim/faults") && r.request().method() === "PUT");
  await page.getByTestId("fault-duplicate_webhooks").fill("0.5");
  assert.equal((await saved).status(), 200);
  const after = await (await fetch(new URL("/_sim/faults", url))).json();
  assert.deepEqual(after, { ...before, duplicate_webhooks: 0.5 });
  assert.deepEqual(problems, []);
});
