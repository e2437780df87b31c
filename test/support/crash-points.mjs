// Loaded before the compiled sample app (`node --import`): kills its own process at an exact point of the next token request, once told to.
import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';
import { DataSource } from 'typeorm';

/** Whether what is running belongs to a token request: only its transactions count, not those of a login or a cleanup. */
const inTokenRequest = new AsyncLocalStorage();
const watched = new WeakSet();
const createQueryRunner = Reflect.get(DataSource.prototype, 'createQueryRunner');
/** `{ phase, share }`; undefined: go on living. */
let order;

process.on('message', (message) => {
  order = message.order ?? order;
  process.send({ alive: true });
});
// Nobody is left who could stop this process.
process.on('disconnect', () => process.exit());

subscribe('http.server.request.start', ({ request, response }) => {
  const isTokenRequest = request.method === 'POST' && request.url === '/oauth/token';
  inTokenRequest.enterWith(isTokenRequest);
  if (isTokenRequest && order?.phase === 'while-answering') cutShort(response, order.share);
});

DataSource.prototype.createQueryRunner = function (...mode) {
  const runner = createQueryRunner.apply(this, mode);
  // SQLite has one runner for everything.
  if (!watched.has(runner)) watchCommit(runner);
  return runner;
};

function watchCommit(runner) {
  watched.add(runner);
  const commit = runner.commitTransaction.bind(runner);
  runner.commitTransaction = async () => {
    dieIn('before-commit');
    await commit();
    dieIn('after-commit');
  };
}

function dieIn(phase) {
  if (order?.phase === phase && inTokenRequest.getStore()) die();
}

/** Headers and the first part of the body leave the process, and nothing after them. */
function cutShort(response, share) {
  response.end = (body) => {
    const bytes = Buffer.from(body);
    response.write(bytes.subarray(0, Math.floor(bytes.length * share)), die);
    return response;
  };
}

function die() {
  process.kill(process.pid, 'SIGKILL');
}
