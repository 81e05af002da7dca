/** C0 and C1 controls, and the marks that reorder text: in a span name they could rewrite what the terminal shows. */
// eslint-disable-next-line no-control-regex
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Untrusted text on one line of a terminal, at most `width` characters. */
export function toShownText(text: string, width: number): string {
  const characters = [...text.slice(0, width * 4).replace(UNSAFE, '\ufffd')];
  return characters.length > width ? `${characters.slice(0, width - 1).join('')}…` : characters.join('');
}

/** Counts characters as a terminal does for the scripts that take one cell each. */
export function widthOf(text: string): number {
  return [...text].length;
}
