/** Deeper than any real attribute; below what would exhaust the stack. */
export const MAX_VALUE_DEPTH = 32;

/** Two bytes of protobuf can ask for an object of fifty, so what one request may create is counted, not just its bytes. */
export const MAX_VALUES_PER_REQUEST = 2_000_000;

/** What is left of the values one request may create. Shared by everything that decodes that request. */
export interface Budget {
  left: number;
}

export function createBudget(): Budget {
  return { left: MAX_VALUES_PER_REQUEST };
}

export function spend(budget: Budget): void {
  budget.left -= 1;
  if (budget.left < 0) throw new Error(`more than ${MAX_VALUES_PER_REQUEST} values in one request`);
}

export function assertDepth(depth: number): void {
  if (depth > MAX_VALUE_DEPTH) throw new Error(`attribute values nested deeper than ${MAX_VALUE_DEPTH} levels`);
}
