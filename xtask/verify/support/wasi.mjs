// Runs a program for wasm32-wasip1 under node, as cargo's runner:
// CARGO_TARGET_WASM32_WASIP1_RUNNER="node --no-warnings FOLDER/wasi.mjs". The program sees every file.

import { readFile } from "node:fs/promises";
import { WASI } from "node:wasi";

const [program, ...args] = process.argv.slice(2);
const folders = { "/": "/", ".": "." };
const wasi = new WASI({ version: "preview1", args: [program, ...args], env: process.env, preopens: folders });
const module = await WebAssembly.compile(await readFile(program));
try {
  process.exitCode = wasi.start(await WebAssembly.instantiate(module, wasi.getImportObject()));
} catch (error) {
  // A trap ends the module, not the process, which has to end as a signal would end it.
  console.error(`${program}: ${error.message}`);
  process.exitCode = 134;
}
