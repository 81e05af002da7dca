// Starts WebKitWebDriver on a free port, under a virtual display.
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

const startTimeoutMs = 30_000;

/** Resolves once the driver answers: `{ port, stop }`. */
export async function startWebKitDriver({ driver, xvfbRun }) {
  const port = await freePort();
  const args = ['-a', '-s', '-screen 0 1280x1024x24 -nolisten tcp', driver, `--port=${port}`];
  // A process group of its own: xvfb-run does not pass a signal on to its display and driver.
  const group = spawn(xvfbRun, args, { detached: true, stdio: 'ignore' });
  group.once('error', () => {});
  const stop = () => stopGroup(group);
  process.once('exit', stop);
  const deadline = Date.now() + startTimeoutMs;
  while (!(await answers(port))) {
    if (Date.now() > deadline || group.exitCode !== null)
      throw new Error(`WebKitWebDriver did not start: ${xvfbRun} ${args.join(' ')}`);
    await wait(100);
  }
  return { port, stop };
}

function stopGroup({ pid }) {
  try {
    process.kill(-pid, 'SIGTERM');
  } catch {
    // It has ended already.
  }
}

async function answers(port) {
  try {
    return (await fetch(`http://127.0.0.1:${port}/status`, { signal: AbortSignal.timeout(1_000) })).ok;
  } catch {
    return false;
  }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
