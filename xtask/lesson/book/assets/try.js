// The boxes in which a reader calls the library: the page calls the C ABI as a C program does. The library is
// compiled to WebAssembly, and comes when a box is used first.

/** The library, with a page of memory that is the caller's. */
class Library {
  constructor(module) {
    this.c = new WebAssembly.Instance(module, {}).exports;
    this.next = this.start = this.c.memory.grow(1) * 65536;
  }
  /** Room for `size` bytes of the caller. */
  room(size) {
    const at = this.next;
    this.next += Math.ceil(size / 8) * 8;
    return at;
  }
  get view() {
    return new DataView(this.c.memory.buffer);
  }
  lend(text) {
    const bytes = new TextEncoder().encode(text + "\0");
    const at = this.room(bytes.length);
    new Uint8Array(this.c.memory.buffer).set(bytes, at);
    return at;
  }
  text(at) {
    const bytes = new Uint8Array(this.c.memory.buffer, at);
    return new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)));
  }
  /** What a status says, and after a failure the message. */
  status(status) {
    const name = this.text(this.c.hello_status_name(status));
    return status === 0 ? name : `${name}: ${this.text(this.c.hello_last_error())}`;
  }
  pointer(at) {
    return this.view.getUint32(at, true);
  }
  double(at) {
    return this.view.getFloat64(at, true);
  }
}

/** Of each crossing: the values to begin with, and the calls. */
const CROSSINGS = {
  scalar: [{ value: "2.25" }, (l, v) => `hello_sqrt(${+v.value}) is ${l.c.hello_sqrt(+v.value)}`],
  struct: [{ value: "2" }, (l, v) => {
    const at = l.room(24);
    l.c.hello_root(at, +v.value);
    return `value ${l.double(at)}, root ${l.double(at + 8)}, exact ${l.view.getUint8(at + 16)}`;
  }],
  error: [{ value: "-4" }, (l, v) => {
    const root = l.room(8);
    const status = l.c.hello_checked_sqrt(+v.value, root);
    return l.status(status) + (status === 0 ? `\nroot ${l.double(root)}` : "");
  }],
  "text-out": [{ name: "Ada" }, greet],
  "text-in": [{ name: "Zoë" }, greet],
  buffer: [{ value: "2.25", capacity: "40" }, (l, v) => {
    const [buffer, length] = [l.room(Math.min(+v.capacity, 4096)), l.room(4)];
    const status = l.c.hello_sentence(+v.value, buffer, Math.min(+v.capacity, 4096), length);
    const written = status === 0 ? `\n${l.text(buffer)}` : "";
    return `${l.status(status)}${written}\nlength ${l.pointer(length)}`;
  }],
  slice: [{ values: "1 4 9 -1" }, (l, v) => {
    const values = v.values.split(/[ ,]+/).filter(Boolean).map(Number).slice(0, 1000);
    const [from, to] = [l.room(8 * values.length), l.room(8 * values.length)];
    values.forEach((value, index) => l.view.setFloat64(from + 8 * index, value, true));
    const status = l.status(l.c.hello_sqrt_all(from, to, values.length));
    return [status, ...values.map((_, index) => l.double(to + 8 * index))].join("\n");
  }],
  handle: [{ words: "Good morning", name: "Ada" }, (l, v) => {
    const [handle, count] = [l.room(4), l.room(8)];
    const made = l.c.hello_greeter_new(l.lend(v.words), handle);
    if (made !== 0) return l.status(made);
    const greeter = l.pointer(handle);
    const greeting = given(l, (to) => l.c.hello_greeter_greet(greeter, l.lend(v.name), to));
    l.c.hello_greeter_count(greeter, count);
    const counted = l.view.getBigUint64(count, true);
    l.c.hello_greeter_free(greeter);
    return `${greeting}\ncount ${counted}, then freed`;
  }],
  panic: [{ message: "out of ideas" }, (l, v) => l.status(l.c.hello_panic(l.lend(v.message)))],
  version: [{}, (l) => `${l.text(l.c.hello_version())}, ABI version ${l.c.hello_abi_version()}`],
};

function greet(l, v) {
  return given(l, (to) => l.c.hello_greet(l.lend(v.name), to));
}

/** A text that the library made, given back to it. */
function given(l, call) {
  const to = l.room(4);
  const status = call(to);
  if (status !== 0) return l.status(status);
  const text = l.text(l.pointer(to));
  l.c.hello_string_free(l.pointer(to));
  return text;
}

const root = new URL("..", document.currentScript.src);
let module;

/** A script and no file to fetch: a page that is a file itself may not fetch. */
async function load() {
  const script = Object.assign(document.createElement("script"), { src: `${root}assets/hello.wasm.js` });
  await new Promise((onload, onerror) => document.head.append(Object.assign(script, { onload, onerror })));
  return WebAssembly.compile(globalThis.HELLO_WASM);
}

for (const box of document.querySelectorAll(".try")) {
  const [values, call] = CROSSINGS[box.dataset.crossing] ?? [];
  if (!call) continue;
  const fields = Object.entries(values).map(([name, value]) => `<label>${name} <input name="${name}" value="${value}"></label>`);
  box.innerHTML = `<p><strong>Call it yourself.</strong> This page calls the functions of the header, as C does; they are
    those of this library, compiled to WebAssembly. Python cannot run here: above is what it printed.</p>
    <form>${fields.join("")}<button class="md-button">Call it</button><output></output></form>`;
  const [form, output] = [box.querySelector("form"), box.querySelector("output")];
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      module ??= load();
      output.textContent = call(new Library(await module), Object.fromEntries(new FormData(form)));
    } catch (error) {
      output.textContent = error instanceof WebAssembly.RuntimeError
        ? "The panic ended the module: WebAssembly does not unwind. In C and Python the guard makes it a status."
        : `${error}`;
    }
  });
}
