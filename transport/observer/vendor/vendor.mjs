// vendor.mjs: copies the scripts of others that the observer's page uses from their npm packages into page/vendor,
// unchanged, with their licences. vendor.mjs --check compares instead, and says what differs. `npm ci` installs what
// the lock file names.
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const to = join(here, "..", "page", "vendor");

const files = {
  "phoenix.js": "phoenix/priv/static/phoenix.mjs",
  "uPlot.iife.min.js": "uplot/dist/uPlot.iife.min.js",
  "uPlot.min.css": "uplot/dist/uPlot.min.css",
};
const licences = { phoenix: "phoenix/LICENSE.md", uplot: "uplot/LICENSE" };

const installed = (path) => readFile(join(here, "node_modules", path), "utf8");

async function wanted() {
  const texts = {};
  for (const [name, path] of Object.entries(files)) texts[name] = await installed(path);
  const parts = [];
  for (const [name, path] of Object.entries(licences)) {
    const { version, license } = JSON.parse(await installed(`${name}/package.json`));
    parts.push(`${name} ${version} (${license})\n\n${(await installed(path)).trim()}\n`);
  }
  texts["LICENSES.txt"] = parts.join("\n----\n\n");
  return texts;
}

const texts = await wanted();
if (process.argv[2] !== "--check") {
  for (const [name, text] of Object.entries(texts)) await writeFile(join(to, name), text);
} else {
  const differs = [];
  for (const [name, text] of Object.entries(texts))
    if ((await readFile(join(to, name), "utf8").catch(() => null)) !== text) differs.push(name);
  if (differs.length > 0) {
    console.error(`page/vendor is not what the packages contain; run vendor.mjs: ${differs.join(", ")}`);
    process.exit(1);
  }
}
