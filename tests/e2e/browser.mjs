// Drives a browser by lines of JSON: one order in, one answer out. Each person has a window of their own.
//
// node browser.mjs FOLDER-OF-NODE_MODULES CHROMIUM

import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const [modules, chromium] = process.argv.slice(2);
const { chromium: engine } = createRequire(`${modules}/`)("playwright-core");
const CARD = ".ac-adaptiveCard";
const PATIENCE = 20000;

const browser = await engine.launch({
  executablePath: chromium,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});
const windows = new Map();

// The outermost card that holds all of the words, the newest if there are several.
const cards = (page) => page.locator(`${CARD}:not(${CARD} ${CARD})`);
const card = (page, words) => words.reduce((found, one) => found.filter({ hasText: one }), cards(page)).last();

// Cards may have fields of their own: the one to write messages in stands below them all.
const composer = (page) => page.getByRole("textbox").last();
const FONT = [["400", "Inter", "Inter Regular"], ["600", "Inter SemiBold", "Inter Semi Bold"], ["700", "Inter Bold"]]
  .map(([weight, ...names]) => `@font-face { font-family: "Segoe UI"; font-weight: ${weight};
    src: ${[...names, weight === "400" ? "Liberation Sans" : "Liberation Sans Bold", "DejaVu Sans"].map((one) => `local("${one}")`).join(", ")}; }`)
  .join("\n");

const orders = {
  async open({ who, url, width = 1280, height = 900 }) {
    const context = await browser.newContext({ viewport: { width, height }, locale: "sv-SE", deviceScaleFactor: 1.5 });
    // Nothing outside is there: what is asked of it fails at once instead of waiting for a name.
    await context.route((to) => !["localhost", "127.0.0.1"].includes(to.hostname), (route) => route.abort());
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    windows.set(who, page);
    await page.goto(url, { waitUntil: "domcontentloaded" });
    await composer(page).waitFor();
    // The client's own font is not here: one that is about as wide, so that lines break where they would.
    await page.addStyleTag({ content: FONT });
  },
  async go({ page, name }) {
    await page.getByRole("treeitem", { name }).first().click();
    await composer(page).waitFor();
  },
  async write({ page, text, mention = "" }) {
    await composer(page).click();
    if (mention) {
      // The list of people comes a moment after, last in the page.
      const named = page.getByText(mention, { exact: true });
      const before = await named.count();
      await page.keyboard.type(`@${mention.slice(0, 4)}`, { delay: 20 });
      await named.nth(before).waitFor();
      await named.last().click();
      await page.keyboard.type(" ");
    }
    await page.keyboard.type(text);
    await page.keyboard.press("Enter");
  },
  async waitCard({ page, words, patience = PATIENCE }) {
    await card(page, words).waitFor({ timeout: patience });
    return (await card(page, words).innerText()).trim();
  },
  async waitText({ page, words, patience = PATIENCE }) {
    await page.getByText(words).last().waitFor({ timeout: patience });
  },
  // Of several buttons that say the same, the one nearest below the last of the words; in a form that is open, the form's.
  async press({ page, words, button }) {
    const named = page.getByRole("button", { name: button, exact: true });
    const held = words.reduce((found, one) => found.filter({ hasText: one }), cards(page)).filter({ has: named }).last();
    const about = held.getByText(words.at(-1)).first();
    await about.waitFor();
    const below = about.locator(`xpath=following::*[@role="button" and normalize-space(.)="${button}"]`);
    await below.first().click();
  },
  async choose({ page, words, choice }) {
    await card(page, words).getByRole("combobox").last().click();
    await page.getByRole("option").filter({ hasText: choice }).first().click();
  },
  async fill({ page, words, kind, text }) {
    await card(page, words).locator(`${kind}:visible`).last().fill(text);
  },
  async buttons({ page, words }) {
    return (await card(page, words).locator(".ac-pushButton-content").allInnerTexts()).map((one) => one.trim());
  },
  async said({ page }) {
    return await page.locator("body").innerText();
  },
  async html({ page }) {
    return await page.content();
  },
  async cards({ page }) {
    return (await cards(page).allInnerTexts()).map((one) => one.trim());
  },
  // The client does not fit a phone, but cards are to: a width is what a phone leaves them.
  async picture({ page, words = [], width = 0, file }) {
    if (!words.length) return void (await page.screenshot({ path: file }));
    const shown = card(page, words);
    if (width) await shown.evaluate((element, width) => Object.assign(element.style, { width: `${width}px` }), width);
    await shown.scrollIntoViewIfNeeded();
    await shown.screenshot({ path: file });
    const wider = await shown.evaluate((element) => element.scrollWidth - element.clientWidth);
    if (width) await shown.evaluate((element) => Object.assign(element.style, { width: "" }));
    return wider;
  },
  async close({ page, who }) {
    await page.context().close();
    windows.delete(who);
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { order, ...given } = JSON.parse(line);
  const start = performance.now();
  try {
    const told = await orders[order]({ page: windows.get(given.who), ...given });
    console.log(JSON.stringify({ told: told ?? null, seconds: (performance.now() - start) / 1000 }));
  } catch (error) {
    console.log(JSON.stringify({ fault: String(error.message).slice(0, 2000), seconds: (performance.now() - start) / 1000 }));
  }
}
await browser.close();
