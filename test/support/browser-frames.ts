// Pages in frames of the test's own page: each starts the toolkit in its own way.
import type { AgentOpsApi, init } from '@agentops/web/manual';
import { createBackend, until } from './browser-collector.js';

export interface Frame {
  readonly element: HTMLIFrameElement;
  /** The frame's own globals; another object after every load. */
  readonly window: FrameWindow;
  /** What the page wrote with `console.warn`. */
  readonly warnings: string[];
  navigate(url: string): Promise<void>;
  reload(): Promise<void>;
  remove(): void;
}

export type FrameWindow = Window &
  typeof globalThis & {
    warnings: string[];
    failures: string[];
    agentops: AgentOpsApi & { init: typeof init };
  };

interface PageOptions {
  head?: string;
  /** Whether browser-frame-bare.ts is run. @default 'bare' */
  start?: 'bare' | 'none';
  headers?: Record<string, string>;
}

/** Serves a page at the test's own origin: the collector answers with whatever it is told to. Returns its URL. */
export async function servePage({ head = '', start = 'bare', headers = {} }: PageOptions = {}): Promise<string> {
  const backend = createBackend('page');
  const body = pageHtml(head, start);
  await backend.answers([{ status: 200, headers: { 'content-type': 'text/html', ...headers }, body, times: -1 }]);
  return backend.path('v1/traces');
}

/** Note what the page says and what fails in it, before anything else runs. */
export function pageHtml(head: string, start: NonNullable<PageOptions['start']>): string {
  const notes = `
    // Test files run side by side, and all windows but one are hidden.
    Object.defineProperty(document, 'visibilityState', { value: 'visible', configurable: true });
    addEventListener('pagehide', () => delete document.visibilityState);
    window.warnings = [];
    window.failures = [];
    console.warn = (...parts) => void warnings.push(parts.join(' '));
    addEventListener('error', event => void failures.push(event.message));
    addEventListener('unhandledrejection', event => void failures.push(String(event.reason)));`;
  const module = start === 'none' ? '' : `<script type="module" src="/test/support/browser-frame-bare.ts"></script>`;
  return `<!doctype html><html><head><script>${notes}</script>${head}${module}</head><body></body></html>`;
}

const frames: Frame[] = [];

export function removeFrames(): void {
  for (const frame of frames.splice(0)) frame.remove();
}

/** Opens `url` in a frame, and waits until the toolkit is there. */
export async function openFrame(url: string, { waitForStart = true } = {}): Promise<Frame> {
  const element = document.createElement('iframe');
  const frame: Frame = {
    element,
    get window() {
      return element.contentWindow as FrameWindow;
    },
    get warnings() {
      return frame.window.warnings;
    },
    navigate: target => loaded(element, waitForStart, () => (element.src = target)),
    reload: () => loaded(element, waitForStart, () => frame.window.location.reload()),
    remove: () => element.remove(),
  };
  frames.push(frame);
  await loaded(element, waitForStart, () => {
    element.src = url;
    document.body.append(element);
  });
  return frame;
}

async function loaded(element: HTMLIFrameElement, waitForStart: boolean, load: () => void): Promise<void> {
  const event = new Promise(resolve => element.addEventListener('load', resolve, { once: true }));
  load();
  await event;
  const isStarted = () => (element.contentWindow as FrameWindow | null)?.agentops;
  if (waitForStart) await until(isStarted, 'the page in the frame to start');
}
