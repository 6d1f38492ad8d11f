// Links what a page, or a part of one, consists of to the program that the visit began with, when it is first wanted.

// What is linked, or on its way to be, by number. One that fails is asked for again the next time.
const linked = new Map();

// The numbers of what `page` consists of; they are listed as `3-5,9`.
const parts = (page) =>
  PAGES[page].split(',').flatMap((range) => {
    const [first, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });

// The page with whose program the visit began.
let begun;

// Says which that is: it holds all of the page.
export const begin = (page) => {
  begun = page;
  parts(page).forEach((part) => linked.set(part));
};

// What the program calls for a page or part; it is told through the function `callback` of its own when that is there.
const link = (page) => async (callback, data) => {
  let isThere = false;
  try {
    await all(page);
    isThere = true;
  } catch (error) {
    console.error(error);
  }
  initSync().__indirect_function_table.get(callback)(data, isThere);
};

// A program compiled for debugging also asks for a number by which to know its build, which our names tell.
const shared = () => new Proxy(initSync(), { get: (program, name) => program[name] ?? 0 });

const all = (page) => {
  const needed = parts(page);
  const missing = needed.filter((part) => !linked.has(part));
  const isPart = begun && page.endsWith('_part');
  const lacking = isPart ? needed.filter((part) => !parts(begun).includes(part)) : [];
  // What the first program lacks of a part of a page is in one file too, for a visit that has had nothing of it since.
  if (missing.length > 1 && missing.length === lacking.length) fetchParts(`${begun}-${page}`, missing);
  else missing.forEach((part) => fetchParts(part, [part]));
  return Promise.all(needed.map((part) => linked.get(part)));
};

const fetchParts = (name, numbers) => {
  const linking = ask(new URL(`${name}-${BUILD}.wasm`, import.meta.url)).then((program) => {
    const given = shared();
    return WebAssembly.instantiate(program, { __wasm_split: given, program: given });
  });
  linking.catch(() => numbers.forEach((part) => linked.delete(part)));
  numbers.forEach((part) => linked.set(part, linking));
};

// Asks until a program is there as a whole: without it the page is lost, so a server that is away is waited for.
const ask = async (url) => {
  for (let wait = 250; ; wait = Math.min(2 * wait, 4000)) {
    try {
      const answer = await fetch(url);
      if (answer.ok) return await answer.arrayBuffer();
      // Not waited for here: what it throws is not to be tried again.
      if (answer.status === 404) return outdated(url);
    } catch (error) {
      console.warn(error);
    }
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
};

// The name of a program holds the build's. A server that does not know it has been replaced, and this page with it.
const outdated = async (url) => {
  if (!('ready' in document.documentElement.dataset)) throw new Error(`${url} is not there`);
  location.reload();
  // Asked again, because a step of the page's own history that begins meanwhile takes it back.
  return new Promise(() => setInterval(() => location.reload(), 5000));
};
