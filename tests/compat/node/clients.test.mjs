import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient } from 'redis';
import { createClient as createClient4 } from 'redis4';
import { eventually, ioredis, needs, url } from './common.mjs';

test('ioredis: values, pipelines, transactions', async (t) => {
  if (!(await needs(t, 'MULTI'))) return;
  const c = await ioredis(t);
  assert.equal(await c.set('k', 'v', 'EX', 60), 'OK');
  assert.equal(await c.get('k'), 'v');
  assert.deepEqual(await c.getBuffer('k'), Buffer.from('v'));
  const replies = await c.pipeline().incr('n').incr('n').get('k').lpush('k', 1).exec();
  assert.deepEqual(replies.slice(0, 3).map(([, v]) => v), [1, 2, 'v']);
  assert.match(replies[3][0].message, /^WRONGTYPE/);
  assert.deepEqual(await c.multi().incr('n').get('n').exec(), [[null, 3], [null, '3']]);
  await c.hset('h', { a: 1, b: 'two' });
  assert.deepEqual(await c.hgetall('h'), { a: '1', b: 'two' });
  const keys = [];
  for (let i = 0; i < 500; i++) await c.set(`key:${i}`, i);
  for await (const batch of c.scanStream({ match: 'key:*', count: 50 })) keys.push(...batch);
  assert.equal(new Set(keys).size, 500);
});

test('ioredis: commands of its own in Lua', async (t) => {
  if (!(await needs(t, 'EVALSHA'))) return;
  const c = await ioredis(t);
  c.defineCommand('addAll', { numberOfKeys: 1, lua: 'local s = 0; for _, v in ipairs(ARGV) do s = s + v end; return redis.call("INCRBY", KEYS[1], s)' });
  assert.equal(await c.addAll('sum', 1, 2, 3), 6);
  assert.equal(await c.addAll('sum', 4), 10);
});

test('ioredis: messages, keyspace events, waiting', async (t) => {
  if (!(await needs(t, 'PSUBSCRIBE', 'BLPOP'))) return;
  const c = await ioredis(t);
  const sub = await ioredis(t);
  const got = [];
  sub.on('message', (channel, m) => got.push([channel, m]));
  sub.on('pmessage', (pattern, channel, m) => got.push([pattern, channel, m]));
  await sub.subscribe('news');
  await sub.psubscribe('__keyevent@0__:*');
  await c.config('SET', 'notify-keyspace-events', 'KEA');
  assert.equal(await c.publish('news', 'hello'), 1);
  await c.set('k', 1);
  await c.del('k');
  await eventually('three messages', () => got.length === 3);
  await c.config('SET', 'notify-keyspace-events', '');
  assert.deepEqual(got, [['news', 'hello'], ['__keyevent@0__:*', '__keyevent@0__:set', 'k'], ['__keyevent@0__:*', '__keyevent@0__:del', 'k']]);
  const waiting = await ioredis(t);
  const job = waiting.blpop('queue', 5);
  await c.rpush('queue', 'job');
  assert.deepEqual(await job, ['queue', 'job']);
});

for (const [name, create] of [['node-redis 4', createClient4], ['node-redis 5', createClient]]) {
  const connected = async (t, options = {}) => {
    const c = create({ url, ...options });
    c.on('error', () => {});
    await c.connect();
    t.after(() => (c.close ? c.close() : c.quit()));
    await c.flushAll();
    return c;
  };

  test(`${name}: values, transactions, scan`, async (t) => {
    if (!(await needs(t, 'MULTI', 'WATCH'))) return;
    const c = await connected(t);
    assert.equal(await c.set('k', 'v', { EX: 60, NX: true }), 'OK');
    assert.equal(await c.get('k'), 'v');
    await c.hSet('h', { a: '1', b: '2' });
    assert.deepEqual({ ...(await c.hGetAll('h')) }, { a: '1', b: '2' });
    await c.zAdd('z', [{ score: 1.5, value: 'a' }, { score: 0, value: 'b' }]);
    assert.deepEqual(await c.zRangeWithScores('z', 0, -1), [{ value: 'b', score: 0 }, { value: 'a', score: 1.5 }]);
    assert.deepEqual(await c.multi().incr('n').incr('n').exec(), [1, 2]);
    await Promise.all(Array.from({ length: 300 }, (_, i) => c.set(`key:${i}`, `${i}`)));
    const keys = new Set();
    for await (const batch of c.scanIterator({ MATCH: 'key:*' })) for (const k of [batch].flat()) keys.add(k);
    assert.equal(keys.size, 300);
  });

  test(`${name}: messages and scripts`, async (t) => {
    if (!(await needs(t, 'SUBSCRIBE', 'EVALSHA'))) return;
    const c = await connected(t);
    const sub = await connected(t);
    const got = [];
    await sub.subscribe('news', (m) => got.push(m));
    await c.publish('news', 'hello');
    await eventually('a message', () => got.length === 1);
    assert.deepEqual(got, ['hello']);
    assert.equal(await c.eval('return redis.call("INCRBY", KEYS[1], ARGV[1])', { keys: ['n'], arguments: ['5'] }), 5);
  });
}

test('node-redis 5: RESP3 and the cache of the client', async (t) => {
  if (!(await needs(t, 'CLIENT|TRACKING'))) return;
  const c = createClient({ url, RESP: 3, clientSideCache: { ttl: 0, maxEntries: 100 } });
  c.on('error', () => {});
  await c.connect();
  t.after(() => c.close());
  const writer = await ioredis(t);
  await writer.set('k', 'one');
  assert.equal(await c.get('k'), 'one');
  assert.equal(await c.get('k'), 'one');
  await writer.set('k', 'two');
  await eventually('the invalidation', async () => (await c.get('k')) === 'two');
});
