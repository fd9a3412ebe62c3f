// What the tests share. COMPAT_ADDR is the server under test: a real
// redis-server, which proves the tests right, and then ours.
import { Redis } from 'ioredis';

export const [host, port] = [process.env.COMPAT_ADDR.split(':')[0], Number(process.env.COMPAT_ADDR.split(':')[1])];
export const url = `redis://${host}:${port}`;

// ioredis with an empty keyspace; closed when the test ends.
export async function ioredis(t, options = {}) {
  const c = new Redis({ host, port, ...options });
  t.after(() => c.disconnect());
  await c.flushall();
  return c;
}

// needs skips a test of commands that the server does not have.
export async function needs(t, ...commands) {
  const c = new Redis({ host, port });
  try {
    for (const name of commands) {
      const [row] = await c.call('COMMAND', 'INFO', name);
      if (!row) {
        t.skip(`the server has no ${name}`);
        return false;
      }
    }
    return true;
  } finally {
    c.disconnect();
  }
}

export async function eventually(what, is) {
  for (const end = Date.now() + 15000; !(await is()); ) {
    if (Date.now() > end) throw new Error(`${what} did not happen`);
    await new Promise((ok) => setTimeout(ok, 10));
  }
}
