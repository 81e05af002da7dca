/** `@agentops/node/express`: for apps whose servers were made before `init()` could see them, and to record what handlers throw. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { context } from '@opentelemetry/api';
import { guard } from '@agentops/shared';
import { serverSpanOf } from './http-server.js';
import { recordHandlerError } from './server-span.js';

type Next = (error?: unknown) => void;

/** Opens the request's span where none is open, and runs what follows in it. The span is named after the route that matched. */
export function expressTracing(): (request: IncomingMessage, response: ServerResponse, next: Next) => void {
  return (request, response, next) => {
    const span = serverSpanOf(request, response);
    if (span) context.with(span.context, next);
    else next();
  };
}

/** Express tells an error handler by its four parameters. */
type ErrorHandler = (...args: [error: unknown, request: IncomingMessage, response: ServerResponse, next: Next]) => void;

/** Records on the request's span what a handler threw, and passes it on. `app.use` it after the routes. */
export function expressErrors(): ErrorHandler {
  // oxlint-disable-next-line max-params -- see ErrorHandler
  return (error, request, response, next) => {
    guard('recording an error', () => {
      const span = serverSpanOf(request, response);
      if (span) recordHandlerError(span, error);
    });
    next(error);
  };
}
