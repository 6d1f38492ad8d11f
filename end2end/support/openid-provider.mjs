// A real provider of OpenID Connect in a process of its own: `oidc-provider`, with its development pages for sign-in and
// consent. Whoever signs in there has the role that the user name begins with, as in `operator-mara`; others have none.
//
// It listens first and prints its address, since the console needs it to start. The console's own address comes as a line on
// the standard input; only then is it known where the browser may be sent back to.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import Provider from 'oidc-provider';

const ROLES = ['viewer', 'operator', 'approver', 'administrator'];

const server = createServer();
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const address = server.address();
if (address === null || typeof address === 'string') throw new Error('the provider has no port');
const issuer = `http://127.0.0.1:${address.port}`;
console.log(`provider listening on ${issuer}`);

const [console_] = await once(createInterface({ input: process.stdin }), 'line');
const provider = new Provider(issuer, {
  clients: [
    {
      client_id: 'fleetcast',
      client_secret: 'a secret of the test',
      redirect_uris: [`${console_}/sign-in/callback`],
      post_logout_redirect_uris: [`${console_}/sign-in`],
    },
  ],
  claims: { openid: ['sub'], profile: ['name', 'preferred_username', 'roles'], email: ['email'] },
  cookies: { keys: ['a key of the test'] },
  pkce: { required: () => true },
  findAccount: (_context, id) => ({
    accountId: id,
    claims: () => ({
      sub: id,
      name: `Name of ${id}`,
      preferred_username: id,
      roles: ROLES.filter((role) => id.startsWith(role)),
    }),
  }),
});
server.on('request', provider.callback());
console.log('provider ready');
