/** `@agentops/node/fastify`: names request spans after their routes, and records what handlers throw. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { context } from '@opentelemetry/api';
import { guard } from '@agentops/shared';
import { serverSpanOf } from './http-server.js';
import { recordHandlerError, setRoute } from './server-span.js';

// oxlint-disable max-params -- Fastify's `onError` has four

/** The little of Fastify (4 and 5) that is used, so that it need not be installed for its types. */
export interface FastifyLike {
  addHook(name: 'onRequest', hook: (request: RequestLike, reply: ReplyLike, done: () => void) => void): unknown;
  addHook(
    name: 'onError',
    hook: (request: RequestLike, reply: ReplyLike, error: Error, done: () => void) => void,
  ): unknown;
}

interface RequestLike {
  readonly raw: IncomingMessage;
  readonly method: string;
  readonly routeOptions: { readonly url?: string | undefined };
}

interface ReplyLike {
  readonly raw: ServerResponse;
}

/** `await app.register(fastifyTracing)`. */
export function fastifyTracing(app: FastifyLike, _options: unknown, done: () => void): void {
  app.addHook('onRequest', (request, reply, next) => {
    const span = serverSpanOf(request.raw, reply.raw);
    if (!span) return next();
    const route = request.routeOptions.url;
    if (route) setRoute(span, request.method, route);
    context.with(span.context, next);
  });
  app.addHook('onError', (request, reply, error, next) => {
    guard('recording an error', () => {
      const span = serverSpanOf(request.raw, reply.raw);
      if (span) recordHandlerError(span, error);
    });
    next();
  });
  done();
}

// Without it the hooks would hold for routes inside this plugin only.
Object.assign(fastifyTracing, { [Symbol.for('skip-override')]: true });
