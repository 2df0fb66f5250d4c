// Looks at every page of the book in a browser and prints what is wrong, a line each.
//
//     node look.mjs BROWSER SITE DOCS
//
// SITE is the folder of the book, DOCS that of the pages that it was made of. Needs the packages of package.json
// beside this file.

import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [browserPath, site, docs] = process.argv.slice(2);
const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const root = pathToFileURL(site).href + "/";
const found = new Set();

const files = (folder, end) =>
  readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(end)).sort();
const pages = files(site, ".html").filter((name) => name !== "404.html");
const browser = await chromium.launch({ executablePath: browserPath, args: ["--no-sandbox"] });

async function open(options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const say = (text) => found.add(`${relative(site, decodeURI(new URL(page.url()).pathname))}: ${text}`);
  page.on("console", (message) => say(`the console says: ${message.text()}`));
  page.on("pageerror", (error) => say(`a script failed: ${error.message}`));
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(root) && !/^(data|blob):/.test(url)) say(`it asks for ${url}`);
  });
  // What is still on its way when the page is left is not lacking.
  const isAborted = (request) => request.failure().errorText === "net::ERR_ABORTED";
  page.on("requestfailed", (request) => isAborted(request) || say(`it lacks ${request.url()}`));
  return { page, say };
}

// Every link, and every place that a link can lead to.
const links = [];
const places = new Set();

function lookAtLinks(page) {
  return page.evaluate(() => {
    const here = location.href.split("#")[0];
    return {
      ids: [here, ...[...document.querySelectorAll("[id]")].map((it) => `${here}#${it.id}`)],
      hrefs: [...document.querySelectorAll("a[href]")].map((it) => it.href),
    };
  });
}

// A tab shows its own part, and switches all others of that name.
async function lookAtTabs(page, say) {
  const wrong = await page.evaluate(async () => {
    const named = (set) => [...set.querySelectorAll(":scope > .tabbed-labels > label")].map((it) => it.innerText);
    const sets = [...document.querySelectorAll(".tabbed-set")];
    const wrong = [];
    for (const label of document.querySelectorAll(".tabbed-labels > label")) {
      label.click();
      await new Promise(requestAnimationFrame);
      const isWrong = sets.some((set) => {
        const at = named(set).indexOf(label.innerText);
        const blocks = [...set.querySelectorAll(":scope > .tabbed-content > .tabbed-block")];
        return at >= 0 && blocks.some((it, other) => (it.offsetHeight > 0) !== (other === at));
      });
      if (isWrong) wrong.push(label.innerText);
    }
    // As after a mouse: what a key has chosen looks otherwise.
    document.activeElement.blur();
    return wrong;
  });
  wrong.forEach((name) => say(`the tab ${name} does not switch all tabs of that name`));
}

// A box answers: every one with what it begins with, and that of a scalar as Rust does.
async function lookAtBoxes(page, say) {
  for (const box of await page.locator(".try:visible").all()) {
    await box.locator("button").click();
    const output = box.locator("output:not(:empty)");
    const text = await output.innerText({ timeout: 10000 }).catch(() => "nothing");
    const name = await box.getAttribute("data-crossing");
    const expected = { scalar: /is 1\.5$/, slice: /\n1\n2\n3\nNaN$/, "text-out": /^Hello, Ada!$/, panic: /^The panic ended/,
      handle: /^Good morning, Ada!\ncount 1/, error: /no real square root$/, struct: /exact 0$/ }[name] ?? /[0-9a-z]/;
    if (!expected.test(text) || /Error/.test(text)) say(`the box answers: ${text}`);
  }
}

async function lookAtContrast(page, say) {
  const seen = await page.evaluate(async () => {
    document.querySelectorAll("details").forEach((it) => (it.open = true));
    // A page of code has thousands of words: of those that look the same, in the same colours, the first is judged.
    const known = new Set();
    for (const word of document.querySelectorAll("pre span:not(:has(*))")) {
      const looks = [];
      for (let it = word; it; it = it.parentElement) {
        const { color, backgroundColor, fontSize, fontWeight, opacity } = getComputedStyle(it);
        looks.push(color, backgroundColor, fontSize, fontWeight, opacity);
      }
      word.toggleAttribute("data-repeats", known.has(looks.join()));
      known.add(looks.join());
    }
    const rules = { runOnly: ["color-contrast", "image-alt", "label", "link-name", "button-name"] };
    return (await axe.run({ exclude: ["[data-repeats]"] }, rules)).violations.flatMap((violation) =>
      violation.nodes.map((node) => `${violation.help}: ${node.html.slice(0, 120)}`));
  });
  seen.forEach((text) => say(text.replaceAll("\n", " ")));
}

// What a page was made of: each line of its code is on it.
function lookAtText(path, text, say) {
  const source = readFileSync(join(docs, path.replace(/\.html$/, ".md")), "utf8");
  for (const [, indent, code] of source.matchAll(/^( *)`{6} .*\n([^]*?)^\1`{6}$/gm)) {
    for (const line of code.split("\n").map((line) => line.slice(indent.length).trimEnd())) {
      if (!text.includes(line)) say(`it lacks this line of its source: ${line}`);
    }
  }
}

async function lookAtWidth(page, say, width) {
  await page.setViewportSize({ width, height: 900 });
  const excess = await page.evaluate(() => document.scrollingElement.scrollWidth - innerWidth);
  if (excess > 0) say(`at ${width} pixels it is ${excess} pixels too wide`);
}

// In the colours that it has at first, and in those that the reader's button gives it.
async function lookAtColours(page, say) {
  const colour = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await page.addScriptTag({ path: axe });
  await lookAtContrast(page, say);
  const first = await colour();
  await page.locator("[data-md-component=palette] label:visible").click();
  if ((await colour()) === first) say("its button for light and dark changes nothing");
  await lookAtContrast(page, say);
}

async function lookAtPages(colorScheme, paths) {
  const { page, say } = await open({ colorScheme });
  for (const path of paths) {
    await page.goto(root + path);
    await lookAtWidth(page, say, 390);
    await lookAtWidth(page, say, 1280);
    const { ids, hrefs } = await lookAtLinks(page);
    ids.forEach((id) => places.add(id));
    hrefs.filter((href) => href.startsWith("file:")).forEach((href) => links.push([path, href]));
    lookAtText(path, await page.evaluate(() => document.body.textContent), say);
    await page.addStyleTag({ content: "* { transition: none !important }" });
    await lookAtTabs(page, say);
    await lookAtBoxes(page, say);
    await lookAtColours(page, say);
  }
}

// Two readers share the pages: one whose system is light, one whose system is dark.
const half = (odd) => pages.filter((_, index) => index % 2 === odd);
await Promise.all([lookAtPages("light", half(0)), lookAtPages("dark", half(1))]);
for (const [path, href] of links) {
  if (!places.has(href.replace(/#$/, ""))) found.add(`${path}: it links to ${href.replace(root, "")}, which is not there`);
}

// A choice is remembered, the search finds, and without scripts answers and tabs open.
const tabbed = root + "crossings/text-out.html";
{
  const { page, say } = await open({});
  await page.goto(tabbed);
  await page.locator(".tabbed-labels > label", { hasText: "Python" }).first().click();
  await page.goto(tabbed);
  const chosen = page.locator(".tabbed-block", { hasText: "def " }).first();
  await chosen.waitFor({ timeout: 10000 }).catch(() => say("the choice of a tab is not remembered"));
  await page.keyboard.press("/");
  await page.keyboard.type("SONAME");
  const hit = page.locator("a", { hasText: "SONAME" }).filter({ visible: true }).first();
  await hit.waitFor({ timeout: 20000 }).catch(() => say("the search does not find SONAME"));
}
{
  const { page, say } = await open({ javaScriptEnabled: false });
  await page.goto(tabbed);
  for (const what of [".tabbed-labels > label", "article details > summary"]) {
    for (const it of await page.locator(what).filter({ visible: true }).all()) await it.click();
  }
  const last = page.locator(".tabbed-block", { hasText: "import pyhello" });
  if (!(await last.isVisible())) say("without scripts a tab does not open");
  const closed = page.locator("article details:not([open])").filter({ visible: true });
  if (await closed.count()) say(`without scripts an answer does not open: ${await closed.first().innerText()}`);
}
await browser.close();
[...found].sort().forEach((line) => console.log(line));
process.exitCode = found.size ? 1 : 0;
