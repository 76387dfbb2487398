// Drives a browser over the desk's pages by lines of JSON: one order in, one answer out. There is no order that clicks.
//
// node desk.mjs FOLDER-OF-NODE_MODULES CHROMIUM

import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const [modules, chromium] = process.argv.slice(2);
const need = createRequire(`${modules}/`);
const { chromium: engine } = need("playwright-core");
const { source: axe } = need("axe-core");
const PATIENCE = 15000;
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"];
const WIDE = { width: 1440, height: 900 };
const OURS = ["localhost", "127.0.0.1"];

const launched = (...more) => engine.launch({
  executablePath: chromium,
  env: { ...process.env, LANGUAGE: "sv" },
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", ...more],
});
const browser = await launched();
// Somebody who has set their browser to letters of twice the size.
const large = await launched("--blink-settings=defaultFontSize=32");
const windows = new Map();

// What a page may not do, heard while it does it; the console tells also of what the policy stops.
function listen(context, faults) {
  context.on("page", (page) => {
    page.setDefaultTimeout(PATIENCE);
    page.on("console", (said) => {
      // The browser says this of each answer that is no success: those are heard below, where a page's own is let be.
      if (["error", "warning"].includes(said.type()) && !said.text().startsWith("Failed to load resource"))
        faults.push(`console: ${said.text()} (${page.url()})`);
    });
    page.on("pageerror", (error) => faults.push(`script: ${error.message} (${page.url()})`));
    page.on("dialog", (dialog) => { faults.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
    page.on("request", (asked) => {
      if (asked.url().startsWith("http") && !OURS.includes(new URL(asked.url()).hostname))
        faults.push(`asks another host: ${asked.url()} (${page.url()})`);
    });
    page.on("requestfailed", (asked) => {
      // What was asked for while somebody typed is let go when they go on, and the tab's picture when the page is left.
      const passing = ["fetch", "xhr"].includes(asked.resourceType()) || new URL(asked.url()).pathname === "/static/mark.svg";
      const letGo = passing && asked.failure()?.errorText === "net::ERR_ABORTED";
      if (!letGo) faults.push(`failed: ${asked.url()} ${asked.failure()?.errorText}`);
    });
    page.on("response", (given) => {
      const own = given.request().isNavigationRequest() && given.frame() === page.mainFrame();
      if (given.status() >= (own ? 500 : 400)) faults.push(`${given.status()}: ${given.url()} (${page.url()})`);
    });
  });
}

// Runs in each page before anything of its own.
function watch() {
  document.addEventListener("securitypolicyviolation", (stopped) =>
    console.error(`policy: ${stopped.effectiveDirective} stops ${stopped.blockedURI} ${stopped.sample}`));
  for (const kind of ["pointerdown", "mousedown", "touchstart"])
    document.addEventListener(kind, () => console.error(`hands off the keyboard: ${kind}`), true);
}

// Text that changes at once, so that contrast is not measured halfway.
const still = (page) => page.evaluate(() => Promise.all(document.getAnimations().map((one) => one.finished.catch(() => 0))));

async function judged(page, where) {
  await still(page);
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe);
  const found = await page.evaluate(async (tags) => {
    // What stands in a frame is a stranger's letter: its writer answers for it.
    const { violations } = await window.axe.run(document, { iframes: false, resultTypes: ["violations"], runOnly: { type: "tag", values: tags } });
    return violations.map((one) => [one.id, one.help, one.nodes.map((node) => [node.target.join(" "), node.any.concat(node.all, node.none).map((c) => c.message).join("; ")])]);
  }, RULES);
  return found.map(([id, help, nodes]) => `${where}: ${id}: ${help}: ${nodes.slice(0, 3).map(([at, why]) => `${at} [${why}]`).join(", ")}${nodes.length > 3 ? ` and ${nodes.length - 3} more` : ""}`);
}

async function sideways(page, where) {
  const wide = await page.evaluate(() => {
    const root = document.documentElement, more = root.scrollWidth - root.clientWidth;
    if (more < 1) return "";
    const out = [...document.querySelectorAll("body *")].filter((one) => {
      const box = one.getBoundingClientRect();
      return box.width && box.right > root.clientWidth + 1 && ![...one.children].some((c) => c.getBoundingClientRect().right > root.clientWidth + 1);
    });
    return `${more} px: ${out.slice(0, 3).map((one) => `${one.tagName.toLowerCase()}.${one.getAttribute("class") ?? ""} “${one.textContent.trim().slice(0, 40)}”`).join(", ")}`;
  });
  return wide ? [`${where}: scrolls sideways ${wide}`] : [];
}

// Every thing that can be focused, in the order of the page; of radio buttons with one name only one is a stop. A frame is
// none: the browser goes into it where there is something to reach, and ours holds a letter without links.
const stops = () => {
  const named = new Set(), found = [];
  for (const one of document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")) {
    if (one.disabled || one.tabIndex < 0 || one.type === "hidden") continue;
    if (!one.checkVisibility({ checkVisibilityCSS: true, contentVisibilityAuto: true })) continue;
    if (one.closest("details:not([open])") && !(one.tagName === "SUMMARY" && one.parentElement.open === false && !one.parentElement.parentElement.closest("details:not([open])"))) continue;
    if (one.type === "radio") {
      const group = `${one.name}@${[...document.forms].indexOf(one.form)}`;
      if (named.has(group)) continue;
      named.add(group);
    }
    found.push(one);
  }
  return found;
};
const told = (one) => {
  const labels = [...(one.labels ?? [])].map((label) => label.textContent).join(" ");
  const words = (one.getAttribute("aria-label") || labels || one.textContent || one.value || one.getAttribute("title") || "").trim().replace(/\s+/g, " ");
  return `${one.tagName.toLowerCase()} “${words.slice(0, 60)}”`;
};
const TOOLS = `window.__stops = ${stops}; window.__told = ${told};`;

// Walks the page with the tabulator; says what was never reached, came out of order, or shows no focus.
async function tabbed(page) {
  await page.evaluate(TOOLS);
  const count = await page.evaluate(() => {
    window.__all = window.__stops();
    window.__looks = window.__all.map((one) => { const s = getComputedStyle(one); return `${s.outline}|${s.boxShadow}|${s.borderColor}|${s.backgroundColor}`; });
    window.__met = [];
    // From the top, even where a field has taken the focus by itself.
    document.body.tabIndex = -1;
    document.body.focus();
    document.body.removeAttribute("tabindex");
    window.scrollTo(0, 0);
    return window.__all.length;
  });
  const faults = [];
  for (let step = 0; step < count + 30; step++) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(() => {
      const one = document.activeElement;
      if (!one || one === document.body) return { end: true };
      const radio = (other) => one.type === "radio" && other.type === "radio" && one.name === other.name && one.form === other.form;
      const index = window.__all.findIndex((other) => other === one || radio(other));
      if (window.__met.includes(index) && index >= 0) return { fields: one.matches("input, iframe") };
      const style = getComputedStyle(one), ringed = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
      // A control that is drawn by its label shows its focus there.
      const label = one.closest("label"), drawn = label && getComputedStyle(label);
      const shown = ringed || (drawn && drawn.outlineStyle !== "none" && parseFloat(drawn.outlineWidth) > 0) ||
        (index >= 0 && `${style.outline}|${style.boxShadow}|${style.borderColor}|${style.backgroundColor}` !== window.__looks[index]);
      // A box that can be scrolled is given focus by the browser: nothing is to be done there.
      const scrolls = index < 0 && one.scrollHeight > one.clientHeight;
      const box = one.getBoundingClientRect(), before = window.__met.at(-1) ?? -1;
      if (index >= 0) window.__met.push(index);
      return {
        index, before, name: window.__told(one), shown, scrolls,
        unseen: !scrolls && (box.bottom <= 0 || box.top >= innerHeight || box.width < 1),
      };
    });
    if (at.end) break;
    if (at.fields !== undefined) { if (at.fields) continue; break; }
    if (at.index < 0 && !at.scrolls) faults.push(`tab: reaches ${at.name}, which was not counted with`);
    if (at.index >= 0 && at.index < at.before) faults.push(`tab: ${at.name} comes out of the order of the page`);
    if (!at.shown) faults.push(`tab: ${at.name} shows no focus`);
    if (at.unseen) faults.push(`tab: ${at.name} has focus out of sight`);
  }
  const missed = await page.evaluate(() => window.__all.filter((_, index) => !window.__met.includes(index)).map(window.__told));
  return faults.concat(missed.map((name) => `tab: ${name} is never reached`));
}

const unfold = (page) => page.evaluate(() => document.querySelectorAll("details").forEach((one) => one.removeAttribute("name") ?? (one.open = true)));

// A page made of what has been looked at before: what its words may have changed.
async function glanced(page) {
  await unfold(page);
  const faults = await judged(page, "unfolded");
  await page.setViewportSize({ width: 320, height: 900 });
  faults.push(...(await sideways(page, "320 px")));
  await page.setViewportSize(WIDE);
  return faults;
}

async function examined(page, { picture }) {
  const faults = await judged(page, "light");
  faults.push(...(await tabbed(page)));
  await page.evaluate(() => { document.activeElement?.blur?.(); window.scrollTo(0, 0); });
  for (const width of [1440, 768, 390]) {
    await page.setViewportSize({ width, height: width < 500 ? 844 : 900 });
    if (picture) await page.screenshot({ path: `${picture}-${width}.png`, fullPage: true });
  }
  if (picture) {
    await page.emulateMedia({ colorScheme: "dark" });
    await page.screenshot({ path: `${picture}-390-dark.png`, fullPage: true });
    await page.setViewportSize(WIDE);
    await page.screenshot({ path: `${picture}-1440-dark.png`, fullPage: true });
  }
  // Everything that can be unfolded lies open from here on.
  await unfold(page);
  for (const width of [1440, 768, 390])
    for (const colorScheme of ["light", "dark"]) {
      if (width === 768 && colorScheme === "dark") continue;
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme });
      faults.push(...(await judged(page, `${width} ${colorScheme}, unfolded`)));
    }
  for (const width of [1440, 1024, 768, 720, 390, 320]) {
    await page.setViewportSize({ width, height: 900 });
    faults.push(...(await sideways(page, `${width} px`)));
  }
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize(WIDE);
  return faults;
}

const orders = {
  async open({ who, cookie = "", url }) {
    const context = await browser.newContext({ viewport: WIDE, locale: "sv-SE", colorScheme: "light", reducedMotion: "reduce" });
    const faults = [];
    listen(context, faults);
    await context.addInitScript(watch);
    await context.route((to) => !OURS.includes(to.hostname), (route) => route.abort());
    const other = await large.newContext({ viewport: { width: 1280, height: 900 }, locale: "sv-SE" });
    if (cookie) for (const one of [context, other]) await one.addCookies([{ name: "namndbot", value: cookie, url }]);
    windows.set(who, { page: await context.newPage(), large: await other.newPage(), faults });
  },
  // What a link gives, without going there.
  async asks({ page, url }) {
    const given = await page.context().request.get(url, { maxRedirects: 0 });
    const headers = given.headers();
    return { status: given.status(), type: headers["content-type"] ?? "", disposition: headers["content-disposition"] ?? "",
      policy: headers["content-security-policy"] ?? "", to: headers.location ?? "" };
  },
  async go({ page, url }) {
    const given = await page.goto(url);
    return { status: given.status(), html: await page.content() };
  },
  async links({ page }) {
    return await page.evaluate(() => [...new Set([...document.querySelectorAll("a[href]")].map((one) => one.href.split("#")[0]))]);
  },
  async examine({ page, picture = "" }) {
    return await examined(page, { picture });
  },
  async glance({ page }) {
    return await glanced(page);
  },
  async enlarge({ window, url, picture = "" }) {
    await window.large.goto(url);
    if (picture) await window.large.screenshot({ path: `${picture}-large.png`, fullPage: true });
    return await sideways(window.large, "text at 200 %");
  },
  // A form as a person without the browser's own checks would send it; the page that answers is looked at.
  async send({ page, form, values = {} }) {
    await page.evaluate(([form, values]) => {
      const found = document.querySelector(form);
      for (const [name, value] of Object.entries(values)) found.elements.namedItem(name).value = value;
    }, [form, values]);
    const answered = page.waitForResponse((given) => given.request().method() === "POST" && given.request().isNavigationRequest());
    const loaded = page.waitForEvent("load");
    await page.evaluate((form) => { HTMLFormElement.prototype.submit.call(document.querySelector(form)); }, form);
    const given = await answered;
    await loaded;
    return given.status();
  },
  async key({ page, keys }) {
    for (const key of keys) await page.keyboard.press(key);
  },
  // Keys that lead to another address.
  async turn({ page, keys }) {
    const before = page.url();
    for (const key of keys) await page.keyboard.press(key);
    await page.waitForURL((url) => url.href !== before);
    await page.waitForLoadState("load");
  },
  async type({ page, text }) {
    await page.keyboard.type(text);
  },
  // Types a day into the field that has focus, in whichever order this browser shows its parts.
  async day({ page, day }) {
    const [year, month, date] = day.split("-");
    for (const parts of [[month, date, year], [date, month, year], [year, month, date]]) {
      for (let step = 0; step < 3; step++) await page.keyboard.press("ArrowLeft");
      for (const part of parts) {
        await page.keyboard.type(part);
        if (part === year && parts[0] === year) await page.keyboard.press("ArrowRight");
      }
      if (await page.evaluate((day) => document.activeElement.value === day, day)) return;
    }
    throw new Error(`the day ${day} cannot be typed`);
  },
  // Presses Tab until what has focus is called so.
  async tab({ page, name, back = false }) {
    for (let step = 0; step < 250; step++) {
      await page.keyboard.press(back ? "Shift+Tab" : "Tab");
      const at = await page.evaluate(`${TOOLS} window.__told(document.activeElement)`);
      if (at.includes(name)) return at;
    }
    throw new Error(`the tabulator never comes to ${name}`);
  },
  async focused({ page }) {
    return await page.evaluate(`${TOOLS} window.__told(document.activeElement)`);
  },
  async sees({ page, words, patience = PATIENCE }) {
    await page.waitForFunction((words) => document.body?.innerText.replace(/\s+/g, " ").includes(words), words, { timeout: patience });
  },
  async said({ page }) {
    return (await page.locator("body").innerText()).replace(/\s+/g, " ");
  },
  async texts({ page, selector }) {
    return (await page.locator(selector).allInnerTexts()).map((one) => one.replace(/\s+/g, " ").trim());
  },
  async at({ page }) {
    return page.url();
  },
  async faults({ window }) {
    return window.faults.splice(0);
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { order, ...given } = JSON.parse(line);
  const start = performance.now();
  const window = windows.get(given.who);
  try {
    const told = await orders[order]({ window, page: window?.page, ...given });
    console.log(JSON.stringify({ told: told ?? null, seconds: (performance.now() - start) / 1000 }));
  } catch (error) {
    console.log(JSON.stringify({ fault: String(error.message).slice(0, 2000), seconds: (performance.now() - start) / 1000 }));
  }
}
await browser.close();
await large.close();
