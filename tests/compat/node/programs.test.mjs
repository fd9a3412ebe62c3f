import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Queue, QueueEvents, Worker } from 'bullmq';
import { RedisStore } from 'connect-redis';
import express from 'express';
import session from 'express-session';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import { createClient } from 'redis';
import { eventually, host, ioredis, needs, port, url } from './common.mjs';

test('BullMQ: jobs, retries, delays, repetition', async (t) => {
  if (!(await needs(t, 'EVALSHA', 'XADD', 'BZPOPMIN'))) return;
  await ioredis(t);
  const connection = { host, port };
  const queue = new Queue('work', { connection });
  const events = new QueueEvents('work', { connection });
  await events.waitUntilReady();
  const tries = {};
  const ran = [];
  const worker = new Worker('work', async (job) => {
    ran.push(job.name);
    tries[job.name] = (tries[job.name] ?? 0) + 1;
    if (job.name === 'flaky' && tries.flaky < 3) throw new Error('not yet');
    return job.data.n * 2;
  }, { connection, concurrency: 3, drainDelay: 1 });
  t.after(async () => {
    await worker.close();
    await events.close();
    await queue.close();
  });
  const job = await queue.add('double', { n: 21 });
  assert.equal(await job.waitUntilFinished(events, 10000), 42);
  const flaky = await queue.add('flaky', { n: 1 }, { attempts: 5, backoff: { type: 'fixed', delay: 20 } });
  assert.equal(await flaky.waitUntilFinished(events, 10000), 2);
  assert.equal(tries.flaky, 3);
  const asked = Date.now();
  const late = await queue.add('late', { n: 2 }, { delay: 400 });
  assert.equal(await late.getState(), 'delayed');
  assert.equal(await late.waitUntilFinished(events, 10000), 4);
  assert.ok(Date.now() - asked >= 400);
  await queue.upsertJobScheduler('every', { every: 100, limit: 3 }, { name: 'tick', data: { n: 0 } });
  await eventually('three ticks', () => tries.tick === 3);
  await queue.addBulk(Array.from({ length: 100 }, (_, i) => ({ name: 'bulk', data: { n: i }, opts: { priority: i % 3 } })));
  await eventually('a hundred jobs', () => tries.bulk === 100);
  await eventually('the counts', async () => (await queue.getJobCounts('completed')).completed === 106);
  assert.equal((await queue.getJobCounts('failed')).failed, 0);
});

test('connect-redis keeps the sessions of express', async (t) => {
  const c = createClient({ url });
  c.on('error', () => {});
  await c.connect();
  await c.flushAll();
  const app = express();
  app.use(session({ store: new RedisStore({ client: c, prefix: 's:', ttl: 60 }), secret: 'x', resave: false, saveUninitialized: false }));
  app.get('/', (req, res) => {
    req.session.visits = (req.session.visits ?? 0) + 1;
    res.end(`${req.session.visits}`);
  });
  app.get('/out', (req, res) => req.session.destroy(() => res.end('out')));
  const server = app.listen(0, '127.0.0.1');
  await new Promise((ok) => server.once('listening', ok));
  t.after(async () => {
    server.closeAllConnections();
    server.close();
    await c.close();
  });
  let cookie = '';
  const visit = async (path) => {
    const r = await fetch(`http://127.0.0.1:${server.address().port}${path}`, { headers: { cookie } });
    cookie = r.headers.get('set-cookie')?.split(';')[0] ?? cookie;
    return r.text();
  };
  assert.equal(await visit('/'), '1');
  assert.equal(await visit('/'), '2');
  const [key] = await c.keys('s:*');
  assert.ok((await c.ttl(key)) > 50);
  assert.equal(await visit('/out'), 'out');
  assert.equal(await visit('/'), '1');
});

test('rate-limiter-flexible counts, blocks and gives back', async (t) => {
  if (!(await needs(t, 'EVAL', 'MULTI'))) return;
  const limiter = new RateLimiterRedis({ storeClient: await ioredis(t), points: 3, duration: 5, blockDuration: 10 });
  for (const left of [2, 1, 0]) assert.equal((await limiter.consume('visitor')).remainingPoints, left);
  const refused = await limiter.consume('visitor').catch((e) => e);
  assert.equal(refused.remainingPoints, 0);
  assert.ok(refused.msBeforeNext > 9000);
  await limiter.delete('visitor');
  assert.equal((await limiter.consume('visitor', 2)).remainingPoints, 1);
  assert.equal((await limiter.reward('visitor', 1)).remainingPoints, 2);
});
