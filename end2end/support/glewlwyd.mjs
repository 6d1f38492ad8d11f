// A second provider of OpenID Connect, by other authors and in another language: Debian's `glewlwyd`. It runs as a process
// of its own, with its store, its settings and its pages in a temporary folder. The package's service stays untouched.

import { execFile, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

/** Where the package is: unpacked by `make glewlwyd`, or installed. */
const UNPACKED = join(import.meta.dirname, '../../target/glewlwyd');
const ROOT = existsSync(join(UNPACKED, 'usr/bin/glewlwyd')) ? UNPACKED : '/';
const PROGRAM = join(ROOT, 'usr/bin/glewlwyd');
const MODULES = join(ROOT, 'usr/lib/glewlwyd');
const SCHEMA = join(ROOT, 'usr/share/dbconfig-common/data/glewlwyd/install/sqlite3');
/** From a package of their own, which is installed. */
const PAGES = '/usr/share/glewlwyd/webapp';
/** A change by the API would need a restart. */
const PEOPLE_HAVE_ROLES = `UPDATE g_user_module_instance SET gumi_parameters =
  json_set(gumi_parameters, '$."data-format".roles', json('{"multiple": false, "read": true, "write": true}'))`;
/** The schema creates this account. */
const ADMINISTRATOR = { username: 'admin', password: 'password' };
/** How its page names the scope with a person's claims. */
export const SCOPE_LABEL = 'Name and roles';
const START_LIMIT_MS = 30_000;

/**
 * @typedef {object} Person
 * @property {string} userName
 * @property {string} name
 * @property {string} password at least 8 characters
 * @property {string} role value of the claim `roles`
 */

/** A running provider with its folder. */
export class Glewlwyd {
  /** @type {string} */
  #folder;
  /** @type {import('node:child_process').ChildProcess} */
  #process;
  /** @type {string} */
  #url;
  /** Cookie of the administrator's session. */
  #cookie = '';

  /**
   * Use {@link Glewlwyd.start}.
   *
   * @param {string} folder
   * @param {import('node:child_process').ChildProcess} process
   * @param {string} url
   */
  constructor(folder, process, url) {
    this.#folder = folder;
    this.#process = process;
    this.#url = url;
  }

  /** Whether the program and its pages are here; `make glewlwyd` fetches them where it can. */
  static isInstalled() {
    return existsSync(PROGRAM) && existsSync(PAGES);
  }

  /** Starts on a new store and returns when its discovery document is served. */
  static async start() {
    const folder = await mkdtemp(join(tmpdir(), 'glewlwyd-'));
    /** @type {Glewlwyd | undefined} */
    let provider;
    try {
      const port = await freePort();
      await prepare(folder, port);
      const child = spawn(PROGRAM, ['--config-file', join(folder, 'glewlwyd.conf')], { stdio: ['ignore', 'pipe', 'pipe'] });
      provider = new Glewlwyd(folder, child, `http://127.0.0.1:${port}`);
      await listening(child);
      await provider.#configure();
      return provider;
    } catch (error) {
      if (provider === undefined) await rm(folder, { recursive: true, force: true });
      else await provider.remove();
      throw error;
    }
  }

  /** The issuer, as the console's setting has it. */
  get issuer() {
    return `${this.#url}/api/oidc`;
  }

  /**
   * Makes a console known.
   *
   * @param {{ id: string, secret: string, url: string }} console_
   */
  async addClient({ id, secret, url }) {
    await this.#request('POST', 'client/', {
      client_id: id,
      name: 'Fleetcast',
      confidential: true,
      enabled: true,
      client_secret: secret,
      redirect_uri: [`${url}/sign-in/callback`],
      authorization_type: ['code'],
      token_endpoint_auth_method: ['client_secret_basic', 'client_secret_post'],
      scope: [],
    });
  }

  /** @param {Person} person */
  async addPerson({ userName, name, password, role }) {
    await this.#request('POST', 'user/', {
      username: userName,
      name,
      password,
      roles: role,
      enabled: true,
      scope: ['openid', 'profile'],
    });
  }

  /** Ends the process and removes its folder. */
  async remove() {
    const child = this.#process;
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit');
      child.kill();
      await gone;
    }
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** Adds what the schema does not: a scope and OpenID Connect itself. */
  async #configure() {
    const answer = await this.#request('POST', 'auth/', ADMINISTRATOR);
    this.#cookie = answer.headers.getSetCookie().map((cookie) => cookie.split(';')[0]).join('; ');
    await this.#request('POST', 'scope/', { name: 'profile', display_name: SCOPE_LABEL, password_required: true });
    await this.#request('POST', 'mod/plugin/', {
      module: 'oidc',
      name: 'oidc',
      display_name: 'OpenID Connect',
      enabled: true,
      parameters: pluginParameters(this.issuer),
    });
    await this.#request('GET', 'oidc/.well-known/openid-configuration');
  }

  /**
   * A request of the administrator.
   *
   * @param {string} method
   * @param {string} path below `/api`
   * @param {object} [body]
   */
  async #request(method, path, body) {
    const answer = await fetch(`${this.#url}/api/${path}`, {
      method,
      headers: { 'content-type': 'application/json', cookie: this.#cookie },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(10_000),
    });
    if (!answer.ok) throw new Error(`glewlwyd answered ${answer.status} to ${method} ${path}: ${await answer.text()}`);
    return answer;
  }
}

/**
 * Writes store, pages and settings.
 *
 * @param {string} folder
 * @param {number} port
 */
async function prepare(folder, port) {
  const store = join(folder, 'store.sqlite3');
  await promisify(execFile)('sqlite3', ['-bail', store, `.read ${SCHEMA}`, PEOPLE_HAVE_ROLES]);
  const pages = join(folder, 'pages');
  await cp(PAGES, pages, { recursive: true, dereference: true });
  // The package links `config.json` to a folder, in which the file is.
  await rm(join(pages, 'config.json'), { recursive: true });
  await cp(join(PAGES, 'config.json', 'config.json'), join(pages, 'config.json'));
  await writeFile(join(folder, 'glewlwyd.conf'), settings(port, store, pages));
}

/**
 * @param {number} port
 * @param {string} store
 * @param {string} pages
 */
function settings(port, store, pages) {
  return `
port = ${port}
bind_address = "127.0.0.1"
external_url = "http://127.0.0.1:${port}"
login_url = "login.html"
api_prefix = "api"
static_files_path = "${pages}"
static_files_mime_types = (
  { extension = ".html", mime_type = "text/html" },
  { extension = ".css", mime_type = "text/css" },
  { extension = ".js", mime_type = "application/javascript" },
  { extension = ".json", mime_type = "application/json" }
)
log_mode = "console"
log_level = "INFO"
cookie_secure = 0
session_key = "GLEWLWYD2_SESSION_ID"
admin_scope = "g_admin"
profile_scope = "g_profile"
user_module_path = "${MODULES}/user"
client_module_path = "${MODULES}/client"
user_auth_scheme_module_path = "${MODULES}/scheme"
plugin_module_path = "${MODULES}/plugin"
hash_algorithm = "SHA512"
database = { type = "sqlite3", path = "${store}" }
`;
}

/** @param {string} issuer */
function pluginParameters(issuer) {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    iss: issuer,
    'jwt-type': 'rsa',
    'jwt-key-size': '256',
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    cert: publicKey.export({ type: 'spki', format: 'pem' }),
    'access-token-duration': 3600,
    'refresh-token-duration': 3600,
    'code-duration': 600,
    'auth-type-code-enabled': true,
    'allowed-scope': ['openid', 'profile'],
    'subject-type': 'public',
    'pkce-allowed': true,
    'pkce-required': true,
    'jwks-show': true,
    'name-claim': 'mandatory',
    claims: [
      { name: 'preferred_username', 'user-property': 'username', type: 'string', mandatory: true },
      { name: 'roles', 'user-property': 'roles', type: 'string', mandatory: true },
    ],
    // Its sign-out asks for the token of the sign-in, which the console does not keep. So this is a provider without one.
    'session-management-allowed': false,
  };
}

/**
 * Waits for the line that says so.
 *
 * @param {import('node:child_process').ChildProcess} child
 */
async function listening(child) {
  /** @type {string[]} */
  const log = [];
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  try {
    await new Promise((resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`glewlwyd did not start:\n${log.join('\n')}`)), START_LIMIT_MS);
      for (const stream of [child.stdout, child.stderr]) {
        if (stream === null) continue;
        createInterface({ input: stream }).on('line', (line) => {
          log.push(line);
          if (line.includes('Glewlwyd started on port')) resolve(undefined);
        });
      }
      child.once('error', reject);
      child.once('exit', (code, signal) => reject(new Error(`glewlwyd ended (${code ?? signal}):\n${log.join('\n')}`)));
    });
  } finally {
    clearTimeout(timer);
  }
}

/** Glewlwyd wants to know its port before it listens. */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('there is no free port');
  server.close();
  await once(server, 'close');
  return address.port;
}
