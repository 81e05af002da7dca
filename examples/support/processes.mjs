// Starts the processes of an example, and ends them with it.
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const running = new Set();

/** Runs a service, and waits until it says where it listens (`process.send({ url })`). */
export async function startService(file, env) {
  const child = keep(fork(fileURLToPath(file), { env: { ...process.env, ...env } }));
  const [message] = await Promise.race([once(child, 'message'), failed(child, file)]);
  return message.url;
}

/** Runs `agentops view`, and passes on the trees it prints. */
export async function startViewer(cli, port) {
  const child = keep(
    spawn(process.execPath, [fileURLToPath(cli), 'view', '--print', '--port', String(port)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  );
  child.stdout.setEncoding('utf8');
  const [greeting] = await Promise.race([once(child.stdout, 'data'), failed(child, cli)]);
  child.stdout.on('data', text => process.stdout.write(text));
  return /http:\/\/\S+/.exec(greeting)[0];
}

/** Asks every process to end, as an operator would; those that came first, such as the viewer, last, so that what the others still hold arrives. */
export async function stopAll() {
  for (const child of [...running].reverse()) {
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
  }
}

function keep(child) {
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

async function failed(child, file) {
  const [code, signal] = await once(child, 'exit');
  throw new Error(`${file} ended before it was ready (${signal ?? `exit code ${code}`})`);
}
