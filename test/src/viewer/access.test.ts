import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startViewer, type Viewer } from '../../../src/viewer/server.js';
import { ask } from './http-client.js';

let viewer: Viewer;

beforeAll(async () => {
  viewer = await startViewer({ port: 0 });
});

afterAll(() => viewer.close());

describe('access', () => {
  it.each(['localhost', '127.0.0.1:4318', '[::1]:80', 'viewer.localhost:4318', 'LOCALHOST'])(
    'answers when called as %s',
    async host => {
      expect((await ask(viewer, { path: '/api/traces', headers: { host } })).status).toBe(200);
    },
  );

  it.each(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '192.168.0.7', '0.0.0.0'])(
    'refuses to be called as %s',
    async host => {
      const answer = await ask(viewer, { path: '/api/traces', headers: { host } });
      expect(answer.status).toBe(403);
    },
  );

  it.each(['http://localhost:3000', 'https://app.localhost', 'http://127.0.0.1:8080', 'http://[::1]:5173'])(
    'lets a page from %s send and read',
    async origin => {
      const answer = await ask(viewer, { path: '/api/traces', headers: { origin } });
      expect(answer.status).toBe(200);
      expect(answer.headers['access-control-allow-origin']).toBe(origin);
      expect(answer.headers['vary']).toBe('Origin');
    },
  );

  it.each(['https://evil.example', 'http://localhost.evil.example', 'null', 'file://'])(
    'refuses a page from %s',
    async origin => {
      const answer = await ask(viewer, { method: 'DELETE', path: '/api/traces', headers: { origin } });
      expect(answer.status).toBe(403);
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    },
  );

  it('answers the preflight of an exporter in a page', async () => {
    const asked = 'content-type, content-encoding, traceparent, baggage';
    const answer = await ask(viewer, {
      method: 'OPTIONS',
      path: '/v1/traces',
      headers: {
        origin: 'http://localhost:3000',
        'access-control-request-method': 'POST',
        'access-control-request-headers': asked,
      },
    });
    expect(answer.status).toBe(204);
    expect(answer.headers['access-control-allow-headers']).toBe(asked);
    expect(answer.headers['access-control-allow-methods']).toContain('POST');
    expect(Number(answer.headers['access-control-max-age'])).toBeGreaterThan(0);
  });

  it('answers by IP address when it listens on every address', async () => {
    const open = await startViewer({ port: 0, host: '0.0.0.0' });
    try {
      expect((await ask(open, { path: '/api/traces', headers: { host: '192.168.0.7:4318' } })).status).toBe(200);
      expect((await ask(open, { path: '/api/traces', headers: { host: 'evil.example' } })).status).toBe(403);
    } finally {
      await open.close();
    }
  });
});

describe('server', () => {
  it('says which port is taken', async () => {
    await expect(startViewer({ port: viewer.port })).rejects.toThrow(
      `port ${viewer.port} on 127.0.0.1 is already in use`,
    );
  });

  it('serves the page under a strict content security policy', async () => {
    const answer = await ask(viewer, { path: '/' });
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('<script type="module" src="/app.js">');
    expect(answer.headers['content-security-policy']).toContain("default-src 'self'");
    expect(answer.headers['content-security-policy']).not.toContain('unsafe');
    expect(answer.headers['x-content-type-options']).toBe('nosniff');
  });

  it.each([
    ['GET', '/nowhere', 404],
    ['GET', '/../package.json', 404],
    ['GET', '/%2e%2e/server.ts', 404],
    ['GET', '/app.js', 404],
    ['GET', '/v1/traces', 405],
    ['PUT', '/api/traces', 405],
    ['GET', '/api/traces/unknown', 404],
    ['GET', '//', 400],
  ])('answers %s %s with %i', async (method, path, status) => {
    const answer = await ask(viewer, { method, path });
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text)).toHaveProperty('message');
  });
});
