// Opens each page of a folder in Chromium 78, in windows of several widths, and prints what `look.js` finds there, in text of twice
// the size too; and of those that are looked at `bare`, what it finds where their style is taken away.
"use strict";
const fs = require("fs");
const path = require("path");
const puppeteer = require("puppeteer-core");

const [, , executablePath, folder] = process.argv;
const { host, policy, pages, bare, heights, pictures } = JSON.parse(fs.readFileSync(path.join(folder, "asked.json"), "utf8"));
const look = fs.readFileSync(path.join(folder, "look.js"), "utf8").replace(/^\/\/.*\n/, "");

async function main() {
  const browser = await puppeteer.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"] });
  const tab = await browser.newPage();
  await tab.setRequestInterception(true);
  tab.on("request", (request) => {
    const name = request.url().slice(host.length + 1);
    const photo = /\/photo$|\/pictures\//.test(name);
    if (!photo && !pages.includes(name)) return request.abort();
    return request.respond({
      body: fs.readFileSync(path.join(folder, photo ? "photo.jpg" : `${name}.html`)),
      contentType: photo ? "image/jpeg" : "text/html; charset=utf-8",
      headers: { "Content-Security-Policy": policy },
    });
  });
  const found = {};
  for (const name of pages) {
    found[name] = {};
    await tab.goto(`${host}/${name}`, { waitUntil: "load" });
    for (const [width, height] of heights) {
      await tab.setViewport({ width, height });
      const usual = await tab.evaluate(`(${look})()`);
      if (pictures) await tab.screenshot({ path: path.join(pictures, `${name}-${width}.png`), fullPage: true });
      const { doubled } = await tab.evaluate(`(() => {
        const { style } = document.documentElement;
        style.fontSize = 2 * parseFloat(getComputedStyle(document.documentElement).fontSize) + "px";
        const doubled = (${look})();
        style.fontSize = "";
        return { doubled };
      })()`);
      found[name][width] = { usual, doubled };
    }
    if (!bare.includes(name)) continue;
    await tab.evaluate("for (const sheet of document.styleSheets) sheet.disabled = true");
    for (const [width, height] of heights) {
      await tab.setViewport({ width, height });
      found[name][width].bare = await tab.evaluate(`(${look})()`);
    }
  }
  console.log(JSON.stringify({ version: await browser.version(), found }));
  await browser.close();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
