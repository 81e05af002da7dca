import { ROOT_CONTEXT, trace, type Context } from '@opentelemetry/api';
import type { Instruments } from '@agentops/shared';
import { parseTraceparent } from '@agentops/shared/propagation/tracecontext';
import { toEpochMs } from './clock.js';
import { PAGE_LOAD } from './page-context.js';

/** Opens the span of the page's loading, from the navigation to the load event, as a child of the server's span where that is known. */
export function tracePageLoad({ tracing }: Instruments): void {
  const [navigation] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
  const span = tracing.start(
    PAGE_LOAD,
    {
      startTime: toEpochMs(navigation?.startTime ?? 0),
      attributes: {
        'url.full': location.origin + location.pathname,
        ...(navigation && { 'browser.navigation.type': navigation.type }),
      },
    },
    serverContext(navigation),
  );
  const end = () => span.end(toEpochMs(navigation?.loadEventStart || performance.now()));
  if (document.readyState === 'complete') end();
  else addEventListener('load', end, { once: true });
}

function serverContext(navigation: PerformanceNavigationTiming | undefined): Context {
  if (servedFromCache(navigation)) return ROOT_CONTEXT;
  const spanContext = parseTraceparent(fromMeta() ?? '') ?? parseTraceparent(fromServerTiming(navigation) ?? '');
  return spanContext ? trace.setSpanContext(ROOT_CONTEXT, spanContext) : ROOT_CONTEXT;
}

/** A page out of the cache names the trace of the request that once filled it. */
function servedFromCache(navigation: PerformanceNavigationTiming | undefined): boolean {
  return navigation !== undefined && navigation.transferSize === 0 && navigation.encodedBodySize > 0;
}

function fromMeta(): string | undefined {
  return document.querySelector<HTMLMetaElement>('meta[name="traceparent"]')?.content;
}

function fromServerTiming(navigation: PerformanceNavigationTiming | undefined): string | undefined {
  return navigation?.serverTiming?.find(({ name }) => name === 'traceparent')?.description;
}
