// Assembles the site that the server serves, from the output of wasm-bindgen and from `style/`:
//
//   node site.mjs GLUE SITE [--small]
//
// Every file in SITE/pkg has a hash of its content in its name; SITE/site.json lists the names. With --small scripts
// are minified and every file gets a Brotli copy.

import { build } from 'esbuild';
import { cpSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import { compile } from 'sass';

const STYLE = join(import.meta.dirname, '../style');
const ASSETS = join(STYLE, 'assets');
const FONT = /\.woff2$/;
/** Fonts for characters that the console's own texts do not need: loaded when a page shows one. Not preloaded. */
const EXTRA_FONT = /-more\b/;
/** Fonts and pictures are compressed already. */
const COMPRESSIBLE = /\.(css|js|svg|txt|wasm)$/;

const [glue, site, ...flags] = process.argv.slice(2);
if (!glue || !site) throw new Error('usage: node site.mjs GLUE SITE [--small]');
const isSmall = flags.includes('--small');

rmSync(site, { recursive: true, force: true });
cpSync(ASSETS, site, { recursive: true, filter: (file) => !FONT.test(file) });
writeFileSync(join(glue, 'fleetcast.css'), compile(join(STYLE, 'main.scss'), { charset: false }).css);

const { metafile } = await build({
  entryPoints: ['fleetcast.js', 'fleetcast.css', 'fleetcast_bg.wasm'].map((file) => ({ in: join(glue, file), out: 'fleetcast' })),
  outdir: join(site, 'pkg'),
  entryNames: '[name]-[hash]',
  assetNames: '[name]-[hash]',
  bundle: true,
  format: 'esm',
  target: 'es2022',
  minify: isSmall,
  loader: { '.wasm': 'copy', '.woff2': 'file' },
  logLevel: 'warning',
  metafile: true,
  plugins: [
    {
      // `/fonts/…` in a style sheet is a URL of the site; the files are among the assets.
      name: 'assets',
      setup: ({ onResolve }) => onResolve({ filter: /^\/fonts\// }, ({ path }) => ({ path: join(ASSETS, path) })),
    },
  ],
});

const files = Object.keys(metafile.outputs).map((file) => relative(site, file));
const named = (/** @type {RegExp} */ pattern) => files.filter((file) => pattern.test(file)).map((file) => `/${file}`);
const [script] = named(/\.js$/);
const [wasm] = named(/\.wasm$/);
const [style] = named(/\.css$/);
const fonts = named(FONT).filter((file) => !EXTRA_FONT.test(file));
writeFileSync(join(site, 'site.json'), JSON.stringify({ script, wasm, style, fonts }, null, 2));

if (isSmall) {
  const all = readdirSync(site, { recursive: true, encoding: 'utf8' }).filter((file) => COMPRESSIBLE.test(file));
  await Promise.all(all.map((file) => compress(join(site, file))));
}

/** @param {string} file */
async function compress(file) {
  const plain = readFileSync(file);
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length };
  writeFileSync(`${file}.br`, await promisify(brotliCompress)(plain, { params }));
}
