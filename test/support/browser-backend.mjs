// The HTTP side of the browser tests. Mounted at the page's own origin by web-test-runner.config.mjs and served
// a second time on another origin; both share one state. Read the other origin from `/backend/config`.
//
// Every route takes `?id=<test's own id>`; `/backend/id/<id>/<route>` means the same where a query gets in the way
// (an exporter's base URL). What is recorded or scripted under one id is invisible to the others.
//
// | route                         | answer                                                                             |
// | ----------------------------- | ---------------------------------------------------------------------------------- |
// | GET    /backend/config        | {"crossOrigin": "http://127.0.0.1:PORT"}                                            |
// | any    /backend/echo          | {"method","url","headers","body"} of this request                                   |
// | GET    /backend/requests      | [{"method","url","headers","body","crossOrigin"}] so far under this id, preflights  |
// |                               | too; `?count=N&timeout=MS` waits until there are N (default 0, 5000)                |
// | any    /backend/status/<code> | that status, {"status": code}                                                       |
// | any    /backend/slow          | {"ok":true} after `?ms=` (default 1000)                                             |
// | any    /backend/chunks        | `?count=3` text chunks "chunk 0\n"..., one per `?interval=20` ms                     |
// | any    /backend/sse           | `?events=3` events `id: n`, `data: {"n":n}`, one per `?interval=20` ms, then the end |
// | any    /backend/sse/endless   | the same events until the client leaves                                             |
// | GET    /backend/open          | {"open": n}: answers under this id still being written (has a client left?)         |
// | any    /backend/reset         | drops the connection; `?after=headers` only after headers and half a body           |
// | any    /backend/dead          | never answers                                                                       |
// | any    /backend/redirect      | 302 to `?to=` (a URL or path)                                                       |
// | POST   /backend/v1/traces     | OTLP collector: stores the body, answers as scripted, else 200 {}                   |
// | GET    /backend/received      | [{"headers","json","base64"}] the collector got (base64: the decoded bytes);        |
// |                               | `?count=N&timeout=MS` as above. Stored whatever was answered                        |
// | POST   /backend/answers       | scripts the collector's next answers: a JSON list of                                |
// |                               | {"status":503,"headers":{},"body":"","delayMs":0,"times":1} | "garbage" | "dead" |  |
// |                               | "reset"; {"times":-1} means for ever                                                |
// | DELETE /backend/state         | forgets this id                                                                     |
//
// Parameters of every route: `?header=name:value` adds a response header (may be repeated).
// CORS: the asking origin is allowed, with credentials, any request header, and all of the response headers exposed.
// `?allow=a,b` allows only these request headers, `?expose=a,b` exposes only these, `?cors=none` sends no CORS headers.
import { createServer } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { answerCors } from './browser-cors.mjs';
import { answerJson, endlessly, readBody, respond, streamed, wait } from './browser-responses.mjs';

const defaultWaitMs = 5_000;

/**
 * The backend's request handler, `(req, res) => boolean` (true: it answers), and a second origin for it:
 * `start(server)` takes the server of the first.
 */
export function createBackend() {
  const backend = { states: new Map(), crossOrigin: undefined };
  const second = createServer((req, res) => {
    req.crossOrigin = true;
    if (!handle(backend, req, res)) respond(res, { status: 404 });
  });
  return {
    handle: (req, res) => handle(backend, req, res),
    start: async first => {
      forgetConnections(first);
      forgetConnections(second);
      await startServer(second, backend);
    },
    stop: () => stopServer(second),
  };
}

/** A browser silently repeats a request when the connection it reused is reset: a test would see one too many. */
function forgetConnections(server) {
  server.maxRequestsPerSocket = 1;
}

function startServer(server, backend) {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      backend.crossOrigin = `http://127.0.0.1:${server.address().port}`;
      resolve();
    });
  });
}

function stopServer(server) {
  server.closeAllConnections();
  return new Promise(resolve => server.close(() => resolve()));
}

function handle(backend, req, res) {
  const url = new URL(req.url, 'http://backend');
  const [, byPath, path] = /^\/backend(?:\/id\/([^/]+))?\/(.+)$/.exec(url.pathname) ?? [];
  if (!path) return false;
  const [route, argument] = findRoute(path);
  if (!route) return false;
  const id = byPath ? decodeURIComponent(byPath) : (url.searchParams.get('id') ?? '');
  const exchange = {
    backend,
    req,
    res,
    url,
    argument,
    state: stateOf(backend.states, id),
    forget: () => backend.states.delete(id),
  };
  answer(route, exchange).catch(error => {
    if (res.headersSent) res.destroy();
    else respond(res, { status: 500, body: String(error) });
  });
  return true;
}

async function answer(route, exchange) {
  const { req, res, url, state } = exchange;
  for (const header of url.searchParams.getAll('header')) {
    const colon = header.indexOf(':');
    res.appendHeader(header.slice(0, colon), header.slice(colon + 1));
  }
  exchange.bytes = await readBody(req);
  if (!controls.has(route)) {
    state.requests.push({ ...described(exchange), crossOrigin: req.crossOrigin ?? false });
    state.open += 1;
    res.once('close', () => (state.open -= 1));
  }
  if (answerCors(req, res, url.searchParams)) return;
  await route(exchange);
}

function stateOf(states, id) {
  if (!states.has(id)) states.set(id, { requests: [], received: [], answers: [], open: 0 });
  return states.get(id);
}

function described({ req, url, bytes }) {
  const body = decoded(req, bytes).toString();
  return { method: req.method, url: url.pathname + url.search, headers: req.headers, body };
}

const routes = {
  config: ({ res, backend }) => answerJson(res, { crossOrigin: backend.crossOrigin }),
  echo: exchange => answerJson(exchange.res, described(exchange)),
  requests: ({ res, url, state }) => answerWhenEnough(res, url, state.requests),
  status: ({ res, argument }) => answerJson(res, { status: Number(argument) }, Number(argument)),
  slow: async ({ res, url }) => {
    await wait(numberIn(url, 'ms', 1_000));
    answerJson(res, { ok: true });
  },
  chunks: ({ res, url }) => streamed(res, { type: 'text/plain', ...pace(url, 'count'), write: n => `chunk ${n}\n` }),
  sse: ({ res, url }) => streamed(res, { type: 'text/event-stream', ...pace(url, 'events'), write: event }),
  'sse/endless': ({ res, url }) =>
    streamed(res, { type: 'text/event-stream', ...pace(url, 'events'), count: endlessly, write: event }),
  open: ({ res, state }) => answerJson(res, { open: state.open }),
  reset: ({ res, url }) => reset(res, url.searchParams.get('after') === 'headers'),
  dead: () => {},
  redirect: ({ res, url }) => respond(res, { status: 302, headers: { location: url.searchParams.get('to') } }),
  'v1/traces': collect,
  // Told by `requests`.
  'v1/metrics': ({ res }) => answerJson(res, {}),
  received: ({ res, url, state }) => answerWhenEnough(res, url, state.received),
  answers: ({ res, state, bytes }) => {
    state.answers = JSON.parse(bytes.toString()).map(scripted);
    answerJson(res, {});
  },
  state: ({ res, forget }) => {
    forget();
    answerJson(res, {});
  },
};

/** The test talking to the backend itself: neither recorded nor counted as open. */
const controls = new Set(['config', 'requests', 'open', 'received', 'answers', 'state'].map(name => routes[name]));

function findRoute(path) {
  if (Object.hasOwn(routes, path)) return [routes[path]];
  const [first, argument] = path.split('/');
  return first === 'status' ? [routes.status, argument] : [];
}

function numberIn(url, name, fallback) {
  return Number(url.searchParams.get(name) ?? fallback);
}

function pace(url, name) {
  return { count: numberIn(url, name, 3), intervalMs: numberIn(url, 'interval', 20) };
}

function event(n) {
  return `id: ${n}\ndata: ${JSON.stringify({ n })}\n\n`;
}

async function answerWhenEnough(res, url, list) {
  const deadline = Date.now() + numberIn(url, 'timeout', defaultWaitMs);
  while (list.length < numberIn(url, 'count', 0) && Date.now() < deadline) await wait(10);
  answerJson(res, list);
}

async function collect({ req, res, state, bytes }) {
  const body = decoded(req, bytes);
  state.received.push({ headers: req.headers, json: jsonOf(body), base64: body.toString('base64') });
  const next = nextAnswer(state.answers);
  if (next.delayMs) await wait(next.delayMs);
  if (next === 'reset') return reset(res, false);
  if (next !== 'dead') respond(res, next);
}

function decoded(req, bytes) {
  return req.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes;
}

function jsonOf(bytes) {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}

const accepted = { status: 200, headers: { 'content-type': 'application/json' }, body: '{}' };
const garbage = { ...accepted, body: '<html>{"partialSuccess":' };

function scripted(answer) {
  if (answer === 'garbage') return { answer: garbage, times: 1 };
  if (typeof answer === 'string') return { answer, times: 1 };
  return { answer: { ...accepted, ...answer }, times: answer.times ?? 1 };
}

function nextAnswer(answers) {
  const [next] = answers;
  if (!next) return accepted;
  next.times -= 1;
  if (next.times === 0) answers.shift();
  return next.answer;
}

function reset(res, afterHeaders) {
  if (!afterHeaders) return res.socket.resetAndDestroy();
  res.writeHead(200, { 'content-type': 'text/plain', 'content-length': '10' });
  // The reset must not overtake what was written before it.
  res.write('12345', () => setTimeout(() => res.socket?.resetAndDestroy(), 50));
}
