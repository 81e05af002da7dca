import type { IncomingMessage, ServerResponse } from 'node:http';

export interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  url: URL;
  /** The last segment of a path that ends in `/*`. */
  rest: string;
}

export interface Route {
  method: string;
  path: string;
  handle(exchange: Exchange): void | Promise<void>;
}

/** The handler for a request, or the methods that the path does have. */
export function findRoute(routes: Route[], method: string, path: string): Route | { allow: string[] } {
  const onPath = routes.filter(route => matches(route.path, path));
  return onPath.find(route => route.method === method) ?? { allow: onPath.map(route => route.method) };
}

export function restOf(route: Route, path: string): string {
  return route.path.endsWith('/*') ? path.slice(route.path.length - 1) : '';
}

function matches(pattern: string, path: string): boolean {
  return pattern.endsWith('/*') ? path.startsWith(pattern.slice(0, -1)) : path === pattern;
}
