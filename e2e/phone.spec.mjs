// A whole order played by clicking, on both phones: run with MUSIKA_PHONE_URL set to a running demo's
// phone page. See package.json; the picture goes to e2e/out/phone.png.

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { openPhones } from "./phone-driver.mjs";

const URL_ENV = "MUSIKA_PHONE_URL";
const url = process.env[URL_ENV];
const OUT = fileURLToPath(new URL("out/", import.meta.url));
const MAX_PAGES = 4; // how often the story asks a list for more before it gives up

/** What the options and answers are called, tolerant of wording. */
const SAYS = {
  store: [/pizza|kitchen|restaurant/i, /chicken|bakery|grocer|cake/i],
  product: [/sadza/i, /pizza|chicken|bread/i, /\$|USD/i],
  category: [/combo|sadza|main|popular/i, /pizza|meal|food/i],
  quantity: [/^\s*2\b/, /^\s*1\b/, /add( to cart)?$/i],
  checkout: [/check ?out|pay/i],
  delivery: [/deliver/i],
  payment: [/cash/i, /ecocash|card|pay/i],
  skip: [/skip|no note|no words|no thanks|none|^no$/i],
  confirm: [/confirm|place|yes/i],
  accept: [/accept/i],
};
const ORDER_NUMBER = /\b[2-9B-DF-HJKMNP-TV-Z]{6}\b/; // the alphabet of order codes: no vowels, no look-alikes
const ADDRESS = "12 King George Road, Avondale";

test("a customer orders, the shop delivers, the customer rates", { skip: url ? false : `${URL_ENV} is not set` }, async (t) => {
  const { browser, page, problems, phone } = await openPhones(url);
  t.after(() => browser.close());
  await mkdir(OUT, { recursive: true });
  const customer = phone("customer");
  const merchant = phone("merchant");
  await Promise.all([customer.ready(), merchant.ready()]);
  let order;
  const step = async (name, play) => {
    try {
      await play();
      t.diagnostic(`played: ${name}`);
    } catch (error) {
      error.message = `${name}: ${error.message}`;
      throw error;
    }
  };
  const shot = (name) => page.screenshot({ path: `${OUT}${name}.png`, animations: "disabled" });

  try {
    await step("hi offers stores", async () => {
      await customer.type("hi");
      await customer.choose(/^stores$/i);
      await customer.choose(...SAYS.store);
    });

    await step("store, product, quantity", async () => {
      await chooseProduct(customer);
      await customer.choose(...SAYS.quantity);
      await customer.hears(/added|cart|subtotal/i);
    });

    await step("cart and checkout", async () => {
      await customer.type("!cart");
      await customer.hears(/total/i);
      await customer.choose(...SAYS.checkout);
    });

    await step("delivery, address, payment, confirm", async () => {
      await customer.choose(...SAYS.delivery);
      await customer.hears(/where|address|location/i);
      await customer.type(ADDRESS);
      await customer.choose(...SAYS.payment);
      await customer.choose(...SAYS.skip);
      await customer.choose(...SAYS.confirm);
      const placed = await customer.hears(/order.*(placed|received|sent|thank)|(placed|received|thank).*order/is);
      order = ORDER_NUMBER.exec(placed)?.[0];
      assert.ok(order, `the answer names the order: ${placed}`);
      await customer.lastStatus("read");
    });

    await step("the shop accepts and delivers, the customer is told", async () => {
      // By its number, so that no older order of the demo is accepted in its place.
      await merchant.choose(...SAYS.accept, { anywhere: true, about: new RegExp(order.replace(/\W/g, "\\$&")) });
      await customer.hears(/accepted|confirmed/i);
      await shot("phone");
      await merchant.choose(/prepar|cooking|start/i);
      await customer.hears(/prepar/i);
      await merchant.choose(/ready/i);
      await customer.hears(/ready/i);
      await merchant.choose(/out for delivery|on (its|the) way|dispatch|send out/i);
      await customer.hears(/on (its|the) way|out for delivery/i);
      await merchant.choose(/handed over|deliver/i);
      await customer.hears(/delivered/i);
    });

    await step("the customer rates", async () => {
      const rated = await customer.choose(/★★★★★|⭐{5}|\b5\b|excellent/i, /rate/i);
      if (/rate/i.test(rated)) await customer.choose(/★★★★★|⭐{5}|\b5\b|excellent/i);
      await customer.choose(...SAYS.skip);
      await customer.hears(/thank/i);
    });

    assert.deepEqual(problems, [], "the page reported problems");
  } finally {
    await shot("end");
  }
});

/** The menu may show products at once, or categories first, or several pages. */
async function chooseProduct(customer) {
  for (let page = 0; page < MAX_PAGES; page++) {
    const words = await customer.choose(...SAYS.product, ...SAYS.category, /more|next/i);
    if (await isQuantity(customer)) return;
    if (!words) break;
  }
}

async function isQuantity(customer) {
  return customer.hears(/how many|quantity|added|add /i, { timeout: 4000 }).then(() => true, () => false);
}
