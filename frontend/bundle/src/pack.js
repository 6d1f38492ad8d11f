// Hands out the programs of a page, which come in one file: a number of four bytes, that many bytes of JSON with the name
// and the length of each program, and the programs. `pages.js` asks this module for its programs.

const programs = new Map();

// Takes apart what `answer` brings; resolves once it is known what that is. Each program is there as soon as it is whole.
export const unpack = async (answer) => {
  const reader = (await answer).body.getReader();
  let rest = new Uint8Array();
  const take = async (length) => {
    const whole = new Uint8Array(length);
    for (let filled = 0; filled < length; ) {
      if (!rest.length) {
        const { done, value } = await reader.read();
        if (done) throw new Error('the programs of this page are cut short');
        rest = value;
      }
      const piece = rest.subarray(0, length - filled);
      whole.set(piece, filled);
      filled += piece.length;
      rest = rest.subarray(piece.length);
    }
    return whole;
  };
  const size = new DataView((await take(4)).buffer).getUint32(0, true);
  const list = JSON.parse(new TextDecoder().decode(await take(size)));
  let before = Promise.resolve();
  for (const [name, length] of list) {
    before = before.then(() => take(length));
    programs.set(name, before);
  }
};

// As the browser's own, for `pages.js`: the program out of the pack, or else from the server.
export const fetch = async (url) => {
  const name = url.pathname.split('/').pop();
  const program = programs.get(name);
  programs.delete(name);
  try {
    if (program) return wasm(await program);
  } catch (error) {
    console.warn(error);
  }
  return wasm(await ask(url));
};

const wasm = (bytes) => new Response(bytes, { headers: { 'content-type': 'application/wasm' } });

// Asks until a program is there as a whole: without it the page is lost, so a server that is away is waited for.
const ask = async (url) => {
  for (let wait = 250; ; wait = Math.min(2 * wait, 4000)) {
    try {
      const answer = await globalThis.fetch(url);
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
