/** `@agentops/node/fetch-handler`: for servers made of `Request -> Response` functions, such as Hono, Next.js routes, Bun and Deno. */
import { context, SpanKind } from '@opentelemetry/api';
import { guard, type ContextSpan } from '@agentops/shared';
import { activeSpan } from '@agentops/shared/spans/active-span';
import { followStream } from '@agentops/shared/spans/follow-stream';
import { closeServerSpan, openServerSpan } from './server-span.js';

/** `handler`, with a span for each request, open until the response has been read to its end. Further parameters pass through. */
export function traceHandler<Rest extends unknown[]>(
  handler: (request: Request, ...rest: Rest) => Response | Promise<Response>,
): (request: Request, ...rest: Rest) => Promise<Response> {
  return async (request, ...rest) => {
    const span = guard('tracing a request', () => open(request));
    if (!span) return handler(request, ...rest);
    let response: Response;
    try {
      response = await context.with(span.context, () => handler(request, ...rest));
    } catch (error) {
      span.fail(error);
      throw error;
    }
    return guard('following a response', () => followResponse(response, span), response);
  };
}

function open(request: Request): ContextSpan | undefined {
  // On top of a Node server the request has its span already.
  const active = activeSpan(context.active()) as { kind?: SpanKind } | undefined;
  if (active?.kind === SpanKind.SERVER) return undefined;
  const { protocol, pathname, host } = new URL(request.url);
  const { method, headers } = request;
  return openServerSpan({ method, scheme: protocol.replace(':', ''), path: pathname, host, headers });
}

function followResponse(response: Response, span: ContextSpan): Response {
  // Plain JavaScript may answer with nothing.
  const end = () => closeServerSpan(span, response?.status);
  if (!response?.body || response.bodyUsed) {
    end();
    return response;
  }
  const body = followStream(response.body, { context: span.context, succeed: end, fail: error => span.fail(error) });
  return new Response(body as ReadableStream<Uint8Array>, response);
}
