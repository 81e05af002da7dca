import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { memberOf, type Member } from './family.js';
import { copySpan } from './span-copy.js';

/**
 * Leaves spans out of a tree without tearing it: what hangs below one that is left out is given to the next one above that is not.
 * Whether a span is wanted is asked once, when it ends or the first of its children does, so that all of them hear the same.
 */
export function createFilter(
  isWanted: (span: ReadableSpan) => boolean,
): (span: ReadableSpan) => ReadableSpan | undefined {
  const verdicts = new WeakMap<Member, boolean>();
  const isKept = (member: Member) => {
    const known = verdicts.get(member);
    if (known !== undefined) return known;
    const verdict = isWanted(member.span);
    verdicts.set(member, verdict);
    return verdict;
  };
  return span => {
    const member = memberOf(span);
    if (!isKept(member)) return undefined;
    let lowest = member;
    while (lowest.parent && !isKept(lowest.parent)) lowest = lowest.parent;
    if (lowest === member) return span;
    // The parent of the last that is left out: one that is kept, one of another process, or none.
    return copySpan(span, { parentSpanContext: lowest.span.parentSpanContext });
  };
}
